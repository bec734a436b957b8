//! Whether an API token is good.

use auth_core::Secret;
use auth_core::models::{ApiTokenModel, ServiceAccountModel, Timestamp};
use auth_core::storage::{Lookup, StorageError, Versioned};
use auth_core::wire::GrantReason;

use super::Programs;
use crate::AuthError;
use crate::api_token::ApiToken;

/// `lastUsedAt` is as exact as this, seconds: a busy token costs one write a minute.
const USE_SHOWN_EVERY: u64 = 60;

impl Programs {
    /// The token and its account, if the text is a live token's. It has then been used.
    pub async fn proven(
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
    pub async fn live(
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
