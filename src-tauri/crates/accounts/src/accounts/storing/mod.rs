//! Where refresh tokens are kept: what is there, and moving it all to another store.

mod concerned;
mod copying;

use std::collections::BTreeSet;

use auth_core::ServerId;

use self::copying::{copy_all, delete_all, put};
use super::{Accounts, key_of};
use crate::StoreKind;
use crate::error::{AccountsError, sentence};
use crate::ports::{Event, SettingsEdit, Vault, VaultError, VaultKey};

/// How a move went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreMoved {
    /// How many secrets were moved.
    pub items: usize,
    /// Why the old store still holds some of them: a sentence. The settings remember it, and [`Accounts::tidy_store`] tries again.
    pub left_behind: Option<String>,
}

impl Accounts {
    /// Moves every secret to another store, and has all programs of this person use that one from then on.
    ///
    /// Nothing is refreshed meanwhile. Each secret is read back before the old one goes. Cut short anywhere, one of the two stores is
    /// complete and is the one in use; the same call again finishes. What is in the old store stays there until the new one is in use.
    ///
    /// # Errors
    /// What kept it from being moved; then the old store is in use and complete.
    pub async fn move_store(&self, from: &dyn Vault, to: &dyn Vault) -> Result<StoreMoved, AccountsError> {
        let (old, new) = (from.kind(), to.kind());
        if old == new {
            return Ok(StoreMoved::default());
        }
        let (held, concerned) = self.hold_all().await?;
        let settings = self.ports.settings.read().await?;
        if settings.store != old {
            let kind = settings.store;
            return Err(AccountsError::StoreElsewhere { kind });
        }
        if settings.leftovers.contains(&new) {
            // Of an earlier move; what has been signed out of since must not come back to life.
            delete_all(to, &concerned.keys).await?;
        }
        // Before the first copy: whatever ends this program, it stays known where copies may lie.
        self.change_settings(Box::new(move |settings| add(&mut settings.leftovers, new)))
            .await?;
        let mut copied = Vec::new();
        let done = match copy_all(from, to, &concerned, &mut copied).await {
            Ok(()) => self.switch(old, new).await,
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            self.take_back(to, &copied, &error).await;
            return Err(error);
        }
        let mut moved = StoreMoved {
            items: copied.len(),
            left_behind: None,
        };
        let gone = delete_all(from, &copied).await;
        drop(held);
        let finished = match self.move_late(&concerned.locks, from, to, &mut moved.items).await {
            Ok(()) => gone,
            Err(error) => Err(error),
        };
        let forgotten = match finished {
            Ok(()) => {
                self.change_settings(Box::new(move |settings| remove(&mut settings.leftovers, old)))
                    .await
            }
            Err(error) => Err(error),
        };
        moved.left_behind = forgotten.err().map(|error| sentence(&error.to_string()));
        self.tell(concerned.profiles, old, new).await;
        Ok(moved)
    }

    /// Has all programs use another store and leaves behind what is in the old one: for a store that does not open any more.
    ///
    /// # Errors
    /// What kept our settings from being written.
    pub async fn choose_store(&self, kind: StoreKind) -> Result<(), AccountsError> {
        let (_held, concerned) = self.hold_all().await?;
        let old = self.ports.settings.read().await?.store;
        self.change_settings(Box::new(move |settings| {
            settings.store = kind;
            remove(&mut settings.leftovers, kind);
        }))
        .await?;
        if old != kind {
            self.tell(concerned.profiles, old, kind).await;
        }
        Ok(())
    }

    /// Deletes what a move has left in a store that is not in use.
    ///
    /// # Errors
    /// What kept it from being deleted; it is still remembered then.
    pub async fn tidy_store(&self, store: &dyn Vault) -> Result<(), AccountsError> {
        let kind = store.kind();
        let (_held, concerned) = self.hold_all().await?;
        let settings = self.ports.settings.read().await?;
        if settings.store == kind || !settings.leftovers.contains(&kind) {
            return Ok(());
        }
        delete_all(store, &concerned.keys).await?;
        self.change_settings(Box::new(move |settings| remove(&mut settings.leftovers, kind)))
            .await
    }

    /// Fails where the session of a server could not be kept: to be known before a code is spent on it.
    ///
    /// # Errors
    /// There is no such server, or the store does not open or cannot be written.
    pub async fn check_store(&self, id: &ServerId) -> Result<(), AccountsError> {
        let server = self.server(id)?;
        self.ports.vault.read(&key_of(&server)).await?;
        Ok(self.ports.vault.check_writable().await?)
    }

    /// Stores in which copies may lie that [`Accounts::tidy_store`] deletes.
    ///
    /// # Errors
    /// Our settings cannot be read.
    pub async fn store_leftovers(&self) -> Result<Vec<StoreKind>, AccountsError> {
        Ok(self.ports.settings.read().await?.leftovers.clone())
    }

    /// How many secrets of ours that store holds.
    ///
    /// # Errors
    /// The store does not open, or it is not known what to look for.
    pub async fn count_secrets(&self, store: &dyn Vault) -> Result<usize, AccountsError> {
        let mut found = 0;
        for key in self.concerned().await?.keys {
            found += usize::from(store.read(&key).await?.is_some());
        }
        Ok(found)
    }

    /// From here on the new store is in use.
    async fn switch(&self, old: StoreKind, new: StoreKind) -> Result<(), AccountsError> {
        let switched = self.change_settings(Box::new(move |settings| {
            settings.store = new;
            let moved = settings.sign_outs.iter_mut();
            for todo in moved.filter(|todo| todo.store.is_none_or(|store| store == old)) {
                todo.store = Some(new);
            }
            remove(&mut settings.leftovers, new);
            add(&mut settings.leftovers, old);
        }));
        let Err(error) = switched.await else { return Ok(()) };
        // A write that failed late (its folder could not be synced) has been done all the same: only reading tells.
        match self.ports.settings.read().await {
            Ok(settings) if settings.store == new => Ok(()),
            _ => Err(error),
        }
    }

    /// The copies of a move that did not come about go, unless the new store is in use after all.
    async fn take_back(&self, to: &dyn Vault, copied: &[VaultKey], why: &AccountsError) {
        let new = to.kind();
        match self.ports.settings.read().await {
            Ok(settings) if settings.store != new => {}
            // Both stores are complete; which one is in use nobody knows now.
            _ => return,
        }
        let gone = delete_all(to, copied).await;
        let in_doubt = matches!(
            why,
            AccountsError::Vault {
                source: VaultError::TimedOut { .. }
            }
        );
        let forgotten = match gone {
            // A write that timed out may come after the delete.
            Ok(()) if in_doubt => Ok(()),
            Ok(()) => {
                self.change_settings(Box::new(move |settings| remove(&mut settings.leftovers, new)))
                    .await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = forgotten {
            tracing::warn!(
                store = new.name(),
                code = error.code(),
                "copies of a move that failed may lie there still"
            );
        }
    }

    /// Who signed in to a server that was added after the locks were taken may have met the old store.
    async fn move_late(
        &self,
        done: &BTreeSet<ServerId>,
        from: &dyn Vault,
        to: &dyn Vault,
        items: &mut usize,
    ) -> Result<(), AccountsError> {
        for id in self.concerned().await?.locks.difference(done) {
            let _held = self.ports.lock.acquire(id).await?;
            // Another move may have come first.
            if self.ports.settings.read().await?.store != to.kind() {
                break;
            }
            let keys = self.concerned().await?.keys;
            for key in keys.iter().filter(|key| key.server == *id) {
                let secret = match from.read(key).await {
                    Ok(Some(secret)) => secret,
                    Ok(None) | Err(VaultError::Absent) => continue,
                    Err(error) => return Err(error.into()),
                };
                // What was written to the new store since is newer.
                if to.read(key).await?.is_none() {
                    put(to, key, &secret).await?;
                    *items += 1;
                }
                from.delete(key).await?;
            }
        }
        Ok(())
    }

    async fn change_settings(&self, edit: SettingsEdit) -> Result<(), AccountsError> {
        Ok(self.update_settings(edit).await?)
    }

    async fn tell(&self, profiles: BTreeSet<ServerId>, from: StoreKind, to: StoreKind) {
        for id in profiles {
            let event = Event::StoreChanged { from, to };
            self.ports.timeline.record(&id, self.now(), event).await;
        }
        self.publish();
    }
}

fn add(kinds: &mut Vec<StoreKind>, kind: StoreKind) {
    if !kinds.contains(&kind) {
        kinds.push(kind);
    }
}

fn remove(kinds: &mut Vec<StoreKind>, kind: StoreKind) {
    kinds.retain(|known| *known != kind);
}
