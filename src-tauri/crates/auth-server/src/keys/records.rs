use auth_core::models::Timestamp;
use auth_core::storage::{KeyUse, Lookup, Page, SigningKeyRecord, StorageError, Store, Version, Versioned};
use auth_core::tokens::{KeyError, SigningAlgorithm, SigningKey};

use super::KeysError;

/// More keys than a server ever has.
const ALL: u32 = 10_000;
/// From its making to its first signature, seconds.
pub const PUBLISHED: u64 = 600;
/// The life of a key that no server takes up, seconds.
const UNUSED: u64 = 86_400;

/// The keys of that use.
pub async fn of_use(store: &Store, key_use: KeyUse) -> Result<Vec<Versioned<SigningKeyRecord>>, StorageError> {
    let mut stored = all(store).await?;
    stored.retain(|stored| stored.record.key_use == key_use);
    Ok(stored)
}

async fn all(store: &Store) -> Result<Vec<Versioned<SigningKeyRecord>>, StorageError> {
    store.find(Lookup::SigningKeys, &Page::first(ALL)).await
}

/// Whether tokens of the key may still be about, or will be.
pub fn is_believed(record: &SigningKeyRecord, now: Timestamp) -> bool {
    record.expires.is_none_or(|end| now < end)
}

/// When it began to sign, or will.
pub fn begins(record: &SigningKeyRecord) -> Timestamp {
    record.signs_from.unwrap_or(record.created_at)
}

/// Which of these signs for a server of that algorithm: the last that has begun, one of its algorithm before any other; where
/// none has begun, the first that will. That all its tokens have ended does not matter: a server that slept wakes with its key.
pub fn signing<'a>(
    records: impl Iterator<Item = &'a SigningKeyRecord> + Clone,
    algorithm: SigningAlgorithm,
    now: Timestamp,
) -> Option<&'a SigningKeyRecord> {
    let order = |record: &&SigningKeyRecord| (record.algorithm == algorithm, begins(record), record.id.clone());
    // A key without a beginning has signed since it was made, whatever this server's clock says of that.
    let begun = |record: &&SigningKeyRecord| record.signs_from.is_none_or(|from| from <= now);
    let signs = records.clone().filter(begun).max_by_key(order);
    signs.or_else(|| records.min_by_key(|record| begins(record)))
}

/// Stores a new key. None: another server has just made the key of that number.
pub async fn make(
    store: &Store,
    key_use: KeyUse,
    algorithm: SigningAlgorithm,
    signs_from: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<(SigningKeyRecord, Version)>, KeysError> {
    // An RSA key takes a while to make.
    let key = tokio::task::spawn_blocking(move || SigningKey::generate(algorithm))
        .await
        .map_err(|_| KeyError::NotMade)??;
    let purpose = match key_use {
        KeyUse::Access => "access",
        KeyUse::Refresh => "refresh",
    };
    let start = format!("{purpose}-{}-", algorithm.name());
    let stored = all(store).await?;
    let numbers = stored
        .iter()
        .filter_map(|stored| stored.record.id.strip_prefix(&start)?.parse::<u64>().ok());
    let record = SigningKeyRecord {
        id: format!("{start}{}", numbers.max().unwrap_or(0) + 1),
        kid: key.kid().to_owned(),
        key_use,
        algorithm,
        private_key: key.to_pkcs8_pem()?,
        created_at: now,
        signs_from,
        expires: signs_from.map(|from| from.plus_seconds(UNUSED)),
    };
    match store.insert(&record).await {
        Ok(version) => Ok(Some((record, version))),
        Err(StorageError::Conflict { .. }) => Ok(None),
        Err(source) => Err(source.into()),
    }
}

/// A key as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedKey {
    pub kid: String,
    pub key_use: KeyUse,
    pub algorithm: SigningAlgorithm,
    pub created_at: Timestamp,
    pub state: KeyState,
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It signs for servers of its algorithm.
    Signs,
    /// It is published, and will sign from then on.
    SignsFrom(Timestamp),
    /// It signs no more, or for servers of another algorithm only; its tokens are believed until then.
    BelievedUntil(Option<Timestamp>),
}

/// The keys that sign, will sign, or whose tokens may still be about; the newest first.
pub async fn listed(store: &Store, now: Timestamp) -> Result<Vec<ListedKey>, KeysError> {
    let mut found = Vec::new();
    for key_use in [KeyUse::Access, KeyUse::Refresh] {
        let mut records: Vec<SigningKeyRecord> = of_use(store, key_use)
            .await?
            .into_iter()
            .map(|stored| stored.record)
            .collect();
        records.sort_by_key(|record| std::cmp::Reverse((begins(record), record.id.clone())));
        for record in &records {
            let state = if begins(record) > now && record.signs_from.is_some() {
                KeyState::SignsFrom(begins(record))
            } else if signing(records.iter(), record.algorithm, now).is_some_and(|signs| signs.id == record.id) {
                KeyState::Signs
            } else if !is_believed(record, now) {
                continue;
            } else {
                KeyState::BelievedUntil(record.expires)
            };
            found.push(ListedKey {
                kid: record.kid.clone(),
                key_use,
                algorithm: record.algorithm,
                created_at: record.created_at,
                state,
            });
        }
    }
    Ok(found)
}
