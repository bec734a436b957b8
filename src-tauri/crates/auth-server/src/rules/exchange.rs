//! An API token is traded for a short-lived access token.

use auth_core::tokens::AccessTokenPayload;
use auth_core::wire::{BearerReply, GrantReason, TokenRequest};

use super::{AuthError, AuthService, Caller};
use crate::metrics::Became;
use crate::random::new_id;

impl AuthService {
    /// `POST /auth/token`.
    pub async fn exchange(&self, request: TokenRequest, caller: &Caller) -> Result<BearerReply, AuthError> {
        if request.grant_type != TokenRequest::GRANT_TYPE {
            return Err(AuthError::UnsupportedGrant);
        }
        let token = request.api_token.ok_or(AuthError::NoApiToken)?;
        // What is refused counts, so that guessing is slow; who holds good tokens may trade them as often as they need.
        self.check_guesses(Some(caller.ip)).await?;
        let now = self.now();
        let (model, account) = self.proven(&token, Some(caller.ip), now).await?;
        // A domain that is switched off may come back: its tokens are not ended.
        self.check_domain(account.domain_id.as_deref().unwrap_or_default())?;
        let life = model.expires_at.map_or(u64::MAX, |end| {
            // A token's own end is in whole seconds, rounded down.
            end.as_seconds().saturating_sub(now.as_seconds())
        });
        if life == 0 {
            // In its last second: what it would be traded for is over already.
            let reason = GrantReason::Expired;
            return Err(AuthError::InvalidGrant { reason });
        }
        let payload = AccessTokenPayload {
            user_id: account.id.clone(),
            email: String::new(),
            domain_id: account.domain_id.unwrap_or_default(),
            org_id: account.org_id,
            scopes: Some(account.scopes).filter(|scopes| !scopes.is_empty()),
        };
        let token_id = new_id(&*self.random, now)?;
        let life = life.min(self.settings.access_ttl);
        let tokens = self.keys.tokens(now).await;
        let access = tokens.create_access(payload, &model.id, &token_id, now, life)?;
        self.metrics.grant(Became::Traded);
        tracing::info!(service_account = account.id, token = model.id, "API token traded");
        Ok(BearerReply::new(access, life))
    }
}
