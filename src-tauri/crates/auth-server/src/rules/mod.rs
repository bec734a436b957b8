//! The rules of the server. They know time, randomness, mail and storage as parts, and nothing of HTTP.

mod accounts;
mod bearer;
mod codes;
mod error;
mod exchange;
mod fields;
mod guesses;
mod limits;
mod listing;
mod own_sessions;
mod people;
mod programs;
mod service_tokens;
mod sessions;
mod sign_in;
mod verified;

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use auth_core::models::Timestamp;
use auth_core::storage::Store;

pub use accounts::{Accounts, ProviderAccount};
pub use bearer::{Bearer, Subject};
pub use error::AuthError;
pub use programs::{Keeper, Programs};

use crate::keys::Keys;
use crate::mail::Post;
use crate::metrics::Metrics;
use crate::{Clock, Randomness, Settings};

/// The rules and their parts.
#[derive(Debug)]
pub struct AuthService {
    pub settings: Settings,
    pub store: Store,
    pub keys: Keys,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Randomness>,
    pub post: Post,
    pub programs: Programs,
    pub metrics: Arc<Metrics>,
}

/// Who is asking, as far as it can be known.
#[derive(Debug, Clone)]
pub struct Caller {
    pub ip: IpAddr,
    pub user_agent: Option<String>,
}

impl Caller {
    /// Whom limits count.
    fn counted(&self) -> String {
        counted(self.ip)
    }
}

/// Whom limits count: the address, or the /64 of IPv6, which one customer has whole.
pub fn counted(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("{}/64", Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64)),
    }
}

impl AuthService {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether the domain is served here.
    fn check_domain(&self, domain_id: &str) -> Result<(), AuthError> {
        if self.settings.domains.iter().any(|served| served == domain_id) {
            Ok(())
        } else {
            Err(AuthError::UnknownDomain)
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn limits_count_a_whole_ipv6_network_as_one() {
        let counted = |ip: &str| super::counted(ip.parse().unwrap());
        assert_eq!(counted("2001:db8:1:2::1"), counted("2001:db8:1:2:ffff::9"));
        assert_ne!(counted("2001:db8:1:2::1"), counted("2001:db8:1:3::1"));
        assert_ne!(counted("198.51.100.1"), counted("198.51.100.2"));
    }
}
