use std::sync::Arc;

use super::{
    AuthStorageAdapter, Document, Kind, Lookup, Page, Record, StorageError, Stored, UniqueKey, Version, Versioned,
};
use crate::models::Timestamp;

/// The typed verbs over any engine. A cheap handle.
#[derive(Debug, Clone)]
pub struct Store {
    adapter: Arc<dyn AuthStorageAdapter>,
}

impl Store {
    /// Over that engine.
    pub fn new(adapter: Arc<dyn AuthStorageAdapter>) -> Self {
        Self { adapter }
    }

    /// [`AuthStorageAdapter::ping`].
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    pub async fn ping(&self) -> Result<(), StorageError> {
        self.adapter.ping().await
    }

    /// [`AuthStorageAdapter::insert`].
    ///
    /// # Errors
    /// [`StorageError::Conflict`], [`StorageError::Unavailable`].
    pub async fn insert<T: Record>(&self, record: &T) -> Result<Version, StorageError> {
        self.adapter.insert(&write(record)?).await
    }

    /// [`AuthStorageAdapter::replace`].
    ///
    /// # Errors
    /// [`StorageError::Stale`], [`StorageError::Conflict`], [`StorageError::Unavailable`].
    pub async fn replace<T: Record>(&self, record: &T, expected: &Version) -> Result<Version, StorageError> {
        self.adapter.replace(&write(record)?, expected).await
    }

    /// Makes the next record from the one of that id, or the first from none, and stores it in its place. Where somebody
    /// else wrote in between, `next` is asked again with what is there then.
    ///
    /// # Errors
    /// What `next` says; [`StorageError::Corrupt`], [`StorageError::Unavailable`], [`StorageError::Conflict`] of a key
    /// that is not the id.
    pub async fn put<T: Record, E: From<StorageError>>(
        &self,
        id: &str,
        mut next: impl FnMut(Option<T>) -> Result<T, E>,
    ) -> Result<T, E> {
        loop {
            let (before, version) = match self.get::<T>(id).await? {
                Some(stored) => (Some(stored.record), Some(stored.version)),
                None => (None, None),
            };
            let record = next(before)?;
            let written = match version {
                Some(version) => self.replace(&record, &version).await,
                None => self.insert(&record).await,
            };
            match written {
                Ok(_) => return Ok(record),
                Err(StorageError::Stale { .. } | StorageError::Conflict { key: UniqueKey::Id, .. }) => {}
                Err(source) => return Err(source.into()),
            }
        }
    }

    /// [`AuthStorageAdapter::get`].
    ///
    /// # Errors
    /// [`StorageError::Corrupt`], [`StorageError::Unavailable`].
    pub async fn get<T: Record>(&self, id: &str) -> Result<Option<Versioned<T>>, StorageError> {
        self.adapter.get(T::KIND, id).await?.map(read).transpose()
    }

    /// [`AuthStorageAdapter::find`]; the record is of the lookup's kind.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`], [`StorageError::Unavailable`].
    pub async fn find<T: Record>(&self, lookup: Lookup<'_>, page: &Page) -> Result<Vec<Versioned<T>>, StorageError> {
        self.adapter.find(lookup, page).await?.into_iter().map(read).collect()
    }

    /// The one record of a look-up that has at most one.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`], [`StorageError::Unavailable`].
    pub async fn find_one<T: Record>(&self, lookup: Lookup<'_>) -> Result<Option<Versioned<T>>, StorageError> {
        Ok(self.find(lookup, &Page::first(1)).await?.pop())
    }

    /// [`AuthStorageAdapter::sweep`].
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    pub async fn sweep(&self, before: Timestamp) -> Result<u64, StorageError> {
        self.adapter.sweep(before).await
    }
}

fn write<T: Record>(record: &T) -> Result<Document, StorageError> {
    Ok(Document {
        kind: T::KIND,
        id: record.id().to_owned(),
        json: serde_json::to_string(record).map_err(|source| corrupt(T::KIND, &source))?,
    })
}

fn read<T: Record>(stored: Stored) -> Result<Versioned<T>, StorageError> {
    let record = serde_json::from_str(&stored.document.json).map_err(|source| corrupt(T::KIND, &source))?;
    Ok(Versioned {
        record,
        version: stored.version,
    })
}

/// Only where the text is wrong goes into the error: what stands there may be a secret.
fn corrupt(kind: Kind, source: &serde_json::Error) -> StorageError {
    let place = format!(
        "{:?} at line {}, column {}",
        source.classify(),
        source.line(),
        source.column()
    );
    StorageError::Corrupt {
        kind,
        source: place.into(),
    }
}
