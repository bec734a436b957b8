//! Service accounts.

use auth_core::models::ServiceAccountModel;
use auth_core::storage::{Lookup, Page, StorageError, Versioned};
use auth_core::wire::{CreateServiceAccountRequest, Listing, UpdateServiceAccountRequest};

use super::{Keeper, NAME, Programs};
use crate::AuthError;
use crate::random::new_id;
use crate::rules::fields::{check_name, check_text, checked_scopes};
use crate::rules::listing::listing;

/// Characters of a description.
const DESCRIPTION: usize = 1_000;

impl Programs {
    /// Makes a service account.
    pub async fn create(
        &self,
        keeper: Keeper<'_>,
        request: CreateServiceAccountRequest,
    ) -> Result<ServiceAccountModel, AuthError> {
        check_name("name", &request.name, NAME)?;
        check_text(
            "description",
            request.description.as_deref().unwrap_or_default(),
            DESCRIPTION,
        )?;
        if request.org_id.is_some_and(|org_id| org_id != keeper.org_id) {
            return Err(AuthError::ForeignOrg);
        }
        let now = self.now();
        let account = ServiceAccountModel {
            id: new_id(&*self.random, now)?,
            name: request.name,
            description: request.description,
            created_by: keeper.id.to_owned(),
            org_id: keeper.org_id.to_owned(),
            domain_id: Some(keeper.domain_id.to_owned()),
            scopes: checked_scopes("scopes", request.scopes)?,
            active: true,
            created_at: now,
            updated_at: now,
            trashed: false,
            extended: None,
        };
        self.store.insert(&account).await?;
        tracing::info!(service_account = account.id, by = keeper.id, "service account made");
        Ok(account)
    }

    /// A page of the service accounts.
    pub async fn list(&self, keeper: Keeper<'_>, page: &Page) -> Result<Listing<ServiceAccountModel>, AuthError> {
        let lookup = Lookup::ServiceAccountsByOrg {
            domain_id: keeper.domain_id,
            org_id: keeper.org_id,
        };
        listing(&self.store, lookup, page, |account: ServiceAccountModel| {
            (!account.trashed).then_some(account)
        })
        .await
    }

    /// One service account.
    pub async fn get(&self, keeper: Keeper<'_>, id: &str) -> Result<ServiceAccountModel, AuthError> {
        Ok(self.kept(keeper, id).await?.record)
    }

    /// Changes a service account.
    pub async fn update(
        &self,
        keeper: Keeper<'_>,
        id: &str,
        request: UpdateServiceAccountRequest,
    ) -> Result<ServiceAccountModel, AuthError> {
        if let Some(name) = &request.name {
            check_name("name", name, NAME)?;
        }
        if let Some(Some(description)) = &request.description {
            check_text("description", description, DESCRIPTION)?;
        }
        let scopes = request
            .scopes
            .map(|scopes| checked_scopes("scopes", scopes))
            .transpose()?;
        self.change_account(keeper, id, |account| {
            account.name = request.name.clone().unwrap_or_else(|| account.name.clone());
            if let Some(description) = &request.description {
                account.description.clone_from(description);
            }
            account.scopes = scopes.clone().unwrap_or_else(|| account.scopes.clone());
            account.active = request.active.unwrap_or(account.active);
        })
        .await
    }

    /// Takes a service account away; its tokens are refused from now on.
    pub async fn trash(&self, keeper: Keeper<'_>, id: &str) -> Result<(), AuthError> {
        self.change_account(keeper, id, |account| account.trashed = true)
            .await?;
        tracing::info!(service_account = id, by = keeper.id, "service account trashed");
        Ok(())
    }

    /// The account, if it is one of the keeper's; another's is not there for them.
    pub(super) async fn kept(&self, keeper: Keeper<'_>, id: &str) -> Result<Versioned<ServiceAccountModel>, AuthError> {
        let stored = self.store.get::<ServiceAccountModel>(id).await?;
        stored
            .filter(|stored| {
                let account = &stored.record;
                account.domain_id.as_deref() == Some(keeper.domain_id)
                    && account.org_id == keeper.org_id
                    && !account.trashed
            })
            .ok_or(AuthError::NoSuch {
                what: "service account",
            })
    }

    async fn change_account(
        &self,
        keeper: Keeper<'_>,
        id: &str,
        change: impl Fn(&mut ServiceAccountModel),
    ) -> Result<ServiceAccountModel, AuthError> {
        // Each further round means that another's change was stored.
        loop {
            let Versioned { mut record, version } = self.kept(keeper, id).await?;
            change(&mut record);
            record.updated_at = self.now();
            match self.store.replace(&record, &version).await {
                Ok(_) => return Ok(record),
                Err(StorageError::Stale { .. }) => {}
                Err(source) => return Err(source.into()),
            }
        }
    }
}
