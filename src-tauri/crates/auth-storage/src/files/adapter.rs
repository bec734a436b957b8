use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use auth_core::models::Timestamp;
use auth_core::storage::{
    AuthStorageAdapter, Damage, Document, Kind, Listed, Lookup, Page, Place, StorageError, Stored, Version,
};

use super::cabinet::{Cabinet, place_of};
use super::index;
use super::locks::{Folders, Queues};
use crate::entries::{Entries, name_in};
use crate::obstacle::Obstacle;

/// The storage in a folder.
#[derive(Debug)]
pub struct FilesStorage {
    cabinet: Arc<Cabinet>,
    queues: Queues,
    closed: AtomicBool,
}

impl FilesStorage {
    pub(super) fn over(cabinet: Cabinet) -> Self {
        Self {
            cabinet: Arc::new(cabinet),
            queues: Queues::new(),
            closed: AtomicBool::new(false),
        }
    }

    /// Does what blocks where that does no harm.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Cabinet) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(Obstacle::Closed.unavailable());
        }
        let cabinet = Arc::clone(&self.cabinet);
        let done = tokio::task::spawn_blocking(move || work(&cabinet)).await;
        done.map_err(|source| StorageError::Unavailable { source: source.into() })?
    }

    /// The same while nobody else writes to these folders.
    async fn locked<T: Send + 'static>(
        &self,
        kind: Kind,
        folders: Folders,
        work: impl FnOnce(&Cabinet) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let turn = self.queues.turn(&folders).await.map_err(Obstacle::unavailable)?;
        let work = move |cabinet: &Cabinet| {
            let locked = cabinet.io(kind, turn.lock(&folders))?;
            let _locked = locked.map_err(Obstacle::unavailable)?;
            work(cabinet)
        };
        self.blocking(work).await
    }
}

#[async_trait]
impl AuthStorageAdapter for FilesStorage {
    async fn ping(&self) -> Result<(), StorageError> {
        let kind = Kind::User;
        self.blocking(move |cabinet| cabinet.check_there(kind, &cabinet.drawer(kind)))
            .await
    }

    async fn insert(&self, document: &Document) -> Result<Version, StorageError> {
        let document = document.clone();
        let entries = entries_of(&document)?;
        let folders = self.cabinet.folders(&document, &entries, None);
        self.locked(document.kind, folders, move |cabinet| {
            cabinet.insert(&document, &entries)
        })
        .await
    }

    async fn replace(&self, document: &Document, expected: &Version) -> Result<Version, StorageError> {
        let kind = document.kind;
        let Some(before) = self.get(kind, &document.id).await? else {
            return Err(StorageError::Stale { kind });
        };
        if before.version != *expected {
            return Err(StorageError::Stale { kind });
        }
        let (document, expected) = (document.clone(), expected.clone());
        let (entries, older) = (entries_of(&document)?, entries_of(&before.document)?);
        let folders = self.cabinet.folders(&document, &entries, Some(&older));
        // The version is looked at again under the lock: if it still is that one, so are the folders.
        let work = move |cabinet: &Cabinet| cabinet.replace(&document, &entries, &expected);
        self.locked(kind, folders, work).await
    }

    async fn get(&self, kind: Kind, id: &str) -> Result<Option<Stored>, StorageError> {
        let id = id.to_owned();
        let work = move |cabinet: &Cabinet| Ok(cabinet.read(kind, &id)?.map(|sheet| sheet.stored(kind)));
        self.blocking(work).await
    }

    async fn find(&self, lookup: Lookup<'_>, page: &Page) -> Result<Vec<Stored>, StorageError> {
        let (kind, page) = (lookup.kind(), page.clone());
        let Some(index) = lookup.index() else {
            let after = page.after.as_deref().map(place_of);
            let listed = self.list(kind, after.as_ref(), page.limit).await?;
            return listed.into_iter().map(|listed| listed.stored).collect();
        };
        let name = name_in(&lookup);
        self.blocking(move |cabinet| {
            if index.unique.is_some() {
                let owner = cabinet.owner(kind, index, &name)?.into_iter();
                let after = |stored: &Stored| page.after.as_ref().is_none_or(|after| stored.document.id > *after);
                return Ok(owner.filter(after).take(page.limit as usize).collect());
            }
            let drawer = cabinet.drawer(kind);
            let ids = cabinet.io(kind, index::members(&drawer, index, &name))?;
            if ids.is_empty() {
                cabinet.check_there(kind, &drawer.join(index.name))?;
            }
            let mut found = Vec::new();
            for id in ids {
                if found.len() >= page.limit as usize {
                    break;
                }
                if page.after.as_ref().is_some_and(|after| id <= *after) {
                    continue;
                }
                let stored = cabinet.read(kind, &id)?.map(|sheet| sheet.stored(kind));
                let has = |stored: &Stored| entries_of(&stored.document).is_ok_and(|own| own.has(index, &name));
                found.extend(stored.filter(has));
            }
            Ok(found)
        })
        .await
    }

    async fn sweep(&self, before: Timestamp) -> Result<u64, StorageError> {
        let mut removed = 0;
        for kind in Kind::EXPIRING {
            for ended in self.blocking(move |cabinet| cabinet.ended(kind, before)).await? {
                let folder = self.cabinet.folder(kind, &ended.2);
                let work = move |cabinet: &Cabinet| cabinet.end(kind, &ended, before);
                match self.locked(kind, folder, work).await {
                    Ok(gone) => removed += u64::from(gone),
                    // A record that cannot be read keeps nobody else from being swept.
                    Err(StorageError::Corrupt { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(removed)
    }

    async fn count(&self, kind: Kind) -> Result<u64, StorageError> {
        self.blocking(move |cabinet| cabinet.count(kind)).await
    }

    async fn list(&self, kind: Kind, after: Option<&Place>, limit: u32) -> Result<Vec<Listed>, StorageError> {
        let after = after.cloned();
        self.blocking(move |cabinet| cabinet.list(kind, after.as_ref(), limit))
            .await
    }

    async fn audit(&self, mend: bool) -> Result<Vec<Damage>, StorageError> {
        self.blocking(move |cabinet| cabinet.audit(mend)).await
    }

    async fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

fn entries_of(document: &Document) -> Result<Entries, StorageError> {
    Entries::of(document).map_err(|_| Obstacle::NotWhole.corrupt(document.kind))
}
