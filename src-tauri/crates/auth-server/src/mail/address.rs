use std::path::PathBuf;

use auth_core::Secret;
use url::{Host, Url};

/// Where a mail server is and how it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpAddress {
    pub host: String,
    pub port: u16,
    pub security: SmtpSecurity,
    /// Name and password.
    pub login: Option<(String, Secret)>,
    /// A PEM file with the certificate of an authority that is believed beside the system's.
    pub certificate: Option<PathBuf>,
}

/// How the conversation is kept from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// Not at all: on this machine, or where `?tls=none` says so.
    Plain,
    /// By STARTTLS where the server offers it.
    Opportunistic,
    /// By STARTTLS, or not at all.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

/// Why a text names no mail server. The text is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SmtpAddressError {
    #[error(
        "the mail server's address cannot be read; it looks like smtp://name:password@mail.example.com:587, with special characters percent-encoded"
    )]
    Malformed,
    #[error(
        "the mail server's address takes ?tls=required, opportunistic or none with smtp://, and ?ca=FILE; nothing else"
    )]
    UnknownOption,
}

impl SmtpAddress {
    /// Reads `smtp://…` and `smtps://…`.
    ///
    /// # Errors
    /// [`SmtpAddressError`].
    pub fn parse(text: &str) -> Result<Self, SmtpAddressError> {
        let url = Url::parse(text).map_err(|_| SmtpAddressError::Malformed)?;
        let wrapped = match url.scheme() {
            "smtps" => true,
            "smtp" => false,
            _ => return Err(SmtpAddressError::Malformed),
        };
        let host = match url.host().ok_or(SmtpAddressError::Malformed)? {
            Host::Ipv6(ip) => ip.to_string(),
            host => host.to_string(),
        };
        if host.is_empty() || !matches!(url.path(), "" | "/") {
            return Err(SmtpAddressError::Malformed);
        }
        let local = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let mut security = match (wrapped, local) {
            (true, _) => SmtpSecurity::Tls,
            (false, true) => SmtpSecurity::Plain,
            (false, false) => SmtpSecurity::StartTls,
        };
        let mut certificate = None;
        for (name, value) in url.query_pairs() {
            match (&*name, &*value) {
                ("tls", "required") if !wrapped => security = SmtpSecurity::StartTls,
                ("tls", "opportunistic") if !wrapped => security = SmtpSecurity::Opportunistic,
                ("tls", "none") if !wrapped => security = SmtpSecurity::Plain,
                ("ca", path) if !path.is_empty() => certificate = Some(PathBuf::from(path)),
                _ => return Err(SmtpAddressError::UnknownOption),
            }
        }
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => Some((decoded(user)?, Secret::new(decoded(password.unwrap_or_default())?))),
        };
        Ok(Self {
            host,
            port: url.port().unwrap_or(if wrapped {
                465
            } else if local {
                25
            } else {
                587
            }),
            security,
            login,
            certificate,
        })
    }
}

/// Without percent signs.
fn decoded(text: &str) -> Result<String, SmtpAddressError> {
    // The form of a query decodes them too, but takes a plus for a space.
    let query = format!("x={}", text.replace('+', "%2B"));
    let pair = url::form_urlencoded::parse(query.as_bytes()).next();
    let value = pair.ok_or(SmtpAddressError::Malformed)?.1;
    if value.contains('\u{fffd}') {
        return Err(SmtpAddressError::Malformed);
    }
    Ok(value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_safe_unless_they_say_otherwise() {
        let read = |text| SmtpAddress::parse(text).unwrap();
        let plain = read("smtp://mail.example.com");
        assert_eq!((plain.port, plain.security), (587, SmtpSecurity::StartTls));
        assert_eq!(read("smtps://mail.example.com").port, 465);
        assert_eq!(read("smtps://mail.example.com").security, SmtpSecurity::Tls);
        for local in ["smtp://127.0.0.1", "smtp://localhost:25/", "smtp://[::1]"] {
            assert_eq!(
                (read(local).port, read(local).security),
                (25, SmtpSecurity::Plain),
                "{local}"
            );
        }
        assert_eq!(read("smtp://localhost?tls=required").security, SmtpSecurity::StartTls);
        assert_eq!(read("smtp://a.b?tls=none").security, SmtpSecurity::Plain);
        assert_eq!(
            read("smtp://a.b?tls=opportunistic").security,
            SmtpSecurity::Opportunistic
        );
        let login = read("smtp://ada%40example.com:s3%2Bcr%3Aet+@mail:2525?ca=/etc/ca.pem");
        assert_eq!(
            login.login,
            Some(("ada@example.com".to_owned(), Secret::new("s3+cr:et+")))
        );
        assert_eq!((login.port, login.certificate), (2525, Some("/etc/ca.pem".into())));
        assert!(!format!("{:?}", login.login).contains("s3"));
    }

    #[test]
    fn other_texts_are_refused_and_not_repeated() {
        for text in [
            "smtp://",
            "smtp:",
            "smtp://a b",
            "http://a",
            "smtp://u:s3cret@a/path",
            "smtp://a:99999",
            "smtp://u:%ff@a",
        ] {
            let error = SmtpAddress::parse(text).unwrap_err();
            assert_eq!(error, SmtpAddressError::Malformed, "{text}");
            assert!(!error.to_string().contains("s3cret"));
        }
        for text in [
            "smtp://a?tls=maybe",
            "smtps://a?tls=none",
            "smtp://a?x=y",
            "smtp://a?ca=",
        ] {
            assert_eq!(SmtpAddress::parse(text), Err(SmtpAddressError::UnknownOption), "{text}");
        }
    }
}
