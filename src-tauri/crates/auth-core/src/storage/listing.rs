use super::{Kind, StorageError, Stored, UniqueKey};

/// Where a document lies, in the engine's own words: an id, a file's name. For the eyes of whoever runs the storage: it may
/// name a person.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(pub String);

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Place(…)")
    }
}

/// What lies at a place.
#[derive(Debug)]
pub struct Listed {
    pub place: Place,
    /// Or why it cannot be read.
    pub stored: Result<Stored, StorageError>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// None: of no single kind.
    pub kind: Option<Kind>,
    pub place: Place,
    pub fault: Fault,
    /// It is as it should be again.
    pub mended: bool,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the record cannot be read; restore it from a backup or remove it")]
    Unreadable,
    #[error("the whole index is missing; without it records of the kind are not found")]
    IndexMissing,
    #[error("the record is missing in an index and is not found by it")]
    NotIndexed,
    #[error("another record has the same {key}; remove or change one of them")]
    Shared { key: UniqueKey },
    #[error("the index names a record that is not there or not like that; it does no harm")]
    Leftover,
    #[error("the engine says: {message}")]
    Engine { message: String },
}
