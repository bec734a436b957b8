use std::sync::Arc;

use auth_core::storage::AuthStorageAdapter;

use crate::{
    FilesOpenError, FilesStorage, PostgresOpenError, PostgresStorage, RxDBOpenError, RxDBStorage, S3OpenError,
    S3Storage, SqliteOpenError, SqliteStorage, StorageUrl,
};

/// Why a storage did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Sqlite {
        #[from]
        source: SqliteOpenError,
    },
    #[error(transparent)]
    Files {
        #[from]
        source: FilesOpenError,
    },
    #[error(transparent)]
    Postgres {
        #[from]
        source: PostgresOpenError,
    },
    #[error(transparent)]
    S3 {
        #[from]
        source: S3OpenError,
    },
    #[error(transparent)]
    RxDB {
        #[from]
        source: RxDBOpenError,
    },
}

impl StorageUrl {
    /// Opens the storage there, making what it needs where nothing is yet.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(&self) -> Result<Arc<dyn AuthStorageAdapter>, OpenError> {
        Ok(match self {
            Self::Sqlite { path } => Arc::new(SqliteStorage::open(path).await?),
            Self::Files(config) => Arc::new(FilesStorage::open(config).await?),
            Self::Postgres(config) => Arc::new(PostgresStorage::open(config).await?),
            Self::S3(config) => Arc::new(S3Storage::open(config).await?),
            Self::RxDB(config) => Arc::new(RxDBStorage::open(config).await?),
        })
    }
}
