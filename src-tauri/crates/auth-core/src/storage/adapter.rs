use async_trait::async_trait;

use super::{Document, Kind, Lookup, Page, StorageError, Stored, Version};
use crate::models::Timestamp;

/// A storage engine.
///
/// The promises, which the conformance story checks on each: a verb that has answered `Ok` is durable; `insert` and
/// `replace` are atomic against all other writers, in this process and in others that share the storage; a reader sees
/// whole documents, and its own writes at once, in `get` as well as in `find`.
#[async_trait]
pub trait AuthStorageAdapter: std::fmt::Debug + Send + Sync {
    /// Whether the engine answers.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    async fn ping(&self) -> Result<(), StorageError>;

    /// Stores a new document.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] where the id or a [`UniqueKey`](super::UniqueKey) of its kind is taken;
    /// [`StorageError::Unavailable`].
    async fn insert(&self, document: &Document) -> Result<Version, StorageError>;

    /// Compare-and-set: stores the document if the stored one is still of that version.
    ///
    /// # Errors
    /// [`StorageError::Stale`] where it is not, or is gone; [`StorageError::Conflict`] where a unique key of its kind is
    /// taken by another; [`StorageError::Unavailable`].
    async fn replace(&self, document: &Document, expected: &Version) -> Result<Version, StorageError>;

    /// The document of that id.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`], [`StorageError::Unavailable`].
    async fn get(&self, kind: Kind, id: &str) -> Result<Option<Stored>, StorageError>;

    /// A page of the documents that are looked for, in the order of their ids.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`], [`StorageError::Unavailable`].
    async fn find(&self, lookup: Lookup<'_>, page: &Page) -> Result<Vec<Stored>, StorageError>;

    /// Removes the documents of the kinds [`Kind::EXPIRING`] that have an `expires` before that moment; says how many.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    async fn sweep(&self, before: Timestamp) -> Result<u64, StorageError>;
}
