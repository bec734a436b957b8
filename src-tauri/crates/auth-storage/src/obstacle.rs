//! What stands in an engine's way, with what to do about it; the source of a
//! [`StorageError`](auth_core::storage::StorageError).

use std::io;

use auth_core::storage::{Kind, StorageError};

/// Why an engine could not do it, where a person can help.
#[derive(Debug, thiserror::Error)]
pub enum Obstacle {
    #[error("the disk is full or a quota is used up; make room")]
    DiskFull,
    #[error("the disk does not take what is written; check that it works, and that no quota is used up")]
    DiskFails,
    #[error(
        "the data may not be written; check the owner and the rights of the data folder, and that it is not read-only"
    )]
    NoRights,
    #[error("the data folder is away; check that its disk is mounted")]
    FolderAway,
    #[error("another process holds the lock of a folder for too long; check that it is not stopped")]
    Locked,
    #[error(
        "a folder of the storage is missing; restore it from a backup, or make lost indexes anew with: storage check --mend"
    )]
    FolderMissing,
    #[error(
        "the text of a record is not what was written; restore it from a backup or remove it. storage check names it"
    )]
    NotWhole,
    #[error("the operating system says: {source}")]
    System {
        #[source]
        source: io::Error,
    },
    #[error("the service does not answer; check that it runs, and the way to it")]
    Unreachable,
    #[error("the connection to the service broke off; it is not known whether it did what was asked")]
    BrokenOff,
    #[error("the service fails, or has no such bucket; check the address, and see what its log says")]
    ServiceFails,
    #[error("the service lets nobody in with these credentials; check them, and what they may do there")]
    NoEntry,
    #[error("the bucket or its prefix is not there; check the address, and that nobody has emptied it")]
    BucketAway,
    #[error("the service does not say by an ETag which contents an object has; use one that does")]
    NoTags,
    #[error(
        "the server has gone on to a newer version of the documents (426); give that version in the address: ?version=N"
    )]
    Outdated,
    #[error(
        "the server does not offer the collection; give it the collections of rxdb/collections.json, and check the version in the address"
    )]
    NoEndpoint,
    #[error("the storage is closed")]
    Closed,
    #[error("others write the same record all the time; it was given up after many tries")]
    Contended,
}

impl Obstacle {
    /// Sorts an error of the operating system.
    pub fn of(source: io::Error) -> Self {
        use io::ErrorKind as K;
        match source.kind() {
            K::StorageFull | K::QuotaExceeded | K::FileTooLarge => Self::DiskFull,
            K::PermissionDenied | K::ReadOnlyFilesystem => Self::NoRights,
            _ => Self::System { source },
        }
    }

    /// As an error that heals.
    pub fn unavailable(self) -> StorageError {
        StorageError::Unavailable { source: self.into() }
    }

    /// As an error of a record that stays until somebody mends it.
    pub fn corrupt(self, kind: Kind) -> StorageError {
        StorageError::Corrupt {
            kind,
            source: self.into(),
        }
    }
}
