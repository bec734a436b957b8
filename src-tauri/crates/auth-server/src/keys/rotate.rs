use auth_core::models::Timestamp;
use auth_core::storage::{KeyUse, SigningKeyRecord, Store};
use auth_core::tokens::SigningAlgorithm;

use super::KeysError;
use super::records::{PUBLISHED, begins, make, of_use};

/// Makes a new key of that use; the servers take it up by themselves. Nobody is signed out: what the old key has signed is
/// believed until it ends.
///
/// The algorithm is that of the newest key where none is given. At once: without being published first, for a key that
/// somebody else may hold; who keeps the key set then meets a kid that they do not know for a while, and has to ask again.
///
/// # Errors
/// [`KeysError`].
pub async fn rotate(
    store: &Store,
    key_use: KeyUse,
    algorithm: Option<SigningAlgorithm>,
    at_once: bool,
    now: Timestamp,
) -> Result<SigningKeyRecord, KeysError> {
    // Each further round means that another server has just made the key of that number.
    loop {
        let records = of_use(store, key_use).await?;
        let newest = records
            .iter()
            .map(|stored| &stored.record)
            .max_by_key(|record| (begins(record), record.id.clone()));
        let usual = match key_use {
            KeyUse::Access => newest.map_or(SigningAlgorithm::RS256, |record| record.algorithm),
            // Only the servers read refresh tokens: the fastest algorithm will do.
            KeyUse::Refresh => SigningAlgorithm::EdDSA,
        };
        let algorithm = algorithm.filter(|_| key_use == KeyUse::Access).unwrap_or(usual);
        let signs_from = if newest.is_none() || at_once {
            now
        } else {
            now.plus_seconds(PUBLISHED)
        };
        if let Some((record, _)) = make(store, key_use, algorithm, Some(signs_from), now).await? {
            return Ok(record);
        }
    }
}
