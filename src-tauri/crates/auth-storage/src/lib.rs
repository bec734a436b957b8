//! [`AuthStorageAdapter`](auth_core::storage::AuthStorageAdapter) on real engines: SQLite and files.

mod entries;
mod files;
mod names;
mod obstacle;
mod open;
mod sqlite;
mod url;

pub use files::{FilesStorage, OpenError as FilesOpenError};
pub use obstacle::Obstacle;
pub use open::OpenError;
pub use sqlite::{OpenError as SqliteOpenError, SqliteStorage};
pub use url::{StorageUrl, UrlError};
