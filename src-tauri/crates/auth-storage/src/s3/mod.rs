//! S3 and what is compatible with it: an object a record, indexes as objects, every write conditional.
//!
//! ```text
//! PREFIX/flowstate-auth.json                       whose prefix this is, and of which format
//! PREFIX/users/records/0198….json                  a record: version, id, document
//! PREFIX/users/by-address/default,ada@example.com  which record has this value, unique
//! PREFIX/sessions/by-user/0198…                    the records that have this value
//! PREFIX/sessions/by-end/2026-01-31/093000000,0199…  when to look whether the record has ended
//! ```
//!
//! A document is what counts; an index only says where to look, and whoever looks checks. What is looked for lies under a
//! name that can be told from the look-up, so that nothing depends on lists, which may lag. There is no lock: whoever writes says what must
//! lie there meanwhile, and tries again where it does not.

mod adapter;
mod audit;
mod config;
mod members;
mod objects;
mod open;
mod probe;
mod records;
mod sweep;

pub use adapter::S3Storage;
pub use config::S3Config;
pub use open::OpenError;
