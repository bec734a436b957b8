//! The API tokens of a service account: shown once, kept as a hash, found by their prefix.

use auth_core::models::ApiTokenModel;
use auth_core::storage::{Lookup, Page, StorageError, UniqueKey};
use auth_core::wire::{ApiTokenView, CreateApiTokenRequest, Listing};

use super::{Keeper, NAME, Programs};
use crate::AuthError;
use crate::api_token::ApiToken;
use crate::random::new_id;
use crate::rules::fields::check_name;
use crate::rules::listing::listing;

impl Programs {
    /// Makes a token; its text is in this answer and nowhere else.
    pub async fn create_token(
        &self,
        keeper: Keeper<'_>,
        account_id: &str,
        request: CreateApiTokenRequest,
    ) -> Result<ApiTokenView, AuthError> {
        check_name("name", &request.name, NAME)?;
        let now = self.now();
        if request.expires_at.is_some_and(|end| end <= now) {
            return Err(AuthError::EndsInThePast);
        }
        let account = self.kept(keeper, account_id).await?.record;
        // Each further round means that another token has the same prefix, which chance alone hardly ever does.
        loop {
            let token = ApiToken::new(&*self.random, request.environment)?;
            let model = ApiTokenModel {
                id: new_id(&*self.random, now)?,
                service_account_id: account.id.clone(),
                name: request.name.clone(),
                token_hash: self.hashing.hash(&*self.random, token.secret()).await?,
                prefix: token.prefix().to_owned(),
                last_used_at: None,
                expires_at: request.expires_at,
                created_at: now,
                revoked: false,
                domain_id: account.domain_id.clone(),
                org_id: account.org_id.clone(),
                extended: None,
            };
            match self.store.insert(&model).await {
                Ok(_) => {
                    tracing::info!(
                        service_account = account_id,
                        token = model.id,
                        by = keeper.id,
                        "API token made"
                    );
                    let mut view = ApiTokenView::of(model);
                    view.token = Some(token.secret().clone());
                    return Ok(view);
                }
                Err(StorageError::Conflict {
                    key: UniqueKey::Prefix, ..
                }) => {}
                Err(source) => return Err(source.into()),
            }
        }
    }

    /// A page of the account's tokens, revoked ones too.
    pub async fn list_tokens(
        &self,
        keeper: Keeper<'_>,
        account_id: &str,
        page: &Page,
    ) -> Result<Listing<ApiTokenView>, AuthError> {
        let account = self.kept(keeper, account_id).await?.record;
        let lookup = Lookup::ApiTokensByServiceAccount {
            service_account_id: &account.id,
        };
        listing(&self.store, lookup, page, |model: ApiTokenModel| {
            Some(ApiTokenView::of(model))
        })
        .await
    }

    /// Revokes a token; one that is revoked already stays so.
    pub async fn revoke_token(&self, keeper: Keeper<'_>, account_id: &str, id: &str) -> Result<(), AuthError> {
        let account = self.kept(keeper, account_id).await?.record;
        // Each further round means that a use of the token was written down.
        loop {
            let stored = self.store.get::<ApiTokenModel>(id).await?;
            let Some(mut stored) = stored.filter(|stored| stored.record.service_account_id == account.id) else {
                return Err(AuthError::NoSuch { what: "API token" });
            };
            if stored.record.revoked {
                return Ok(());
            }
            stored.record.revoked = true;
            match self.store.replace(&stored.record, &stored.version).await {
                Ok(_) => break,
                Err(StorageError::Stale { .. }) => {}
                Err(source) => return Err(source.into()),
            }
        }
        tracing::info!(
            service_account = account_id,
            token = id,
            by = keeper.id,
            "API token revoked"
        );
        Ok(())
    }
}
