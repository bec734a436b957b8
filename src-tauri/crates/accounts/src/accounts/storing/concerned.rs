//! Whose secrets a store may hold.

use std::collections::{BTreeSet, HashSet};

use auth_core::{ServerId, ServerUrl};

use super::super::{Accounts, key_of};
use crate::error::AccountsError;
use crate::ports::{Held, VaultKey};
use crate::profile::server_of;

/// Everything that may have a secret in a store.
#[derive(Default)]
pub(super) struct Concerned {
    /// Whoever changes one of the secrets holds one of these locks.
    pub locks: BTreeSet<ServerId>,
    pub keys: HashSet<VaultKey>,
    /// The profiles, for their timelines.
    pub profiles: BTreeSet<ServerId>,
    /// What somebody would miss.
    pub missed: HashSet<VaultKey>,
}

impl Accounts {
    /// Takes all locks, in one order everywhere, and says what is concerned while nobody changes it.
    pub(super) async fn hold_all(&self) -> Result<(Vec<Held>, Concerned), AccountsError> {
        let locks = self.concerned().await?.locks;
        let mut held = Vec::new();
        for id in &locks {
            held.push(self.ports.lock.acquire(id).await?);
        }
        // What came in between is not locked and so is nobody's to move yet.
        let mut concerned = self.concerned().await?;
        concerned.keys.retain(|key| locks.contains(&key.server));
        concerned.locks = locks;
        Ok((held, concerned))
    }

    /// From the disk, as other programs write there.
    pub(super) async fn concerned(&self) -> Result<Concerned, AccountsError> {
        let document = self.ports.config.read().await?;
        let settings = self.ports.settings.read().await?;
        let mut concerned = Concerned::default();
        for profile in &document.config().servers {
            let id = ServerId::existing(&profile.id);
            concerned.locks.insert(id.clone());
            concerned.profiles.insert(id);
            // Without a usable address there is no session either.
            if let Ok(server) = server_of(profile) {
                let key = key_of(&server);
                let kept_by_us = profile.auth.as_ref().is_some_and(|auth| {
                    // An `auth` with a `serviceToken` alone is no session.
                    auth.refresh_token.is_empty() && !auth.access_token.is_empty()
                });
                concerned.missed.extend(kept_by_us.then(|| key.clone()));
                concerned.keys.insert(key);
            }
        }
        let records = settings
            .sessions
            .iter()
            .map(|(id, kept)| (id, &kept.url, &kept.domain_id));
        let ended = settings
            .sign_outs
            .iter()
            .filter(|kept| kept.store.is_none_or(|store| store == settings.store))
            .map(|kept| (&kept.id, &kept.url, &kept.domain_id));
        for (id, url, domain_id) in records.clone().chain(ended) {
            let server = ServerId::existing(id);
            concerned.locks.insert(server.clone());
            if let Ok(url) = ServerUrl::parse(url) {
                let domain_id = domain_id.clone();
                let key = VaultKey { server, url, domain_id };
                concerned.missed.insert(key.clone());
                concerned.keys.insert(key);
            }
        }
        let with_timelines = records.map(|(id, ..)| ServerId::existing(id));
        concerned.profiles.extend(with_timelines);
        // Whoever tells a server of an earlier sign-out may hold the lock of the profile it was.
        let former = settings.sign_outs.iter().map(|kept| ServerId::existing(&kept.server));
        concerned.locks.extend(former);
        Ok(concerned)
    }
}
