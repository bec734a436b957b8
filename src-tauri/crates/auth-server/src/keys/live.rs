use std::sync::{Arc, PoisonError, RwLock};

use auth_core::models::Timestamp;
use auth_core::storage::{KeyUse, SigningKeyRecord, StorageError, Store, Versioned};
use auth_core::tokens::{KeyRing, SigningAlgorithm, SigningKey, TokenManager};

use super::KeysError;
use super::records::{PUBLISHED, is_believed, make, of_use, signing};

/// How old what this server knows of the keys may be, milliseconds.
const KNOWN: u64 = 15_000;
/// At that age it is no longer gone on with while somebody asks, milliseconds.
const STALE: u64 = 2 * KNOWN;
/// A token of a key that is not known asks for them no more often than this, milliseconds.
const ASKED: u64 = 1_000;
/// How far the end of a key lies behind the last token that it can make now, seconds: at most and at least. In between
/// nothing has to be written.
const AHEAD: (u64, u64) = (3_600, 1_800);

/// How long tokens live, seconds.
#[derive(Debug, Clone, Copy)]
pub struct Lives {
    pub access: u64,
    pub refresh: u64,
}

/// The keys of a server, in step with the storage.
#[derive(Debug)]
pub struct Keys {
    store: Store,
    issuer: String,
    algorithm: SigningAlgorithm,
    lives: Lives,
    known: RwLock<Known>,
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone)]
struct Known {
    tokens: Arc<TokenManager>,
    /// When the storage was asked last.
    at: Timestamp,
    /// It has answered then.
    answered: bool,
}

impl Keys {
    /// Reads the keys, or makes the first ones.
    ///
    /// # Errors
    /// [`KeysError`].
    pub async fn open(
        store: Store,
        issuer: String,
        algorithm: SigningAlgorithm,
        lives: Lives,
        now: Timestamp,
    ) -> Result<Self, KeysError> {
        let tokens = load(&store, &issuer, algorithm, lives, now).await?;
        Ok(Self {
            store,
            issuer,
            algorithm,
            lives,
            known: RwLock::new(Known {
                tokens,
                at: now,
                answered: true,
            }),
            asking: tokio::sync::Mutex::default(),
        })
    }

    /// The keys as the storage has had them within the last half minute. Where it cannot be asked those that are known go on.
    pub async fn tokens(&self, now: Timestamp) -> Arc<TokenManager> {
        let known = self.known();
        if apart(now, known.at) < KNOWN {
            return known.tokens;
        }
        // One asks. The others go on with what is known, unless nobody has asked for long: then they wait for the answer.
        let _asking = match self.asking.try_lock() {
            Ok(asking) => asking,
            Err(_) if apart(now, known.at) < STALE => return known.tokens,
            Err(_) => self.asking.lock().await,
        };
        // Whoever was waited for has the answer.
        let known = self.known();
        if apart(now, known.at) < KNOWN {
            return known.tokens;
        }
        match self.ask(now).await {
            Ok(tokens) => tokens,
            Err(error) => {
                tracing::warn!("the signing keys could not be read again: {error}");
                self.set(known.tokens.clone(), now, false);
                known.tokens
            }
        }
    }

    /// The keys anew, for a token whose key is not known; none where the storage has said just now which there are.
    ///
    /// # Errors
    /// [`KeysError`]: then nobody can tell whether the key is there.
    pub async fn asked_again(&self, now: Timestamp) -> Result<Option<Arc<TokenManager>>, KeysError> {
        let known = self.known();
        if known.answered && apart(now, known.at) < ASKED {
            return Ok(None);
        }
        self.ask(now).await.map(Some)
    }

    /// Makes sure that the key which signs access and service tokens is believed until then.
    ///
    /// # Errors
    /// [`KeysError`].
    pub async fn keep_until(&self, end: Timestamp, now: Timestamp) -> Result<Arc<TokenManager>, KeysError> {
        // Each further round means that another server has moved the end too.
        loop {
            let records = of_use(&self.store, KeyUse::Access).await?;
            let tokens = self.tokens(now).await;
            let signs = |stored: &&Versioned<SigningKeyRecord>| stored.record.kid == tokens.kid();
            let Some(stored) = records.iter().find(signs) else {
                // It is gone: what signs now has to be found out first.
                self.ask(now).await?;
                continue;
            };
            if stored.record.expires.is_none_or(|expires| end <= expires) || move_end(&self.store, stored, end).await? {
                return Ok(tokens);
            }
        }
    }

    async fn ask(&self, now: Timestamp) -> Result<Arc<TokenManager>, KeysError> {
        let tokens = load(&self.store, &self.issuer, self.algorithm, self.lives, now).await?;
        let before = self.known().tokens;
        if before.jwks() != tokens.jwks() {
            tracing::info!(keys = tokens.jwks().keys.len(), "the signing keys have changed");
        }
        self.set(tokens.clone(), now, true);
        Ok(tokens)
    }

    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, tokens: Arc<TokenManager>, at: Timestamp, answered: bool) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Known { tokens, at, answered };
    }
}

/// Milliseconds between two moments, whichever is the later one: after the clock was set back what is known lies ahead, and
/// nobody can tell how old it is. Requests that came in a moment before the keys were read do not read them once more.
fn apart(one: Timestamp, other: Timestamp) -> u64 {
    one.millis_since(other).max(other.millis_since(one))
}

async fn load(
    store: &Store,
    issuer: &str,
    algorithm: SigningAlgorithm,
    lives: Lives,
    now: Timestamp,
) -> Result<Arc<TokenManager>, KeysError> {
    let access = ring(store, KeyUse::Access, algorithm, lives.access, now).await?;
    // Only we read refresh tokens: the fastest algorithm will do.
    let refresh = ring(store, KeyUse::Refresh, SigningAlgorithm::EdDSA, lives.refresh, now).await?;
    Ok(Arc::new(TokenManager::new(issuer, access, refresh)))
}

/// The key that signs for a server of that algorithm, and those that are believed beside it. Makes one of the algorithm where
/// there is none.
async fn ring(
    store: &Store,
    key_use: KeyUse,
    algorithm: SigningAlgorithm,
    life: u64,
    now: Timestamp,
) -> Result<KeyRing, KeysError> {
    // Each further round means that a key was made here, or changed elsewhere.
    loop {
        let records = of_use(store, key_use).await?;
        if !records.iter().any(|stored| stored.record.algorithm == algorithm) {
            let signs_from = (!records.is_empty()).then(|| now.plus_seconds(PUBLISHED));
            if let Some((made, _)) = make(store, key_use, algorithm, signs_from, now).await? {
                tracing::info!(kid = made.kid, algorithm = algorithm.name(), signs_from = ?signs_from.map(|from| from.to_string()), "signing key made");
            }
            continue;
        }
        let signs = signing(records.iter().map(|stored| &stored.record), algorithm, now).map(|record| &record.id);
        let (mut current, mut former) = (None, Vec::new());
        let mut settled = true;
        for stored in &records {
            if Some(&stored.record.id) == signs {
                settled = keep(store, stored, life, now).await?;
                current = Some(read(&stored.record)?);
            } else if is_believed(&stored.record, now) {
                former.push(read(&stored.record)?);
            }
        }
        if let (Some(current), true) = (current, settled) {
            return Ok(KeyRing { current, former });
        }
    }
}

fn read(record: &SigningKeyRecord) -> Result<SigningKey, KeysError> {
    SigningKey::from_pkcs8_pem(&record.private_key).map_err(|source| KeysError::Damaged {
        id: record.id.clone(),
        source,
    })
}

/// Sees to it that the key is believed as long as anything that it signs from now on lives. False: it was changed meanwhile.
async fn keep(
    store: &Store,
    stored: &Versioned<SigningKeyRecord>,
    life: u64,
    now: Timestamp,
) -> Result<bool, StorageError> {
    let last = now.plus_seconds(life);
    if stored
        .record
        .expires
        .is_some_and(|end| last.plus_seconds(AHEAD.1) <= end)
    {
        return Ok(true);
    }
    move_end(store, stored, last.plus_seconds(AHEAD.0)).await
}

async fn move_end(store: &Store, stored: &Versioned<SigningKeyRecord>, end: Timestamp) -> Result<bool, StorageError> {
    let mut record = stored.record.clone();
    record.expires = Some(end);
    match store.replace(&record, &stored.version).await {
        Ok(_) => Ok(true),
        Err(StorageError::Stale { .. }) => Ok(false),
        Err(source) => Err(source),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::SystemClock;
    use crate::clock::Clock;

    /// Keys in a storage of their own, as of now.
    async fn open(folder: &tempfile::TempDir) -> (Keys, Arc<auth_storage::SqliteStorage>, Timestamp) {
        let file = folder.path().join("auth.db");
        let storage = Arc::new(auth_storage::SqliteStorage::open(&file).await.unwrap());
        let (lives, began) = (
            Lives {
                access: 900,
                refresh: 900,
            },
            SystemClock.now(),
        );
        let (store, issuer) = (Store::new(storage.clone()), "http://auth.test".into());
        let keys = Keys::open(store, issuer, SigningAlgorithm::EdDSA, lives, began);
        (keys.await.unwrap(), storage, began)
    }

    #[tokio::test]
    async fn nobody_is_told_that_a_key_is_unknown_while_the_storage_does_not_answer() {
        let folder = tempfile::TempDir::new().unwrap();
        let (keys, storage, began) = open(&folder).await;
        assert!(keys.asked_again(began).await.unwrap().is_none());
        storage.close().await;
        // The look that fails leaves the known keys in force, but says nothing of others.
        let late = began.plus_seconds(KNOWN / 1000);
        keys.tokens(late).await;
        assert!(keys.asked_again(late).await.is_err());
    }

    #[tokio::test]
    async fn who_comes_while_another_asks_waits_only_after_a_long_pause() {
        let folder = tempfile::TempDir::new().unwrap();
        let (keys, _, began) = open(&folder).await;
        let other = keys.asking.lock().await;
        assert!(keys.tokens(began.plus_seconds(KNOWN / 1000)).now_or_never().is_some());
        let late = began.plus_seconds(STALE / 1000);
        let waiting = keys.tokens(late);
        tokio::pin!(waiting);
        assert!(waiting.as_mut().now_or_never().is_none());
        // The other has got an answer, and nobody asks again.
        keys.set(keys.known().tokens, late, true);
        drop(other);
        assert!(waiting.now_or_never().is_some());
    }
}
