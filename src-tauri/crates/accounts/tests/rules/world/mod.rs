//! A computer and a server of fakes. Each fake keeps its promise and can be told to fail.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use accounts::ports::*;
use accounts::{Accounts, Ports, ServerForm, StoreKind};
use async_trait::async_trait;
use auth_core::config::ConfigDocument;
use auth_core::{Secret, ServerId};
use tokio::sync::Notify;

mod server;

pub use crate::kept::{FakeSettings, FakeTimeline};
pub use server::FakeServer;

pub const START: UnixMillis = 1_790_000_000_000;
pub const LIFE: u64 = 900_000;

pub struct ManualClock {
    now: AtomicU64,
    moved: Notify,
}

impl ManualClock {
    pub fn set(&self, now: u64) {
        self.now.store(now, Ordering::SeqCst);
        self.moved.notify_waiters();
    }
    pub fn advance(&self, by: Duration) {
        self.now.fetch_add(by.as_millis() as u64, Ordering::SeqCst);
        self.moved.notify_waiters();
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> UnixMillis {
        self.now.load(Ordering::SeqCst)
    }

    async fn wait_until(&self, at: UnixMillis) {
        let moved = self.moved.notified();
        if self.now() < at {
            moved.await;
        }
    }
}

#[derive(Default)]
pub struct FakeVault {
    pub items: Mutex<HashMap<String, String>>,
    pub fault: Mutex<Option<VaultError>>,
    /// The next write is done, and then reported as timed out.
    pub write_in_doubt: Mutex<bool>,
    pub fail_write: Mutex<bool>,
}

impl FakeVault {
    fn check(&self) -> Result<(), VaultError> {
        self.fault.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

fn name(key: &VaultKey) -> String {
    format!("{}@{}/{}", key.server, key.url.as_str(), key.domain_id)
}

#[async_trait]
impl Vault for FakeVault {
    async fn read(&self, key: &VaultKey) -> Result<Option<Secret>, VaultError> {
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        self.check()?;
        Ok(self.items.lock().unwrap().get(&name(key)).map(Secret::new))
    }

    async fn write(&self, key: &VaultKey, secret: &Secret) -> Result<(), VaultError> {
        self.check()?;
        if *self.fail_write.lock().unwrap() {
            return Err(VaultError::Locked);
        }
        self.items.lock().unwrap().insert(name(key), secret.expose().to_owned());
        if std::mem::take(&mut *self.write_in_doubt.lock().unwrap()) {
            return Err(VaultError::TimedOut {
                after: Duration::from_secs(3),
            });
        }
        Ok(())
    }

    async fn delete(&self, key: &VaultKey) -> Result<(), VaultError> {
        self.check()?;
        self.items.lock().unwrap().remove(&name(key));
        Ok(())
    }

    fn kind(&self) -> StoreKind {
        StoreKind::Keychain
    }
}

/// The shared file without a disk.
pub struct FakeFile {
    pub text: Mutex<String>,
    pub read_only: Mutex<bool>,
    pub disk_full: Mutex<bool>,
    pub gate: Mutex<Option<Arc<Notify>>>,
    pub writes: AtomicUsize,
    /// Changes that were asked for, of whatever effect.
    pub updates: AtomicUsize,
}

impl FakeFile {
    pub fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }
}

fn path() -> PathBuf {
    PathBuf::from("config.json")
}

#[async_trait]
impl SharedConfig for FakeFile {
    async fn read(&self) -> Result<Arc<ConfigDocument>, ConfigError> {
        let text = self.text.lock().unwrap().clone();
        let gate = self.gate.lock().unwrap().take();
        if let Some(gate) = gate {
            gate.notified().await;
        }
        ConfigDocument::parse(text)
            .map(Arc::new)
            .map_err(|source| ConfigError::Broken {
                path: path(),
                backup: None,
                source,
            })
    }

    async fn update(&self, edit: Edit) -> Result<Arc<ConfigDocument>, ConfigError> {
        self.updates.fetch_add(1, Ordering::SeqCst);
        // A real one takes its time on a thread of its own.
        tokio::task::yield_now().await;
        let mut document = Arc::unwrap_or_clone(self.read().await?);
        let before = document.text().to_owned();
        edit(&mut document).map_err(|source| ConfigError::Refused { source })?;
        if document.text() != before && *self.read_only.lock().unwrap() {
            return Err(ConfigError::ReadOnly { path: path() });
        }
        if document.text() != before && *self.disk_full.lock().unwrap() {
            return Err(ConfigError::DiskFull { path: path() });
        }
        if document.text() != before {
            self.writes.fetch_add(1, Ordering::SeqCst);
        }
        *self.text.lock().unwrap() = document.text().to_owned();
        Ok(Arc::new(document))
    }

    fn path(&self) -> PathBuf {
        path()
    }
}

#[derive(Default)]
pub struct FakeLocks(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>, pub Mutex<bool>);

#[async_trait]
impl SessionLock for FakeLocks {
    async fn acquire(&self, server: &ServerId) -> Result<Held, LockError> {
        if *self.1.lock().unwrap() {
            return Err(LockError::TimedOut {
                what: "x".into(),
                holder: None,
                after: Duration::from_secs(35),
            });
        }
        let lock = self.0.lock().unwrap().entry(server.to_string()).or_default().clone();
        Ok(Box::new(lock.lock_owned().await))
    }
}

/// One computer; several programs may run on it.
pub struct World {
    pub clock: Arc<ManualClock>,
    pub vault: Arc<FakeVault>,
    pub file: Arc<FakeFile>,
    pub server: Arc<FakeServer>,
    pub locks: Arc<FakeLocks>,
    pub settings: Arc<FakeSettings>,
    pub timeline: Arc<FakeTimeline>,
}

impl World {
    pub fn new() -> Self {
        let clock = Arc::new(ManualClock {
            now: AtomicU64::new(START),
            moved: Notify::new(),
        });
        let server = FakeServer {
            clock: clock.clone(),
            sessions: Mutex::default(),
            refreshes: AtomicUsize::new(0),
            logouts: AtomicUsize::new(0),
            fault: Mutex::default(),
            lose_reply: Mutex::default(),
            life: AtomicU64::new(LIFE),
            skew: Mutex::default(),
            strict: Mutex::default(),
            check_domain: Mutex::default(),
            hidden_key: Mutex::default(),
            no_refresh_token: Mutex::default(),
            fail_logout: Mutex::default(),
            silent_logout: Mutex::default(),
            during_refresh: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            most_in_flight: AtomicUsize::new(0),
        };
        let file = FakeFile {
            text: Mutex::new(ConfigDocument::new().text().to_owned()),
            read_only: Mutex::new(false),
            disk_full: Mutex::new(false),
            gate: Mutex::default(),
            writes: AtomicUsize::new(0),
            updates: AtomicUsize::new(0),
        };
        Self {
            clock,
            vault: Arc::default(),
            file: Arc::new(file),
            server: Arc::new(server),
            locks: Arc::default(),
            settings: Arc::default(),
            timeline: Arc::default(),
        }
    }

    /// Starts one program.
    pub async fn program(&self) -> Arc<Accounts> {
        Accounts::open(Ports {
            vault: self.vault.clone(),
            config: self.file.clone(),
            api: self.server.clone(),
            clock: self.clock.clone(),
            lock: self.locks.clone(),
            settings: self.settings.clone(),
            timeline: self.timeline.clone(),
        })
        .await
    }

    /// A program with the server `prod` signed in.
    pub async fn signed_in(&self) -> (Arc<Accounts>, ServerId) {
        let program = self.program().await;
        let id = program.add_server(&form("prod")).await.unwrap();
        program.request_code(&id, "Ada@Example.com").await.unwrap();
        program.submit_code(&id, "123 456").await.unwrap();
        (program, id)
    }

    pub fn fail(&self, fault: Option<ApiError>) {
        *self.server.fault.lock().unwrap() = fault;
    }

    pub fn lock_vault(&self, fault: Option<VaultError>) {
        *self.vault.fault.lock().unwrap() = fault;
    }

    /// The file as a foreign tool reads it.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.file.text.lock().unwrap()).unwrap()
    }

    pub fn foreign_edit(&self, change: impl FnOnce(&mut serde_json::Value)) {
        let mut value = self.json();
        change(&mut value);
        *self.file.text.lock().unwrap() = serde_json::to_string_pretty(&value).unwrap();
    }

    /// What the timeline of that server says.
    pub fn events(&self, server: &str) -> Vec<Event> {
        let entries = self.timeline.entries.lock().unwrap();
        let of = entries.iter().filter(|(of, _)| of == server);
        of.map(|(_, entry)| entry.event.clone()).collect()
    }

    /// Takes a profile's lock, as another program would.
    pub async fn lock(&self, server: &ServerId) -> Held {
        self.locks.acquire(server).await.unwrap()
    }

    pub fn kept(&self) -> Vec<String> {
        self.vault.items.lock().unwrap().values().cloned().collect()
    }
}

pub fn form(id: &str) -> ServerForm {
    ServerForm {
        id: id.into(),
        name: id.to_uppercase(),
        url: format!("https://{id}.example"),
        domain_id: String::new(),
    }
}

/// Lets everything that can run, run: the fakes wait for nothing but the clock.
pub async fn settle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}
