//! Wrong API tokens are counted, so that guessing is slow.

use std::net::IpAddr;

use auth_core::Secret;
use auth_core::models::{ApiTokenModel, ServiceAccountModel, Timestamp};
use auth_core::wire::GrantReason;

use super::limits::Limit;
use super::{AuthError, AuthService, counted};

const NAME: &str = "token-ip";

impl AuthService {
    /// Refuses whoever has guessed too often.
    pub(super) async fn check_guesses(&self, from: Option<IpAddr>) -> Result<(), AuthError> {
        match from {
            Some(ip) => self.check(NAME, &counted(ip), self.guesses()).await,
            None => Ok(()),
        }
    }

    /// The API token and its account, if the text is a live token's. One that nobody has been given counts.
    pub(super) async fn proven(
        &self,
        token: &Secret,
        from: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(ApiTokenModel, ServiceAccountModel), AuthError> {
        let proven = self.programs.proven(token, now).await;
        // Of one that was revoked or has ended only its holder learns that: it is no guess.
        let is_guess = matches!(
            proven,
            Err(AuthError::InvalidGrant {
                reason: GrantReason::Unknown
            })
        );
        if let Some(ip) = from.filter(|_| is_guess) {
            self.take(NAME, &counted(ip), self.guesses()).await?;
        }
        proven
    }

    fn guesses(&self) -> Limit {
        Limit::hourly(self.settings.limits.token_ip)
    }
}
