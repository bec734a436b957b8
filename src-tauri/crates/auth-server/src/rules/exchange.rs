//! An API token is traded for a short-lived access token.

use auth_core::Secret;
use auth_core::models::{ApiTokenModel, ServiceAccountModel, Timestamp};
use auth_core::storage::{Lookup, StorageError, Versioned};
use auth_core::tokens::AccessTokenPayload;
use auth_core::wire::{BearerReply, GrantReason, TokenRequest};

use super::limits::Limit;
use super::{AuthError, AuthService, Caller};
use crate::api_token::ApiToken;
use crate::random::new_id;

/// `lastUsedAt` is as exact as this, seconds: a busy token costs one write a minute.
const USE_SHOWN_EVERY: u64 = 60;

impl AuthService {
    /// `POST /auth/token`.
    pub async fn exchange(&self, request: TokenRequest, caller: &Caller) -> Result<BearerReply, AuthError> {
        if request.grant_type != TokenRequest::GRANT_TYPE {
            return Err(AuthError::UnsupportedGrant);
        }
        let token = request.api_token.ok_or(AuthError::NoApiToken)?;
        // What is refused counts, so that guessing is slow; who holds good tokens may trade them as often as they need.
        let (holder, limit) = (caller.counted(), Limit::hourly(self.settings.limits.token_ip));
        self.check("token-ip", &holder, limit).await?;
        let now = self.now();
        let (model, account) = match self.proven_token(&token, now).await {
            Err(refused @ AuthError::InvalidGrant { .. }) => {
                self.take("token-ip", &holder, limit).await?;
                return Err(refused);
            }
            proven => proven?,
        };
        let life = model.expires_at.map_or(u64::MAX, |end| {
            // A token's own end is in whole seconds, rounded down.
            end.as_seconds().saturating_sub(now.as_seconds())
        });
        let payload = AccessTokenPayload {
            user_id: account.id.clone(),
            email: String::new(),
            domain_id: account.domain_id.unwrap_or_default(),
            org_id: account.org_id,
            scopes: Some(account.scopes).filter(|scopes| !scopes.is_empty()),
        };
        let token_id = new_id(&*self.random, now)?;
        let life = life.min(self.settings.access_ttl);
        let access = self.tokens.create_access(payload, &model.id, &token_id, now, life)?;
        tracing::info!(service_account = account.id, token = model.id, "API token traded");
        Ok(BearerReply::new(access, life))
    }

    /// The token and its account, if the text is a live token's. It has then been used.
    pub(super) async fn proven_token(
        &self,
        token: &Secret,
        now: Timestamp,
    ) -> Result<(ApiTokenModel, ServiceAccountModel), AuthError> {
        let grant = |reason| AuthError::InvalidGrant { reason };
        let token = ApiToken::parse(token).ok_or(grant(GrantReason::Unknown))?;
        let lookup = Lookup::ApiTokenByPrefix { prefix: token.prefix() };
        let Some(stored) = self.store.find_one::<ApiTokenModel>(lookup).await? else {
            return Err(grant(GrantReason::Unknown));
        };
        if !self.hashing.fits(token.secret(), &stored.record.token_hash).await? {
            return Err(grant(GrantReason::Unknown));
        }
        // Only who holds the token hears what has become of it.
        self.check_domain(stored.record.domain_id.as_deref().unwrap_or_default())?;
        let account = match self.account_of(&stored.record).await? {
            Some(account) if !stored.record.revoked => account,
            _ => return Err(grant(GrantReason::Revoked)),
        };
        if is_over(&stored.record, now) {
            return Err(grant(GrantReason::Expired));
        }
        Ok((self.used(stored, now).await, account))
    }

    /// The token of that id and its account, if both are good.
    pub(super) async fn live_token(
        &self,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<(ApiTokenModel, ServiceAccountModel)>, AuthError> {
        let Some(stored) = self.store.get::<ApiTokenModel>(id).await? else {
            return Ok(None);
        };
        let model = stored.record;
        if model.revoked || is_over(&model, now) {
            return Ok(None);
        }
        Ok(self.account_of(&model).await?.map(|account| (model, account)))
    }

    /// The token's account, if it may act.
    async fn account_of(&self, model: &ApiTokenModel) -> Result<Option<ServiceAccountModel>, AuthError> {
        let stored = self.store.get::<ServiceAccountModel>(&model.service_account_id).await?;
        let account = stored.map(|stored| stored.record);
        Ok(account.filter(|account| account.active && !account.trashed && account.domain_id == model.domain_id))
    }

    /// Writes the use down, at most once a minute. The token is good whether or not that works.
    async fn used(&self, stored: Versioned<ApiTokenModel>, now: Timestamp) -> ApiTokenModel {
        let mut model = stored.record;
        if model
            .last_used_at
            .is_some_and(|last| now < last.plus_seconds(USE_SHOWN_EVERY))
        {
            return model;
        }
        model.last_used_at = Some(now);
        match self.store.replace(&model, &stored.version).await {
            // Stale: another use was written down, or the token was revoked a moment later.
            Ok(_) | Err(StorageError::Stale { .. }) => {}
            Err(error) => tracing::warn!(
                token = model.id,
                "the use of an API token was not written down: {error}"
            ),
        }
        model
    }
}

fn is_over(model: &ApiTokenModel, now: Timestamp) -> bool {
    model.expires_at.is_some_and(|end| now >= end)
}
