//! Accounts that people have with other providers. Whoever speaks OAuth with them keeps here what came of it.

use std::sync::Arc;

use auth_core::Secret;
use auth_core::models::{AuthAccountModel, AuthAccountType, AuthUserModel};
use auth_core::storage::{Lookup, Page, StorageError, Store, Versioned};

use super::AuthError;
use super::fields::check_name;
use crate::random::new_id;
use crate::{Clock, Randomness};

/// Accounts of one person; nobody has more.
const MOST: u32 = 1_000;
/// Characters of a provider's name, and of an account's there.
const NAME: usize = 256;

/// The accounts with other providers, over a storage.
#[derive(Debug, Clone)]
pub struct Accounts {
    store: Store,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Randomness>,
}

/// What a provider has said of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderAccount {
    pub account_type: AuthAccountType,
    pub provider: String,
    pub provider_account_id: String,
    pub refresh_token: Option<Secret>,
    pub access_token: Option<Secret>,
    /// End of the access token, as the provider gave it.
    pub expires_at: Option<u64>,
    pub token_type: Option<String>,
    pub scope: Option<String>,
    pub id_token: Option<Secret>,
}

impl Accounts {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>, random: Arc<dyn Randomness>) -> Self {
        Self { store, clock, random }
    }

    /// Keeps what a provider has said of a person's account, in place of what it said before.
    ///
    /// # Errors
    /// [`AuthError::AccountTaken`] where it is another person's, [`AuthError::NoSuch`] where the domain has no such person;
    /// [`AuthError::UnfitField`], [`AuthError::EmptyField`], [`AuthError::Storage`], [`AuthError::Random`].
    pub async fn link(
        &self,
        domain_id: &str,
        user_id: &str,
        account: ProviderAccount,
    ) -> Result<AuthAccountModel, AuthError> {
        check_name("provider", &account.provider, NAME)?;
        check_name("providerAccountId", &account.provider_account_id, NAME)?;
        let person = self.store.get::<AuthUserModel>(user_id).await?;
        let is_here = |user: &AuthUserModel| user.domain_id.as_deref() == Some(domain_id) && !user.trashed;
        if !person.is_some_and(|stored| is_here(&stored.record)) {
            return Err(AuthError::NoSuch { what: "person" });
        }
        // Each further round means that the account was linked or changed meanwhile.
        loop {
            let now = self.clock.now();
            let before = self
                .find(domain_id, &account.provider, &account.provider_account_id)
                .await?;
            let (id, created_at, extended, version) = match before {
                Some(Versioned { record, .. }) if record.user_id != user_id => return Err(AuthError::AccountTaken),
                Some(Versioned { record, version }) => (record.id, record.created_at, record.extended, Some(version)),
                None => (new_id(&*self.random, now)?, now, None, None),
            };
            let model = AuthAccountModel {
                id,
                user_id: user_id.to_owned(),
                account_type: account.account_type,
                provider: account.provider.clone(),
                provider_account_id: account.provider_account_id.clone(),
                refresh_token: account.refresh_token.clone(),
                access_token: account.access_token.clone(),
                expires_at: account.expires_at,
                token_type: account.token_type.clone(),
                scope: account.scope.clone(),
                id_token: account.id_token.clone(),
                created_at,
                updated_at: now,
                domain_id: Some(domain_id.to_owned()),
                extended,
            };
            let written = match version {
                Some(version) => self.store.replace(&model, &version).await,
                None => self.store.insert(&model).await,
            };
            match written {
                Ok(_) => return Ok(model),
                Err(StorageError::Stale { .. } | StorageError::Conflict { .. }) => {}
                Err(source) => return Err(source.into()),
            }
        }
    }

    /// The account of that name at the provider.
    ///
    /// # Errors
    /// [`AuthError::Storage`].
    pub async fn by_provider(
        &self,
        domain_id: &str,
        provider: &str,
        provider_account_id: &str,
    ) -> Result<Option<AuthAccountModel>, AuthError> {
        let found = self.find(domain_id, provider, provider_account_id).await?;
        Ok(found.map(|stored| stored.record))
    }

    /// The accounts of a person.
    ///
    /// # Errors
    /// [`AuthError::Storage`].
    pub async fn of_user(&self, domain_id: &str, user_id: &str) -> Result<Vec<AuthAccountModel>, AuthError> {
        let lookup = Lookup::AccountsByUser { user_id };
        let found = self.store.find::<AuthAccountModel>(lookup, &Page::first(MOST)).await?;
        let models = found.into_iter().map(|stored| stored.record);
        Ok(models
            .filter(|model| model.domain_id.as_deref() == Some(domain_id))
            .collect())
    }

    async fn find(
        &self,
        domain_id: &str,
        provider: &str,
        provider_account_id: &str,
    ) -> Result<Option<Versioned<AuthAccountModel>>, AuthError> {
        let lookup = Lookup::AccountByProvider {
            domain_id,
            provider,
            provider_account_id,
        };
        Ok(self.store.find_one(lookup).await?)
    }
}
