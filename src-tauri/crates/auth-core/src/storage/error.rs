use super::{Kind, UniqueKey};

/// Why a storage engine did not do it. Ids and contents are not repeated: they may name people.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error("the storage cannot be reached; it is tried again with the next request")]
    Unavailable {
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("a record in {} cannot be read; restore it from a backup or remove it", kind.collection())]
    Corrupt {
        kind: Kind,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("there is already a record in {} with the same {key}", kind.collection())]
    Conflict { kind: Kind, key: UniqueKey },
    #[error("the record in {} has changed or gone since it was read; read it again", kind.collection())]
    Stale { kind: Kind },
}
