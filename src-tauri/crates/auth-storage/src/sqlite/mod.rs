//! SQLite: one file, write-ahead log, every commit on the disk before it is answered.

mod adapter;
mod files;
mod open;
mod writer;

pub use adapter::SqliteStorage;
pub use open::OpenError;
