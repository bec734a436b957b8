use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use auth_core::models::Timestamp;
use auth_core::storage::{
    AuthStorageAdapter, Damage, Document, Kind, Listed, Lookup, Page, Place, StorageError, Stored, UniqueKey, Version,
};
use serde_json::{Value, json};

use super::rows::{self, is_deleted, primary, stored, version_of};
use super::server::{Row, Server};
use crate::claims::{self, Claim};
use crate::entries::{Entries, name_in};
use crate::obstacle::Obstacle;

/// Documents that are asked for at a time.
pub const PART: u32 = 500;

/// The storage on an RxDB server.
#[derive(Debug)]
pub struct RxDBStorage {
    pub(super) server: Server,
    closed: AtomicBool,
}

impl RxDBStorage {
    pub(super) fn over(server: Server) -> Self {
        Self {
            server,
            closed: AtomicBool::new(false),
        }
    }

    fn check_open(&self) -> Result<(), StorageError> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(Obstacle::Closed.unavailable());
        }
        Ok(())
    }

    /// The whole state of the row of that id.
    pub(super) async fn row(&self, kind: Kind, id: &str) -> Result<Option<Row>, StorageError> {
        let query = json!({ "selector": { "id": primary(&self.server.domain, id) }, "limit": 1 });
        let found = self.server.query(kind.collection(), &query).await?.pop();
        Ok(found.map(rows::state))
    }

    /// The rows of a kind after that one, in the order of their primary keys.
    pub(super) async fn rows(
        &self,
        collection: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Row>, StorageError> {
        let mut selector = json!({ "domain": self.server.domain });
        if let Some(after) = after {
            selector["id"] = json!({ "$gt": after });
        }
        let query = json!({ "selector": selector, "sort": [{ "id": "asc" }], "limit": limit });
        self.server.query(collection, &query).await
    }

    pub(super) async fn claim(
        &self,
        document: &Document,
        older: Option<&Entries>,
    ) -> Result<Option<Claim<Row>>, StorageError> {
        let entries = entries_of(document)?;
        let Some((key, index, name)) = entries.unique() else {
            return Ok(None);
        };
        if older.is_some_and(|older| older.has(index, name)) {
            return Ok(None);
        }
        let claim = Claim::make(self, document.kind, (key, index, name), &document.id).await?;
        Ok(Some(claim))
    }

    /// Takes a row away that is still in that state; whether it was.
    async fn delete(&self, kind: Kind, row: &Row) -> Result<bool, StorageError> {
        let mut gone = row.clone();
        gone.insert("version".to_owned(), json!(version_of(row) + 1));
        gone.insert("_deleted".to_owned(), Value::Bool(true));
        let conflict = self.server.push(kind.collection(), &gone, Some(row)).await?;
        Ok(conflict.is_none())
    }
}

#[async_trait]
impl AuthStorageAdapter for RxDBStorage {
    async fn ping(&self) -> Result<(), StorageError> {
        self.check_open()?;
        self.rows(Kind::User.collection(), None, 1).await.map(drop)
    }

    async fn insert(&self, document: &Document) -> Result<Version, StorageError> {
        self.check_open()?;
        let kind = document.kind;
        let taken = |key| StorageError::Conflict { kind, key };
        if self.row(kind, &document.id).await?.is_some() {
            return Err(taken(UniqueKey::Id));
        }
        let claim = self.claim(document, None).await?;
        let mut before: Option<Row> = None;
        let row = loop {
            let number = before.as_ref().map_or(1, |before| version_of(before) + 1);
            let row = rows::row(&self.server.domain, document, number)?;
            match self.server.push(kind.collection(), &row, before.as_ref()).await? {
                None => break row,
                // What was deleted is still known there.
                Some(state) if is_deleted(&state) => before = Some(state),
                Some(_) => return Err(taken(UniqueKey::Id)),
            }
        };
        if let Some(claim) = claim
            && !claim.confirm(self).await?
        {
            self.delete(kind, &row).await?;
            return Err(taken(claim.key));
        }
        Ok(rows::version(version_of(&row), document))
    }

    async fn replace(&self, document: &Document, expected: &Version) -> Result<Version, StorageError> {
        self.check_open()?;
        let kind = document.kind;
        let stale = || StorageError::Stale { kind };
        let before = self.row(kind, &document.id).await?.ok_or_else(stale)?;
        let old = stored(kind, &before)?;
        if old.version != *expected {
            return Err(stale());
        }
        let older = entries_of(&old.document)?;
        let claim = self.claim(document, Some(&older)).await?;
        let number = version_of(&before) + 1;
        let row = rows::row(&self.server.domain, document, number)?;
        if self
            .server
            .push(kind.collection(), &row, Some(&before))
            .await?
            .is_some()
        {
            if let Some(claim) = claim {
                claim.withdraw(self).await?;
            }
            return Err(stale());
        }
        if let Some(claim) = claim {
            if !claim.confirm(self).await? {
                // Back to what it was; whoever has written since has seen to it.
                let back = rows::row(&self.server.domain, &old.document, number + 1)?;
                self.server.push(kind.collection(), &back, Some(&row)).await?;
                return Err(StorageError::Conflict { kind, key: claim.key });
            }
            if let Some((_, index, name)) = older.unique() {
                claims::give_up(self, kind, index, name, &document.id).await?;
            }
        } else if let Some((_, index, name)) = older.unique()
            && !entries_of(document)?.has(index, name)
        {
            claims::give_up(self, kind, index, name, &document.id).await?;
        }
        Ok(rows::version(number, document))
    }

    async fn get(&self, kind: Kind, id: &str) -> Result<Option<Stored>, StorageError> {
        self.check_open()?;
        let row = self.row(kind, id).await?;
        row.map(|row| stored(kind, &row)).transpose()
    }

    async fn find(&self, lookup: Lookup<'_>, page: &Page) -> Result<Vec<Stored>, StorageError> {
        self.check_open()?;
        let kind = lookup.kind();
        if let Some(index) = lookup.index().filter(|index| index.unique.is_some()) {
            let owner = claims::owner(self, kind, index, &name_in(&lookup)).await?;
            let after = |stored: &Stored| page.after.as_ref().is_none_or(|after| stored.document.id > *after);
            return Ok(owner.into_iter().filter(after).take(page.limit as usize).collect());
        }
        let mut selector = json!({ "domain": self.server.domain });
        for (field, value) in lookup.fields() {
            selector[field] = json!(value);
        }
        if let Some(after) = &page.after {
            selector["documentId"] = json!({ "$gt": after });
        }
        let query = json!({ "selector": selector, "sort": [{ "documentId": "asc" }], "limit": page.limit });
        let found = self.server.query(kind.collection(), &query).await?;
        let found: Result<Vec<Stored>, StorageError> = found.iter().map(|row| stored(kind, row)).collect();
        let mut found = found?;
        if let Some(index) = lookup.index() {
            // To an index, a field that is absent is an empty one.
            let name = name_in(&lookup);
            found.retain(|stored| Entries::of(&stored.document).is_ok_and(|entries| entries.has(index, &name)));
        }
        Ok(found)
    }

    async fn sweep(&self, before: Timestamp) -> Result<u64, StorageError> {
        self.check_open()?;
        let mut removed = 0;
        for kind in Kind::EXPIRING {
            loop {
                // To an index, what has no end ends before everything.
                let expires = json!({ "$gt": "", "$lt": before.to_string() });
                let selector = json!({ "domain": self.server.domain, "expires": expires });
                let query = json!({ "selector": selector, "limit": PART });
                let ended = self.server.query(kind.collection(), &query).await?;
                let (found, mut part) = (ended.len(), 0);
                for row in ended {
                    part += u64::from(self.delete(kind, &rows::state(row)).await?);
                }
                removed += part;
                // The rest has got a later end, or another server sweeps it.
                if found < PART as usize || part == 0 {
                    break;
                }
            }
        }
        Ok(removed)
    }

    async fn count(&self, kind: Kind) -> Result<u64, StorageError> {
        let (mut count, mut after) = (0, None);
        loop {
            let listed = self.list(kind, after.as_ref(), PART).await?;
            count += listed.len() as u64;
            match listed.into_iter().next_back() {
                Some(last) => after = Some(last.place),
                None => return Ok(count),
            }
        }
    }

    async fn list(&self, kind: Kind, after: Option<&Place>, limit: u32) -> Result<Vec<Listed>, StorageError> {
        self.check_open()?;
        let rows = self
            .rows(kind.collection(), after.map(|place| place.0.as_str()), limit)
            .await?;
        let listed = |row: Row| {
            let place = rows::text_of(&row, "id").ok_or_else(|| Obstacle::NotWhole.corrupt(kind))?;
            Ok(Listed {
                place: Place(place.to_owned()),
                stored: stored(kind, &row),
            })
        };
        rows.into_iter().map(listed).collect()
    }

    async fn audit(&self, mend: bool) -> Result<Vec<Damage>, StorageError> {
        self.check_open()?;
        self.audit_all(mend).await
    }

    async fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

pub fn entries_of(document: &Document) -> Result<Entries, StorageError> {
    Entries::of(document).map_err(|_| Obstacle::NotWhole.corrupt(document.kind))
}
