//! Stores and settings of which each step can be the last.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use accounts::StoreKind;
use accounts::ports::*;
use async_trait::async_trait;
use auth_core::Secret;

use crate::world::FakeSettings;

/// What happens when the fuse has burnt down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum End {
    /// The step fails without having done anything.
    Fails,
    /// The program ends before the step, or right after it.
    CutBefore,
    CutAfter,
}

/// Counts the steps of all parts; one of them is the last.
pub struct Fuse {
    left: AtomicUsize,
    end: End,
}

impl Fuse {
    pub fn new(steps: usize, end: End) -> Arc<Self> {
        let left = AtomicUsize::new(steps);
        Arc::new(Self { left, end })
    }

    pub fn endless() -> Arc<Self> {
        Self::new(usize::MAX, End::Fails)
    }

    /// `Err` for the step that fails; ended programs do not come back.
    async fn step<T>(&self, act: impl FnOnce() -> T) -> Option<T> {
        match (self.left.fetch_sub(1, Ordering::SeqCst), self.end) {
            (1, End::Fails) => None,
            (1, End::CutBefore) => std::future::pending().await,
            (1, End::CutAfter) => {
                act();
                std::future::pending().await
            }
            _ => Some(act()),
        }
    }
}

pub struct Store {
    pub kind: StoreKind,
    pub items: Mutex<HashMap<VaultKey, String>>,
    pub fuse: Mutex<Arc<Fuse>>,
    pub fault: Mutex<Option<VaultError>>,
    /// Writes are done, or not, and reported as timed out.
    pub in_doubt: Mutex<Option<bool>>,
    pub forgetful: Mutex<bool>,
}

impl Store {
    pub fn new(kind: StoreKind) -> Arc<Self> {
        Arc::new(Self {
            kind,
            items: Mutex::default(),
            fuse: Mutex::new(Fuse::endless()),
            fault: Mutex::default(),
            in_doubt: Mutex::default(),
            forgetful: Mutex::default(),
        })
    }

    pub fn put(&self, key: &VaultKey, text: &str) {
        self.items.lock().unwrap().insert(key.clone(), text.to_owned());
    }

    pub fn kept(&self) -> Vec<String> {
        let mut kept: Vec<String> = self.items.lock().unwrap().values().cloned().collect();
        kept.sort();
        kept
    }

    async fn step<T>(&self, act: impl FnOnce() -> T) -> Result<T, VaultError> {
        if let Some(fault) = self.fault.lock().unwrap().clone() {
            return Err(fault);
        }
        let fuse = self.fuse.lock().unwrap().clone();
        fuse.step(act).await.ok_or(VaultError::Locked)
    }
}

#[async_trait]
impl Vault for Store {
    async fn read(&self, key: &VaultKey) -> Result<Option<Secret>, VaultError> {
        self.step(|| self.items.lock().unwrap().get(key).map(Secret::new)).await
    }

    async fn write(&self, key: &VaultKey, secret: &Secret) -> Result<(), VaultError> {
        let in_doubt = *self.in_doubt.lock().unwrap();
        if in_doubt != Some(false) && !*self.forgetful.lock().unwrap() {
            self.step(|| self.put(key, secret.expose())).await?;
        }
        let after = Duration::from_secs(3);
        in_doubt.map_or(Ok(()), |_| Err(VaultError::TimedOut { after }))
    }

    async fn delete(&self, key: &VaultKey) -> Result<(), VaultError> {
        self.step(|| self.items.lock().unwrap().remove(key)).await.map(drop)
    }

    fn kind(&self) -> StoreKind {
        self.kind
    }
}

/// Our settings on the same fuse.
pub struct Fused {
    pub settings: Arc<FakeSettings>,
    pub fuse: Arc<Fuse>,
    /// The switch is written and then fails, as where a folder cannot be synced.
    pub fails_late: bool,
}

#[async_trait]
impl SettingsStore for Fused {
    async fn read(&self) -> Result<Arc<Settings>, SettingsError> {
        self.settings.read().await
    }

    async fn update(&self, edit: SettingsEdit) -> Result<Arc<Settings>, SettingsError> {
        let before = self.settings.read().await?.store;
        let done = self.fuse.step(|| edit(&mut self.settings.kept.lock().unwrap())).await;
        let after = self.settings.read().await?;
        if done.is_none() || (self.fails_late && after.store != before) {
            return Err(SettingsError::Io {
                path: "settings.json".into(),
                doing: "written",
                source: std::io::ErrorKind::StorageFull.into(),
            });
        }
        Ok(after)
    }
}
