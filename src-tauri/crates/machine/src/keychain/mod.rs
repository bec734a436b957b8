//! Refresh tokens in the platform's keychain, one item a profile; several where one does not hold it.

mod item;
mod parts;
mod worker;

use std::path::Path;
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

use accounts::StoreKind;
use accounts::ports::{Vault, VaultError, VaultKey};
use async_trait::async_trait;
use auth_core::Secret;
use tokio::sync::oneshot;

pub(crate) use item::Item;
use worker::{Action, Job};

use crate::platform;

/// Long enough for a loaded machine; nobody is there to answer a prompt.
const UNATTENDED: Duration = Duration::from_secs(3);

/// The keychain of this person. Nothing is opened and no thread runs before the first call.
///
/// Stores of this kind block, and a locked one may wait for a person, so all calls go to one thread of its own, one after the other.
/// Each caller waits for it no longer than its deadline.
#[derive(Debug, Clone)]
pub struct Keychain {
    worker: Arc<OnceLock<mpsc::Sender<Job>>>,
    scope: Option<String>,
    deadline: Duration,
    may_ask: bool,
    item_limit: usize,
}

impl Keychain {
    /// `scope` is that of the paths: another config folder has items of its own.
    pub fn new(scope: Option<&Path>) -> Self {
        Self {
            worker: Arc::default(),
            scope: scope.map(|dir| dir.display().to_string()),
            deadline: UNATTENDED,
            may_ask: false,
            item_limit: platform::ITEM_LIMIT,
        }
    }

    /// Another limit than the platform's for the bytes of one item; at least 128.
    #[must_use]
    pub fn with_item_limit(mut self, bytes: usize) -> Self {
        self.item_limit = bytes.max(128);
        self
    }

    /// Another deadline than 3 s.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The same keychain for a step in which a person is present: a locked one may ask for its password, and `deadline` is
    /// how long the person has to type it. Otherwise a locked keychain is left alone.
    #[must_use]
    pub fn asking(&self, deadline: Duration) -> Self {
        Self {
            deadline,
            may_ask: true,
            ..self.clone()
        }
    }

    async fn call(&self, key: &VaultKey, action: Action) -> Result<Option<Secret>, VaultError> {
        let (reply, answer) = oneshot::channel();
        let job = Job {
            action,
            item: Item::new(key, self.scope.as_deref()),
            may_ask: self.may_ask,
            item_limit: self.item_limit,
            reply,
        };
        let gone = || VaultError::Failed {
            what: "its thread has ended".to_owned(),
        };
        self.worker.get_or_init(worker::start).send(job).map_err(|_| gone())?;
        match tokio::time::timeout(self.deadline, answer).await {
            Ok(answer) => answer.map_err(|_| gone())?,
            Err(_) => Err(VaultError::TimedOut { after: self.deadline }),
        }
    }
}

#[async_trait]
impl Vault for Keychain {
    async fn read(&self, key: &VaultKey) -> Result<Option<Secret>, VaultError> {
        self.call(key, Action::Read).await
    }

    async fn write(&self, key: &VaultKey, secret: &Secret) -> Result<(), VaultError> {
        self.call(key, Action::Write(secret.clone())).await.map(drop)
    }

    async fn delete(&self, key: &VaultKey) -> Result<(), VaultError> {
        self.call(key, Action::Delete).await.map(drop)
    }

    fn kind(&self) -> StoreKind {
        StoreKind::Keychain
    }
}
