//! Who is a user, and what they may do.

use std::hint::black_box;

use auth_core::Email;
use auth_core::models::{AuthUserModel, Timestamp};
use auth_core::storage::{Lookup, StorageError};

use super::{AuthError, AuthService};
use crate::Settings;
use crate::random::new_id;

/// As long to read as a person who has signed in with a code.
const SOMEBODY: &str = r#"{"id":"019abf5a-4c00-7000-8000-000000000000","email":"somebody@example.com",
    "emailVerified":"2026-01-01T00:00:00.000Z","domainId":"default","orgId":"org-default",
    "createdAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-01-01T00:00:00.000Z","trashed":false}"#;

/// The scope of administrators.
pub(super) const ADMIN: &str = "admin";

impl AuthService {
    pub(super) async fn user_by_email(
        &self,
        domain_id: &str,
        email: &Email,
    ) -> Result<Option<AuthUserModel>, AuthError> {
        let lookup = Lookup::UserByEmail {
            domain_id,
            email: email.as_str(),
        };
        let found = self.store.find_one(lookup).await?;
        if found.is_none() {
            // An address that nobody has takes the time of one that somebody has.
            black_box(serde_json::from_str::<AuthUserModel>(SOMEBODY)).ok();
        }
        Ok(found.map(|stored| stored.record))
    }

    /// The user of that id, unless trashed.
    pub(super) async fn user(&self, id: &str) -> Result<Option<AuthUserModel>, AuthError> {
        let stored = self.store.get::<AuthUserModel>(id).await?;
        Ok(stored.map(|stored| stored.record).filter(|user| !user.trashed))
    }

    /// Whether this address may sign in: as a user, or by becoming one.
    pub(super) fn admits(&self, email: &Email, user: Option<&AuthUserModel>) -> bool {
        user.map_or_else(|| self.settings.sign_up.admits(email), |user| !user.trashed)
    }

    /// The user of an address that has just been verified; makes one where there is none.
    pub(super) async fn verified_user(
        &self,
        domain_id: &str,
        email: &Email,
        known: Option<AuthUserModel>,
        now: Timestamp,
    ) -> Result<AuthUserModel, AuthError> {
        if let Some(user) = known {
            return Ok(user);
        }
        let user = AuthUserModel {
            id: new_id(&*self.random, now)?,
            email: email.as_str().to_owned(),
            email_verified: Some(now),
            name: None,
            image: None,
            domain_id: Some(domain_id.to_owned()),
            org_id: Settings::org_of(domain_id),
            created_at: now,
            updated_at: now,
            trashed: false,
            extended: None,
        };
        match self.store.insert(&user).await {
            Ok(_) => Ok(user),
            // Somebody with a later code of the same address was faster: they are the same person.
            Err(conflict @ StorageError::Conflict { .. }) => self
                .user_by_email(domain_id, email)
                .await?
                .ok_or_else(|| conflict.into()),
            Err(source) => Err(source.into()),
        }
    }

    /// What the user may do.
    pub(super) fn scopes(&self, user: &AuthUserModel) -> Vec<String> {
        let domain = user.email.rsplit_once('@').map(|(_, domain)| domain);
        let admin = domain.is_some_and(|domain| self.settings.admin_email_domains.iter().any(|admin| admin == domain));
        if admin { vec![ADMIN.to_owned()] } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where it is not read to its end it takes less time, and nobody would notice.
    #[test]
    fn the_stand_in_is_read_whole() {
        let somebody: AuthUserModel = serde_json::from_str(SOMEBODY).unwrap();
        assert_eq!(somebody.email, "somebody@example.com");
    }
}
