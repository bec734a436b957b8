//! For `#[serde(serialize_with)]` on the optional secrets of a stored model.

use serde::{Serialize, Serializer};

use crate::Secret;

/// Writes the text or null. The model goes into the storage, which has to hold it.
pub fn expose_or_null<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(Secret::expose).serialize(serializer)
}
