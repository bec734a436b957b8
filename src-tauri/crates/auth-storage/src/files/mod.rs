//! Folders and files: a JSON document a record, indexes as files, one lock a folder.
//!
//! ```text
//! DIR/flowstate-auth.json                     whose folder this is, and of which format
//! DIR/users/7c/0198….json                     a record: version, id, document
//! DIR/users/by-address/d1/default,ada@example.com    which record has this value, unique
//! DIR/sessions/by-user/7c/0198…/0199…         the records that have this value, a file each
//! DIR/sessions/by-end/2026-01-31/093000000,0199…     when to look whether the record has ended
//! ```
//!
//! A document is what counts; an index only says where to look, and whoever looks checks. Entries are made before the
//! document and taken away after it, so that a process that is killed leaves at most an entry that leads nowhere.

mod adapter;
mod audit;
mod cabinet;
mod disk;
mod index;
mod locks;
mod open;
mod sweep;

pub use adapter::FilesStorage;
pub use open::OpenError;
