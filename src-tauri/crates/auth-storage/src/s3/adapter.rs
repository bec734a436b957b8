use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use auth_core::models::Timestamp;
use auth_core::storage::{
    AuthStorageAdapter, Damage, Document, Index, Kind, Listed, Lookup, Page, Place, StorageError, Stored, UniqueKey,
    Version,
};
use futures_util::future::{try_join, try_join_all};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::members;
use super::objects::{Objects, Tag, text};
use super::records::{self, Found, Sheet, entries_of};
use crate::claims::{self, Claim};
use crate::entries::{BY_END, Entries, marker, name_in};
use crate::obstacle::Obstacle;

/// Requests that one verb sends at once.
pub const AT_ONCE: usize = 16;
/// How long whoever takes an ended record away may need; longer than a request may.
const LEAVING: Duration = Duration::from_secs(6);
const PAUSE: Duration = Duration::from_millis(20);

/// The storage in a bucket.
#[derive(Debug)]
pub struct S3Storage {
    pub(super) objects: Objects,
    closed: AtomicBool,
}

impl S3Storage {
    pub(super) fn over(objects: Objects) -> Self {
        Self {
            objects,
            closed: AtomicBool::new(false),
        }
    }

    pub(super) fn check_open(&self) -> Result<(), StorageError> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(Obstacle::Closed.unavailable());
        }
        Ok(())
    }

    /// Makes the entries by which a record is found.
    pub(super) async fn enter(
        &self,
        kind: Kind,
        id: &str,
        keys: impl Iterator<Item = &(&'static Index, String)>,
        end: Option<Timestamp>,
    ) -> Result<(), StorageError> {
        let objects = &self.objects;
        let lists = keys.filter(|(index, _)| index.unique.is_none()).map(|(index, name)| {
            let list = records::value(kind, index, name);
            async move { members::enter(objects, kind, &list, id).await }
        });
        let mark = async {
            match end {
                Some(end) => objects.write(&mark(kind, end, id), mark_text(id)?).await,
                None => Ok(()),
            }
        };
        try_join(try_join_all(lists), mark).await.map(drop)
    }

    /// Takes entries of a record away that it no longer has.
    pub(super) async fn leave(
        &self,
        kind: Kind,
        id: &str,
        keys: impl Iterator<Item = &(&'static Index, String)>,
    ) -> Result<(), StorageError> {
        for (index, name) in keys {
            if index.unique.is_some() {
                claims::give_up(&self.objects, kind, index, name, id).await?;
                continue;
            }
            let list = records::value(kind, index, name);
            members::leave(&self.objects, kind, &list, id).await?;
            // It may have got back what it had given up.
            if let Some(found) = records::live(&self.objects, kind, id).await?
                && found.sheet.entries(kind)?.has(index, name)
            {
                members::enter(&self.objects, kind, &list, id).await?;
            }
        }
        Ok(())
    }

    /// Waits until a record that has ended is out of the way; an error where one is there.
    async fn place_is_free(&self, kind: Kind, id: &str) -> Result<(), StorageError> {
        let since = Instant::now();
        while let Some(found) = records::find(&self.objects, kind, id).await? {
            if !found.sheet.gone {
                let key = UniqueKey::Id;
                return Err(StorageError::Conflict { kind, key });
            }
            if since.elapsed() > LEAVING {
                // Whoever was taking it away has been killed.
                self.finish(kind, &found).await?;
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn claim(
        &self,
        document: &Document,
        entries: &Entries,
        older: Option<&Entries>,
    ) -> Result<Option<Claim<Tag>>, StorageError> {
        let Some((key, index, name)) = entries.unique() else {
            return Ok(None);
        };
        if older.is_some_and(|older| older.has(index, name)) {
            return Ok(None);
        }
        let claim = Claim::make(&self.objects, document.kind, (key, index, name), &document.id).await?;
        Ok(Some(claim))
    }

    /// Reads the records of those ids that have the entry.
    async fn having(
        &self,
        kind: Kind,
        ids: Vec<String>,
        (index, name): (&'static Index, &str),
        limit: usize,
    ) -> Result<Vec<Stored>, StorageError> {
        let reads = ids
            .into_iter()
            .map(|id| async move { records::live(&self.objects, kind, &id).await });
        let has = |found: &Found| found.sheet.entries(kind).is_ok_and(|entries| entries.has(index, name));
        stream::iter(reads)
            .buffered(AT_ONCE)
            .try_filter_map(|found| async { Ok(found.filter(has).map(|found| found.stored(kind))) })
            .take(limit)
            .try_collect()
            .await
    }
}

#[async_trait]
impl AuthStorageAdapter for S3Storage {
    async fn ping(&self) -> Result<(), StorageError> {
        self.check_open()?;
        let found = self.objects.get(super::objects::FORMAT).await?;
        found.map(drop).ok_or_else(|| Obstacle::BucketAway.unavailable())
    }

    async fn insert(&self, document: &Document) -> Result<Version, StorageError> {
        self.check_open()?;
        let (kind, id) = (document.kind, document.id.as_str());
        let entries = entries_of(document)?;
        let sheet = text(&Sheet::new(1, entries.end, document)?)?;
        loop {
            self.place_is_free(kind, id).await?;
            let claim = self.claim(document, &entries, None).await?;
            self.enter(kind, id, entries.keys.iter(), entries.end).await?;
            let Some(tag) = self.objects.create(&records::record(kind, id), sheet.clone()).await? else {
                // Somebody has been faster; the next look says who.
                continue;
            };
            if let Some(claim) = claim
                && !claim.confirm(&self.objects).await?
            {
                let sheet = Sheet::new(1, entries.end, document)?;
                self.end_now(kind, &Found { sheet, tag }).await?;
                return Err(StorageError::Conflict { kind, key: claim.key });
            }
            return Ok(Version(tag));
        }
    }

    async fn replace(&self, document: &Document, expected: &Version) -> Result<Version, StorageError> {
        self.check_open()?;
        let (kind, id) = (document.kind, document.id.as_str());
        let before = records::live(&self.objects, kind, id).await?;
        let Some(before) = before.filter(|before| before.tag == expected.0) else {
            return Err(StorageError::Stale { kind });
        };
        let (entries, older) = (entries_of(document)?, before.sheet.entries(kind)?);
        let claim = self.claim(document, &entries, Some(&older)).await?;
        // An end that has only moved on is found when the old one is looked at.
        let marked = match (before.sheet.marked, entries.end) {
            (Some(mark), Some(end)) if mark <= end => Some(mark),
            (_, end) => end,
        };
        let new_mark = marked.filter(|_| marked != before.sheet.marked);
        self.enter(kind, id, entries.beside(&older), new_mark).await?;
        let sheet = Sheet::new(before.sheet.version + 1, marked, document)?;
        let Some(tag) = before.swap(&self.objects, kind, &sheet).await? else {
            if let Some(claim) = claim {
                claim.withdraw(&self.objects).await?;
            }
            self.leave(kind, id, entries.beside(&older)).await?;
            return Err(StorageError::Stale { kind });
        };
        if let Some(claim) = claim
            && !claim.confirm(&self.objects).await?
        {
            // Back to what it was; whoever has written since has seen to it.
            let back = Sheet::new(sheet.version + 1, before.sheet.marked, &before.sheet.document(kind))?;
            Found { sheet, tag }.swap(&self.objects, kind, &back).await?;
            return Err(StorageError::Conflict { kind, key: claim.key });
        }
        self.leave(kind, id, older.beside(&entries)).await?;
        if let Some(old) = before.sheet.marked.filter(|_| marked != before.sheet.marked) {
            self.objects.remove(&mark(kind, old, id)).await?;
        }
        Ok(Version(tag))
    }

    async fn get(&self, kind: Kind, id: &str) -> Result<Option<Stored>, StorageError> {
        self.check_open()?;
        let found = records::live(&self.objects, kind, id).await?;
        Ok(found.map(|found| found.stored(kind)))
    }

    async fn find(&self, lookup: Lookup<'_>, page: &Page) -> Result<Vec<Stored>, StorageError> {
        self.check_open()?;
        let (kind, limit) = (lookup.kind(), page.limit as usize);
        let Some(index) = lookup.index() else {
            let after = page.after.as_deref().map(|id| Place(records::place(id)));
            let listed = self.list(kind, after.as_ref(), page.limit).await?;
            return listed.into_iter().map(|listed| listed.stored).collect();
        };
        let name = name_in(&lookup);
        let after = |id: &String| page.after.as_ref().is_none_or(|after| id > after);
        if index.unique.is_some() {
            let owner = claims::owner(&self.objects, kind, index, &name).await?;
            return Ok(owner
                .into_iter()
                .filter(|stored| after(&stored.document.id))
                .take(limit)
                .collect());
        }
        let mut ids = members::ids(&self.objects, kind, &records::value(kind, index, &name)).await?;
        ids.retain(after);
        self.having(kind, ids, (index, &name), limit).await
    }

    async fn sweep(&self, before: Timestamp) -> Result<u64, StorageError> {
        self.check_open()?;
        let mut removed = 0;
        for kind in Kind::EXPIRING {
            removed += self.sweep_kind(kind, before).await?;
        }
        Ok(removed)
    }

    async fn count(&self, kind: Kind) -> Result<u64, StorageError> {
        self.check_open()?;
        let names = self.objects.names(&records::folder(kind), None, usize::MAX).await?;
        Ok(names.len() as u64)
    }

    async fn list(&self, kind: Kind, after: Option<&Place>, limit: u32) -> Result<Vec<Listed>, StorageError> {
        self.check_open()?;
        let (mut after, mut listed) = (after.map(|place| place.0.clone()), Vec::new());
        while listed.len() < limit as usize {
            let left = limit as usize - listed.len();
            let names = self
                .objects
                .names(&records::folder(kind), after.as_deref(), left)
                .await?;
            let Some(last) = names.last() else { break };
            after = Some(last.clone());
            let reads = names.into_iter().map(|name| async move {
                let found = records::read(&self.objects, kind, &name).await;
                Ok::<_, StorageError>(match found {
                    Ok(found) => found
                        .filter(|found| !found.sheet.gone)
                        .map(|found| (name, Ok(found.stored(kind)))),
                    Err(error @ StorageError::Unavailable { .. }) => return Err(error),
                    Err(error) => Some((name, Err(error))),
                })
            });
            let part: Vec<_> = stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
            let there = part.into_iter().flatten();
            listed.extend(there.map(|(name, stored)| Listed {
                place: Place(name),
                stored,
            }));
        }
        Ok(listed)
    }

    async fn audit(&self, mend: bool) -> Result<Vec<Damage>, StorageError> {
        self.check_open()?;
        self.audit_all(mend).await
    }

    async fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

/// The name of the entry by which a record is looked at after its end.
pub fn mark(kind: Kind, end: Timestamp, id: &str) -> String {
    let (day, name) = marker(end, id);
    format!("{}/{BY_END}/{day}/{name}", kind.collection())
}

/// Names are cut where they are long; this is not.
pub fn mark_text(id: &str) -> Result<Vec<u8>, StorageError> {
    text(&serde_json::json!({ "id": id }))
}
