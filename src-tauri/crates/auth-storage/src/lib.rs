//! [`AuthStorageAdapter`](auth_core::storage::AuthStorageAdapter) on real engines; SQLite so far.

mod sqlite;

pub use sqlite::{OpenError, SqliteStorage};
