use std::net::SocketAddr;
use std::path::PathBuf;

use auth_storage::{StorageUrl, UrlError};

use super::Options;
use crate::{Limits, MailFrom, MailFromError, Settings, SignUp, SmtpAddress, SmtpAddressError};

/// What the options come to.
#[derive(Debug)]
pub struct Plan {
    pub listen: SocketAddr,
    pub database: StorageUrl,
    pub mail: Mail,
    pub settings: Settings,
    /// None: the address that is listened on.
    pub issuer: Option<String>,
}

/// How codes go out.
#[derive(Debug, PartialEq, Eq)]
pub enum Mail {
    Mailbox,
    Folder { folder: PathBuf, from: MailFrom },
    Server { server: SmtpAddress, from: MailFrom },
}

/// Options that do not go together, or mean nothing here.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    #[error(
        "--dev listens on this machine only, and {listen} can be reached from others; use 127.0.0.1, or leave --dev out"
    )]
    DevNotLoopback { listen: SocketAddr },
    #[error(
        "nothing says how codes go out; give --mail smtp://HOST or --mail file:DIR, or --dev to see them in a mailbox"
    )]
    NoMail,
    #[error("--mail dev shows codes to everybody who can reach the server; it needs --dev")]
    MailboxWithoutDev,
    #[error("{source}")]
    BadSmtp {
        #[from]
        source: SmtpAddressError,
    },
    #[error("nothing says whom mails are from; give --mail-from \"Name <address>\"")]
    NoFrom,
    #[error("--mail-from: {source}")]
    BadFrom {
        #[from]
        source: MailFromError,
    },
    #[error("--mail takes smtp://HOST, smtps://HOST, file:DIR or dev")]
    UnknownMail,
    #[error("--storage: {source}")]
    BadStorage {
        #[from]
        source: UrlError,
    },
    #[error("{option}: {source}")]
    BadMigration {
        option: &'static str,
        #[source]
        source: UrlError,
    },
    #[error("--from and --to are the same storage; nothing is to be copied")]
    SamePlace,
    #[error("there is no storage at that place; check the path")]
    NothingThere,
    #[error("--limits off is for development; it needs --dev")]
    LimitsOffWithoutDev,
    #[error("--domain takes 1 to 64 letters, digits, dots, dashes and underscores; {domain:?} is none")]
    BadDomain { domain: String },
    #[error("--issuer takes an address that starts with http:// or https://; {issuer:?} does not")]
    BadIssuer { issuer: String },
    #[error("there is no data folder for this user; give --data-dir DIR or --storage sqlite:PATH")]
    NoDataFolder,
}

impl Options {
    /// Checks what no single option can.
    ///
    /// # Errors
    /// [`OptionsError`].
    pub(super) fn plan(self) -> Result<Plan, OptionsError> {
        if self.dev && !self.listen.ip().is_loopback() {
            return Err(OptionsError::DevNotLoopback { listen: self.listen });
        }
        if let Some(issuer) = self.issuer.clone().filter(|issuer| !is_web_address(issuer)) {
            return Err(OptionsError::BadIssuer { issuer });
        }
        if let Some(domain) = self.domain.iter().find(|domain| !is_domain_id(domain)) {
            return Err(OptionsError::BadDomain { domain: domain.clone() });
        }
        Ok(Plan {
            listen: self.listen,
            database: self.place.database()?,
            mail: mail(self.mail.as_deref(), self.mail_from.as_deref(), self.dev)?,
            settings: Settings {
                limits: self.limits()?,
                domains: self.domain,
                issuer: String::new(),
                algorithm: self.alg,
                access_ttl: self.lives.access_ttl,
                refresh_ttl: self.lives.refresh_ttl,
                refresh_grace: self.lives.refresh_grace,
                code_ttl: self.lives.code_ttl,
                session_max: self.lives.session_max,
                sign_up: if self.dev { SignUp::Open } else { self.sign_up },
                admin_email_domains: lower_case(&self.admin_email_domains),
                trusted_proxies: self.trusted_proxy,
                metrics: self.metrics,
            },
            issuer: self.issuer,
        })
    }

    fn limits(&self) -> Result<Limits, OptionsError> {
        let given = &self.limits;
        if given.limits == "off" {
            return if self.dev {
                Ok(Limits::OFF)
            } else {
                Err(OptionsError::LimitsOffWithoutDev)
            };
        }
        let usual = if self.dev { Limits::DEV } else { Limits::STRICT };
        Ok(Limits {
            send_interval: given.limit_send_interval.unwrap_or(usual.send_interval),
            send_address: given.limit_send_address.unwrap_or(usual.send_address),
            send_ip: given.limit_send_ip.unwrap_or(usual.send_ip),
            send_all: given.limit_send_all.unwrap_or(usual.send_all),
            verify_address: given.limit_verify_address.unwrap_or(usual.verify_address),
            verify_ip: given.limit_verify_ip.unwrap_or(usual.verify_ip),
            token_ip: given.limit_token_ip.unwrap_or(usual.token_ip),
        })
    }
}

fn mail(how: Option<&str>, from: Option<&str>, dev: bool) -> Result<Mail, OptionsError> {
    let from = from.map(MailFrom::parse).transpose()?;
    match how {
        None if dev => Ok(Mail::Mailbox),
        None => Err(OptionsError::NoMail),
        Some("dev") if dev => Ok(Mail::Mailbox),
        Some("dev") => Err(OptionsError::MailboxWithoutDev),
        Some(how) if how.starts_with("smtp:") || how.starts_with("smtps:") => Ok(Mail::Server {
            server: SmtpAddress::parse(how)?,
            from: from.ok_or(OptionsError::NoFrom)?,
        }),
        // What else it may be is not repeated: it may hold a password.
        Some(how) => match how.strip_prefix("file:").filter(|folder| !folder.is_empty()) {
            Some(folder) => Ok(Mail::Folder {
                folder: PathBuf::from(folder),
                from: from.unwrap_or_else(MailFrom::local),
            }),
            None => Err(OptionsError::UnknownMail),
        },
    }
}

fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}

pub fn is_domain_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

fn lower_case(names: &[String]) -> Vec<String> {
    let names = names.iter().map(|name| name.trim().to_ascii_lowercase());
    names.filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::Arguments;

    fn plan(arguments: &[&str]) -> Result<Plan, OptionsError> {
        Arguments::try_parse_from([&["server"], arguments].concat())
            .unwrap()
            .serve
            .plan()
    }

    #[test]
    fn dev_needs_nothing_and_stays_at_home() {
        let dev = plan(&["--dev", "--data-dir", "data"]).unwrap();
        assert_eq!(dev.mail, Mail::Mailbox);
        let path = PathBuf::from("data/auth.db");
        assert_eq!(dev.database, StorageUrl::Sqlite { path });
        assert_eq!(
            (dev.settings.limits, dev.settings.domains),
            (Limits::DEV, vec!["default".to_owned()])
        );
        for listen in ["0.0.0.0:1", "192.168.1.1:1", "[::]:1"] {
            assert!(matches!(
                plan(&["--dev", "--listen", listen]),
                Err(OptionsError::DevNotLoopback { .. })
            ));
        }
        assert!(plan(&["--dev", "--listen", "[::1]:1"]).is_ok());
    }

    #[test]
    fn without_dev_mail_must_be_given_and_limits_hold() {
        assert_eq!(plan(&[]).unwrap_err(), OptionsError::NoMail);
        let fault = |arguments: &[&str]| plan(arguments).unwrap_err();
        assert_eq!(fault(&["--mail", "dev"]), OptionsError::MailboxWithoutDev);
        assert_eq!(fault(&["--mail", "smtp://user:s3cret@mail"]), OptionsError::NoFrom);
        let bad = fault(&["--mail", "smtp://user:s3cret@mail/x", "--mail-from", "a@b.c"]);
        assert!(matches!(bad, OptionsError::BadSmtp { .. }) && !bad.to_string().contains("s3cret"));
        let bad = fault(&["--mail", "smpt://user:s3cret@mail", "--mail-from", "a@b.c"]);
        assert!(bad == OptionsError::UnknownMail && !format!("{bad:?}").contains("s3cret"));
        let bad = fault(&["--mail", "file:x", "--mail-from", "nobody"]);
        assert!(matches!(bad, OptionsError::BadFrom { .. }));
        assert!(matches!(fault(&["--mail", "file:"]), OptionsError::UnknownMail));
        assert_eq!(
            fault(&["--mail", "file:out", "--limits", "off"]),
            OptionsError::LimitsOffWithoutDev
        );
        let plan = plan(&["--mail", "file:out", "--limit-send-ip", "7"]).unwrap();
        assert_eq!(
            plan.mail,
            Mail::Folder {
                folder: "out".into(),
                from: MailFrom::local()
            }
        );
        assert_eq!(
            plan.settings.limits,
            Limits {
                send_ip: 7,
                ..Limits::STRICT
            }
        );
    }

    #[test]
    fn every_engine_is_taken_and_odd_values_are_refused_without_repeating_passwords() {
        let postgres = plan(&["--dev", "--storage", "postgres://user:s3cret@host/db"]).unwrap();
        assert!(matches!(postgres.database, StorageUrl::Postgres(_)));
        assert!(!format!("{postgres:?}").contains("s3cret"));
        let fault = |arguments: &[&str]| plan(&[&["--dev"], arguments].concat()).unwrap_err();
        for nowhere in ["sqlite:", "sqlite::memory:", "mysql://user:s3cret@host/db"] {
            let refused = fault(&["--storage", nowhere]);
            assert!(matches!(refused, OptionsError::BadStorage { .. }), "{refused:?}");
            assert!(!refused.to_string().contains("s3cret"));
        }
        assert!(matches!(fault(&["--domain", "a/b"]), OptionsError::BadDomain { .. }));
        assert!(matches!(
            fault(&["--issuer", "example.com"]),
            OptionsError::BadIssuer { .. }
        ));
        for arguments in [
            ["--access-ttl", "0"],
            ["--alg", "none"],
            ["--limit-send-ip", "0"],
            ["--listen", "here"],
        ] {
            assert!(
                Arguments::try_parse_from([&["server"], &arguments[..]].concat()).is_err(),
                "{arguments:?}"
            );
        }
    }
}
