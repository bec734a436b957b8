//! [`AuthStorageAdapter`](auth_core::storage::AuthStorageAdapter) on real engines: SQLite, files and PostgreSQL.

mod entries;
mod files;
mod names;
mod obstacle;
mod open;
mod postgres;
mod sqlite;
mod url;

pub use files::{FilesStorage, OpenError as FilesOpenError};
pub use obstacle::Obstacle;
pub use open::OpenError;
pub use postgres::{OpenError as PostgresOpenError, PostgresConfig, PostgresStorage};
pub use sqlite::{OpenError as SqliteOpenError, SqliteStorage};
pub use url::{StorageUrl, UrlError};
