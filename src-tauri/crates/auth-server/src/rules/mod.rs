//! The rules of the server. They know time, randomness, mail and storage as parts, and nothing of HTTP.

mod bearer;
mod codes;
mod error;
mod limits;
mod people;
mod sessions;
mod sign_in;

use std::net::IpAddr;
use std::sync::Arc;

use auth_core::models::Timestamp;
use auth_core::storage::Store;
use auth_core::tokens::TokenManager;

pub use error::AuthError;

use crate::{Clock, Mailer, Randomness, Settings};

/// The rules and their parts.
#[derive(Debug)]
pub struct AuthService {
    pub settings: Settings,
    pub store: Store,
    pub tokens: TokenManager,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Randomness>,
    pub mailer: Arc<dyn Mailer>,
}

/// Who is asking, as far as it can be known.
#[derive(Debug, Clone)]
pub struct Caller {
    pub ip: IpAddr,
    pub user_agent: Option<String>,
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
