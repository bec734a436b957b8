//! The signing keys. They live in the storage, made by whichever server comes first, and every server on it follows them.
//!
//! A key is published for ten minutes before it signs, so that nobody meets a token of a key that they cannot find: the servers
//! look every fifteen seconds, and whoever keeps the key set keeps it for five minutes. Who signs with a key first moves its
//! end behind the last token that it may make; a key that nobody signs with any more so runs out, leaves the key set when its
//! last token has ended, and is swept.

mod error;
mod live;
mod records;
mod rotate;

pub use error::KeysError;
pub use live::{Keys, Lives};
pub use records::{KeyState, ListedKey, listed};
pub use rotate::rotate;
