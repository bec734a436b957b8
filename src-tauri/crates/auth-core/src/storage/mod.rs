//! The storage port: what the rules keep, and the promises every engine makes.
//!
//! An engine stores documents: JSON objects of a [`Kind`] with an id. It need not know their fields, those of the
//! [`Lookup`]s, of the [`UniqueKey`]s and of the sweep excepted. The rules use the typed verbs of [`Store`].

mod adapter;
mod document;
mod error;
mod index;
mod listing;
mod lookup;
mod records;
mod store;

pub use adapter::AuthStorageAdapter;
pub use document::{Document, Kind, Record, Stored, Version, Versioned};
pub use error::StorageError;
pub use index::Index;
pub use listing::{Damage, Fault, Listed, Place};
pub use lookup::{Lookup, Page, UniqueKey};
pub use records::{CodeRecord, KeyUse, LimitRecord, Revocation, RevokeCause, SessionRecord, SigningKeyRecord};
pub use store::Store;

#[cfg(test)]
mod tests;
