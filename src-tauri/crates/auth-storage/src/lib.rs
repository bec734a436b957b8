//! [`AuthStorageAdapter`](auth_core::storage::AuthStorageAdapter) on real engines: SQLite, files, PostgreSQL, S3 and RxDB.

mod claims;
mod columns;
mod entries;
mod files;
mod names;
mod obstacle;
mod open;
mod postgres;
mod row;
mod rxdb;
mod s3;
mod sqlite;
mod url;

pub use files::{FilesStorage, OpenError as FilesOpenError};
pub use obstacle::Obstacle;
pub use open::OpenError;
pub use postgres::{OpenError as PostgresOpenError, PostgresConfig, PostgresStorage};
pub use rxdb::{OpenError as RxDBOpenError, RxDBStorage};
pub use s3::{OpenError as S3OpenError, S3Config, S3Storage};
pub use sqlite::{OpenError as SqliteOpenError, SqliteStorage};
pub use url::{StorageUrl, UrlError};
