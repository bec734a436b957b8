use async_trait::async_trait;

use super::{Damage, Document, Kind, Listed, Lookup, Page, Place, StorageError, Stored, Version};
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

    /// A page of the documents that are looked for, in the order of their ids; of [`Lookup::All`], in the order of
    /// [`AuthStorageAdapter::list`].
    ///
    /// # Errors
    /// [`StorageError::Corrupt`], [`StorageError::Unavailable`].
    async fn find(&self, lookup: Lookup<'_>, page: &Page) -> Result<Vec<Stored>, StorageError>;

    /// Removes the documents of the kinds [`Kind::EXPIRING`] that have an `expires` before that moment; says how many.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    async fn sweep(&self, before: Timestamp) -> Result<u64, StorageError>;

    /// How many documents of the kind there are, as near as the engine can say cheaply.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    async fn count(&self, kind: Kind) -> Result<u64, StorageError>;

    /// Goes through the documents of a kind in an order of the engine's own, those that cannot be read included: the next
    /// ones after that place, at most so many, and none only at the end. For programs that check or copy a storage.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`] where not even the places can be told, [`StorageError::Unavailable`].
    async fn list(&self, kind: Kind, after: Option<&Place>, limit: u32) -> Result<Vec<Listed>, StorageError>;

    /// Looks for damage outside the documents: lost or wrong indexes, files that are not whole; mends what can be mended
    /// without losing anything where `mend` says so. Nobody else should write meanwhile.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    async fn audit(&self, mend: bool) -> Result<Vec<Damage>, StorageError>;

    /// Lets go of files and connections; what is called after that is unavailable.
    async fn close(&self) {}
}
