use url::{Host, Url};

/// The address of a server: `https://host[:port]`, or `http://` on a loopback host. No path, no credentials.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServerUrl(String);

/// Why a text is no server address. Credentials in it are never repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerUrlError {
    #[error("no server address was given; type one like https://auth.example.com")]
    Empty,
    #[error("the server address has no scheme; put https:// in front of it")]
    NoScheme,
    #[error("this is not a server address; it should look like https://auth.example.com")]
    Malformed,
    #[error("the server address starts with {scheme}://; only https:// is spoken (http:// on this computer)")]
    UnknownScheme { scheme: String },
    #[error("plain http:// would send your secrets in the clear; use https:// (http:// is for this computer only)")]
    PlainHttp,
    #[error("the server address holds a user name or password; remove what stands before the @")]
    Credentials,
    #[error("the server address goes on after the host; remove everything from the / on")]
    Path,
}

impl ServerUrl {
    /// Checks an address and brings it into its one form, without a trailing slash or a default port.
    ///
    /// # Errors
    /// [`ServerUrlError`] names the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, ServerUrlError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ServerUrlError::Empty);
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(ServerUrlError::NoScheme);
        };
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "https" && scheme != "http" {
            let plain = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) && scheme.len() <= 20;
            return Err(if plain {
                ServerUrlError::UnknownScheme { scheme }
            } else {
                ServerUrlError::Malformed
            });
        }
        // The parser forgives white space, backslashes and further slashes; an address with them was not meant.
        if rest.starts_with('/') || text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
            return Err(ServerUrlError::Malformed);
        }
        let url = Url::parse(text).map_err(|_| ServerUrlError::Malformed)?;
        if !url.username().is_empty()
            || url.password().is_some()
            || rest.split(['/', '?', '#']).next().is_some_and(|a| a.contains('@'))
        {
            return Err(ServerUrlError::Credentials);
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(ServerUrlError::Path);
        }
        if scheme == "http" && !is_loopback(&url) {
            return Err(ServerUrlError::PlainHttp);
        }
        Ok(Self(url.origin().ascii_serialization()))
    }

    /// `https://host[:port]`, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the server is on this computer and spoken to without TLS.
    pub fn is_plain_http(&self) -> bool {
        self.0.starts_with("http://")
    }

    /// Whether the server is on this computer, with TLS or without.
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| is_loopback(&url))
    }

    /// The address of `path` (which starts with a slash) on this server.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_for_each_server() {
        for (text, form) in [
            ("https://auth.example.com", "https://auth.example.com"),
            (" HTTPS://Auth.Example.com:443/ ", "https://auth.example.com"),
            ("http://localhost:8787", "http://localhost:8787"),
            ("http://127.0.0.1:8787/", "http://127.0.0.1:8787"),
            ("http://[::1]:80", "http://[::1]"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(ServerUrl::parse(text).unwrap().as_str(), form, "{text}");
        }
    }

    #[test]
    fn each_fault_is_named() {
        use ServerUrlError as E;
        for (text, error) in [
            ("", E::Empty),
            ("auth.example.com", E::NoScheme),
            ("localhost:8787", E::NoScheme),
            ("https://", E::Malformed),
            ("https:///x", E::Malformed),
            ("https://a b", E::Malformed),
            ("https://a\\b", E::Malformed),
            ("ftp://a", E::UnknownScheme { scheme: "ftp".into() }),
            ("http://auth.example.com", E::PlainHttp),
            ("http://localhost.example.com", E::PlainHttp),
            ("https://me:pw@auth.example.com", E::Credentials),
            ("https://@auth.example.com", E::Credentials),
            ("https://auth.example.com/v1", E::Path),
            ("https://auth.example.com/?a=b", E::Path),
            ("https://auth.example.com#x", E::Path),
        ] {
            assert_eq!(ServerUrl::parse(text), Err(error), "{text}");
        }
    }
}
