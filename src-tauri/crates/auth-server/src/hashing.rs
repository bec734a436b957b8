//! bcrypt, which is slow by design: on threads of its own, so many at once, and never twice for the same token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use auth_core::Secret;
use aws_lc_rs::digest::{SHA256, digest};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, spawn_blocking};

use crate::random::{RandomError, Randomness};

/// 2¹⁰ rounds, as the rest of the stack uses.
const COST: u32 = 10;
/// So many may wait for each that runs; at some tens of milliseconds each, nobody waits longer than a few seconds.
const WAITING: usize = 64;
/// Tokens that are remembered as proven.
const PROVEN: usize = 10_000;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HashingError {
    #[error("too many API tokens are being checked at once; try again in a second")]
    Busy,
    #[error("a stored hash cannot be read, or none could be made")]
    Hash {
        #[from]
        source: bcrypt::BcryptError,
    },
    #[error("there is no randomness")]
    Random {
        #[from]
        source: RandomError,
    },
    #[error("the thread that hashes ended")]
    Thread {
        #[from]
        source: JoinError,
    },
}

/// The place where hashes are made and compared.
#[derive(Debug)]
pub struct Hashing {
    running: Arc<Semaphore>,
    places: Arc<Semaphore>,
    /// SHA-256 of a token and the stored hash that it has been found to fit. The token has more bits than anybody can try,
    /// so that its plain digest tells nobody what it is.
    proven: Mutex<HashMap<[u8; 32], Secret>>,
}

impl Hashing {
    /// With so many threads.
    pub fn new(threads: usize) -> Self {
        Self {
            running: Arc::new(Semaphore::new(threads)),
            places: Arc::new(Semaphore::new(threads * (WAITING + 1))),
            proven: Mutex::default(),
        }
    }

    /// A new hash of the token.
    pub async fn hash(&self, random: &dyn Randomness, token: &Secret) -> Result<Secret, HashingError> {
        let mut salt = [0; 16];
        random.fill(&mut salt)?;
        let token = token.clone();
        let hash = self
            .run(move || bcrypt::non_truncating_hash_with_salt(token.expose(), COST, salt))
            .await??;
        Ok(Secret::new(hash.to_string()))
    }

    /// Whether the hash is this token's.
    pub async fn fits(&self, token: &Secret, hash: &Secret) -> Result<bool, HashingError> {
        let key = key(token);
        if self.lock().get(&key) == Some(hash) {
            return Ok(true);
        }
        let fits = {
            let (token, hash) = (token.clone(), hash.clone());
            self.run(move || bcrypt::non_truncating_verify(token.expose(), hash.expose()))
                .await??
        };
        if fits {
            let mut proven = self.lock();
            if proven.len() == PROVEN {
                // Each costs one more hash, once.
                proven.clear();
            }
            proven.insert(key, hash.clone());
        }
        Ok(fits)
    }

    /// Whether the token has fitted a hash, so that none has to be made for it.
    pub fn has_proven(&self, token: &Secret) -> bool {
        self.lock().contains_key(&key(token))
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashingError> {
        let place = self
            .places
            .clone()
            .try_acquire_owned()
            .map_err(|_| HashingError::Busy)?;
        let running = self
            .running
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| HashingError::Busy)?;
        // The thread goes on when its caller has left: it keeps its place until it is done.
        Ok(spawn_blocking(move || {
            let _held = (place, running);
            work()
        })
        .await?)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Secret>> {
        self.proven.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(token: &Secret) -> [u8; 32] {
    let mut key = [0; 32];
    key.copy_from_slice(digest(&SHA256, token.expose().as_bytes()).as_ref());
    key
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::SystemRandomness;

    fn secret(text: &str) -> Secret {
        Secret::new(text)
    }

    #[tokio::test]
    async fn a_hash_fits_its_own_token_and_is_bcrypt_of_cost_ten() {
        let hashing = Hashing::new(1);
        let hash = hashing.hash(&SystemRandomness, &secret("one")).await.unwrap();
        assert!(hash.expose().starts_with("$2b$10$"), "{}", hash.expose());
        for _ in 0..2 {
            assert!(hashing.fits(&secret("one"), &hash).await.unwrap());
            assert!(!hashing.fits(&secret("two"), &hash).await.unwrap());
        }
        let other = hashing.hash(&SystemRandomness, &secret("one")).await.unwrap();
        assert_ne!(hash, other, "the salt differs");
        let broken = hashing.fits(&secret("one"), &secret("no hash")).await;
        assert!(matches!(broken, Err(HashingError::Hash { .. })), "{broken:?}");
    }

    #[tokio::test]
    async fn a_proven_token_is_not_hashed_again_until_its_hash_changes() {
        let hashing = Hashing::new(1);
        let hash = hashing.hash(&SystemRandomness, &secret("one")).await.unwrap();
        assert!(hashing.fits(&secret("one"), &hash).await.unwrap());
        // With no thread left a hash cannot be made, and what is known needs none.
        hashing.running.close();
        assert!(hashing.fits(&secret("one"), &hash).await.unwrap());
        assert!(hashing.fits(&secret("two"), &hash).await.is_err());
        assert!(hashing.fits(&secret("one"), &secret("another hash")).await.is_err());
    }

    #[tokio::test]
    async fn the_async_worker_stays_free_and_too_many_are_sent_away() {
        let hashing = Arc::new(Hashing::new(1));
        let hash = hashing.hash(&SystemRandomness, &secret("one")).await.unwrap();
        let mut asking = tokio::task::JoinSet::new();
        for number in 0..200 {
            let (hashing, hash) = (hashing.clone(), hash.clone());
            asking.spawn(async move { hashing.fits(&secret(&number.to_string()), &hash).await });
        }
        // This test has one worker: it gets its turn while the others hash.
        let began = Instant::now();
        tokio::task::yield_now().await;
        assert!(began.elapsed() < Duration::from_secs(1));
        let (mut answered, mut busy) = (0, 0);
        while let Some(answer) = asking.join_next().await {
            match answer.unwrap() {
                Ok(false) => answered += 1,
                Err(HashingError::Busy) => busy += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((answered, busy), (65, 135));
    }
}
