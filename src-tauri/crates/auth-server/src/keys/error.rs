use auth_core::storage::StorageError;
use auth_core::tokens::KeyError;

/// Why there are no keys to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("the signing keys could not be read or stored")]
    Storage {
        #[from]
        source: StorageError,
    },
    #[error("the signing key {id} in the storage is damaged; restore it from a backup")]
    Damaged {
        id: String,
        #[source]
        source: KeyError,
    },
    #[error("no signing key could be made")]
    NotMade {
        #[from]
        source: KeyError,
    },
}
