use auth_core::Email;
use auth_core::tokens::SigningAlgorithm;
use ipnet::IpNet;

/// How a server behaves. Lives are in seconds.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The domains it serves; nothing of one is visible in another.
    pub domains: Vec<String>,
    /// What it is called in its tokens: its address.
    pub issuer: String,
    pub algorithm: SigningAlgorithm,
    /// Life of an access token.
    pub access_ttl: u64,
    /// Life of a refresh token, and of its session after each use.
    pub refresh_ttl: u64,
    /// How long the parent of a refresh token still gets the current one.
    pub refresh_grace: u64,
    /// Life of a mailed code.
    pub code_ttl: u64,
    /// The longest a session lives from sign-in, however often it is used.
    pub session_max: u64,
    pub sign_up: SignUp,
    /// Addresses of these e-mail domains get the scope `admin`.
    pub admin_email_domains: Vec<String>,
    pub limits: Limits,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether what is counted may be read at `/metrics`.
    pub metrics: bool,
}

impl Settings {
    /// The organisation of everybody in a domain. There is one a domain, and its name never changes.
    pub fn org_of(domain_id: &str) -> String {
        format!("org-{domain_id}")
    }
}

/// Who may become a user by verifying a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignUp {
    /// Anybody.
    Open,
    /// Nobody; users that exist may sign in.
    Closed,
    /// Addresses of these e-mail domains.
    EmailDomains(Vec<String>),
}

/// Why a text is no rule for signing up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignUpError {
    #[error("{name:?} is no e-mail domain; give open, closed, or domains like example.com,example.org")]
    NotADomain { name: String },
}

impl SignUp {
    /// Whether this address may become a user.
    pub fn admits(&self, email: &Email) -> bool {
        match self {
            Self::Open => true,
            Self::Closed => false,
            Self::EmailDomains(domains) => domains.iter().any(|domain| domain == email.domain()),
        }
    }
}

impl std::str::FromStr for SignUp {
    type Err = SignUpError;

    fn from_str(text: &str) -> Result<Self, SignUpError> {
        match text {
            "open" => Ok(Self::Open),
            "closed" => Ok(Self::Closed),
            list => {
                let domains = list.split(',').map(|name| {
                    let name = name.trim().to_ascii_lowercase();
                    match Email::parse(&format!("x@{name}")) {
                        Ok(_) if name.contains('.') => Ok(name),
                        _ => Err(SignUpError::NotADomain { name }),
                    }
                });
                domains.collect::<Result<_, _>>().map(Self::EmailDomains)
            }
        }
    }
}

/// How often things may be done; 0 where there is no limit. All but the interval count within any one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Seconds between two codes to an address.
    pub send_interval: u32,
    pub send_address: u32,
    pub send_ip: u32,
    /// Codes sent by this storage's servers together.
    pub send_all: u32,
    pub verify_address: u32,
    pub verify_ip: u32,
    /// Wrong API tokens of an IP.
    pub token_ip: u32,
}

impl Limits {
    /// For a server that anybody can reach.
    pub const STRICT: Self = Self {
        send_interval: 60,
        send_address: 5,
        send_ip: 60,
        send_all: 3_000,
        verify_address: 30,
        verify_ip: 300,
        token_ip: 120,
    };
    /// For a test run on this machine.
    pub const DEV: Self = Self {
        send_interval: 0,
        send_address: 10_000,
        send_ip: 100_000,
        send_all: 100_000,
        verify_address: 100_000,
        verify_ip: 100_000,
        token_ip: 100_000,
    };
    /// None at all.
    pub const OFF: Self = Self {
        send_interval: 0,
        send_address: 0,
        send_ip: 0,
        send_all: 0,
        verify_address: 0,
        verify_ip: 0,
        token_ip: 0,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_up_is_open_closed_or_a_list() {
        let email = |text| Email::parse(text).unwrap();
        assert_eq!("open".parse(), Ok(SignUp::Open));
        assert!(!"closed".parse::<SignUp>().unwrap().admits(&email("a@b.com")));
        let list: SignUp = "Example.com, example.org".parse().unwrap();
        assert!(list.admits(&email("ada@example.com")) && list.admits(&email("ada@EXAMPLE.org")));
        assert!(!list.admits(&email("ada@not-example.com")) && !list.admits(&email("a@sub.example.com")));
        for text in ["", "opened", "a@b.com", "example.com,,"] {
            assert!(text.parse::<SignUp>().is_err(), "{text}");
        }
    }
}
