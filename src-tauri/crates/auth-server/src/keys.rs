//! The signing keys: they live in the storage, made by whichever server comes first.

use auth_core::models::Timestamp;
use auth_core::storage::{KeyUse, Lookup, Page, SigningKeyRecord, StorageError, Store};
use auth_core::tokens::{KeyError, KeyRing, SigningAlgorithm, SigningKey};

/// More keys than a server ever has.
const ALL: u32 = 10_000;

/// Why there are no keys to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("the signing keys could not be read or stored")]
    Storage {
        #[from]
        source: StorageError,
    },
    #[error("the signing key {id} in the storage is damaged; restore it from a backup")]
    Damaged {
        id: String,
        #[source]
        source: KeyError,
    },
    #[error("no signing key could be made")]
    NotMade {
        #[from]
        source: KeyError,
    },
}

/// The keys for that use: the newest of the algorithm signs, all others are still believed. Makes the first one.
pub async fn key_ring(
    store: &Store,
    key_use: KeyUse,
    algorithm: SigningAlgorithm,
    now: Timestamp,
) -> Result<KeyRing, KeysError> {
    let mut records = stored(store, key_use).await?;
    if !records.iter().any(|record| record.algorithm == algorithm) {
        make_first(store, key_use, algorithm, now).await?;
        records = stored(store, key_use).await?;
    }
    // Newest last; the current one is taken out first.
    records.sort_by_key(|record| (record.algorithm == algorithm, record.created_at, record.id.clone()));
    let mut keys = records
        .iter()
        .map(|record| {
            SigningKey::from_pkcs8_pem(&record.private_key).map_err(|source| KeysError::Damaged {
                id: record.id.clone(),
                source,
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let current = keys.pop().ok_or(KeyError::NotMade)?;
    tracing::info!(
        kid = current.kid(),
        algorithm = algorithm.name(),
        former = keys.len(),
        "signing key"
    );
    Ok(KeyRing { current, former: keys })
}

async fn stored(store: &Store, key_use: KeyUse) -> Result<Vec<SigningKeyRecord>, StorageError> {
    let records = store
        .find::<SigningKeyRecord>(Lookup::SigningKeys, &Page::first(ALL))
        .await?;
    let records = records.into_iter().map(|stored| stored.record);
    Ok(records.filter(|record| record.key_use == key_use).collect())
}

async fn make_first(
    store: &Store,
    key_use: KeyUse,
    algorithm: SigningAlgorithm,
    now: Timestamp,
) -> Result<(), KeysError> {
    // An RSA key takes a while to make.
    let key = tokio::task::spawn_blocking(move || SigningKey::generate(algorithm))
        .await
        .map_err(|_| KeyError::NotMade)??;
    let purpose = match key_use {
        KeyUse::Access => "access",
        KeyUse::Refresh => "refresh",
    };
    let record = SigningKeyRecord {
        id: format!("{purpose}-{}-1", algorithm.name()),
        kid: key.kid().to_owned(),
        key_use,
        algorithm,
        private_key: key.to_pkcs8_pem()?,
        created_at: now,
        signs_from: None,
        expires: None,
    };
    match store.insert(&record).await {
        // Another server was first: its key is ours too.
        Ok(_) | Err(StorageError::Conflict { .. }) => Ok(()),
        Err(source) => Err(source.into()),
    }
}
