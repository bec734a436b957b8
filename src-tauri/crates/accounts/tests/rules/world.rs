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
use auth_core::wire::GrantReason;
use auth_core::{Email, Secret, ServerId, VerificationCode};
use tokio::sync::Notify;

pub use crate::kept::{FakeSettings, FakeTimeline};

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
    pub gate: Mutex<Option<Arc<Notify>>>,
    pub writes: AtomicUsize,
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
        // A real one takes its time on a thread of its own.
        tokio::task::yield_now().await;
        let mut document = Arc::unwrap_or_clone(self.read().await?);
        let before = document.text().to_owned();
        edit(&mut document).map_err(|source| ConfigError::Refused { source })?;
        if document.text() != before && *self.read_only.lock().unwrap() {
            return Err(ConfigError::ReadOnly { path: path() });
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

/// A server with the rotation of the contract: the current token rotates, its parent gets the current one, all else ends the session.
pub struct FakeServer {
    pub clock: Arc<ManualClock>,
    /// The numbers of the live sessions' refresh tokens, by session.
    pub sessions: Mutex<HashMap<u32, u32>>,
    pub refreshes: AtomicUsize,
    pub logouts: AtomicUsize,
    /// Said instead of doing anything.
    pub fault: Mutex<Option<ApiError>>,
    /// Acts, and then loses the reply.
    pub lose_reply: Mutex<bool>,
    pub life: AtomicU64,
    pub skew: Mutex<Option<i64>>,
    pub strict: Mutex<bool>,
    pub check_domain: Mutex<bool>,
    pub no_refresh_token: Mutex<bool>,
    pub fail_logout: Mutex<bool>,
    pub during_refresh: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    pub in_flight: AtomicUsize,
    pub most_in_flight: AtomicUsize,
}

impl FakeServer {
    fn check(&self) -> Result<(), ApiError> {
        self.fault.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    fn tokens(&self, session: u32, generation: u32) -> Tokens {
        let expires_at = self.clock.now() + self.life.load(Ordering::SeqCst);
        Tokens {
            access_token: Secret::new(format!("access-{session}-{generation}-{expires_at}")),
            refresh_token: (!*self.no_refresh_token.lock().unwrap())
                .then(|| Secret::new(format!("refresh-{session}-{generation}"))),
            expires_at,
            user_id: "ada".into(),
            email: "ada@example.com".into(),
            clock_skew: *self.skew.lock().unwrap(),
        }
    }

    pub fn refreshes(&self) -> usize {
        self.refreshes.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl AuthApi for FakeServer {
    async fn send_code(&self, _: &Server, _: &Email) -> Result<CodeSent, ApiError> {
        self.check()?;
        Ok(CodeSent {
            expires_in: Duration::from_secs(600),
            retry_after: Duration::from_secs(60),
        })
    }

    async fn login(&self, _: &Server, _: &Email, code: &VerificationCode) -> Result<Tokens, ApiError> {
        self.check()?;
        if code.as_secret().expose() != "123456" {
            return Err(ApiError::CodeInvalid { attempts_left: 4 });
        }
        let mut sessions = self.sessions.lock().unwrap();
        let session = sessions.len() as u32 + 1;
        sessions.insert(session, 0);
        Ok(self.tokens(session, 0))
    }

    async fn refresh(&self, server: &Server, token: &Secret) -> Result<Tokens, ApiError> {
        self.check()?;
        self.refreshes.fetch_add(1, Ordering::SeqCst);
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_in_flight.fetch_max(now, Ordering::SeqCst);
        tokio::task::yield_now().await;
        if let Some(f) = self.during_refresh.lock().unwrap().take() {
            f();
        }
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        let mut parts = token.expose().rsplit('-');
        let given: u32 = parts.next().unwrap().parse().unwrap();
        let session: u32 = parts.next().unwrap().parse().unwrap();
        let mut sessions = self.sessions.lock().unwrap();
        let unknown = ApiError::InvalidGrant {
            reason: GrantReason::Unknown,
        };
        let current = sessions.get_mut(&session).ok_or(unknown)?;
        if given == *current {
            *current += 1;
        } else if given + 1 != *current || *self.strict.lock().unwrap() {
            sessions.remove(&session);
            return Err(ApiError::InvalidGrant {
                reason: GrantReason::Reused,
            });
        }
        let reply = self.tokens(session, sessions[&session]);
        if *self.check_domain.lock().unwrap() && server.domain_id != "default" {
            return Err(ApiError::WrongDomain {
                expected: server.domain_id.clone(),
                found: "default".into(),
            });
        }
        if std::mem::take(&mut *self.lose_reply.lock().unwrap()) {
            return Err(ApiError::Network {
                url: server.url.clone(),
                fault: NetworkFault::Cut,
            });
        }
        Ok(reply)
    }

    async fn logout(&self, server: &Server, token: &Secret) -> Result<(), ApiError> {
        self.check()?;
        if *self.fail_logout.lock().unwrap() {
            let (url, fault) = (server.url.clone(), NetworkFault::TimedOut);
            return Err(ApiError::Network { url, fault });
        }
        self.logouts.fetch_add(1, Ordering::SeqCst);
        let session = token.expose().split('-').nth(1).unwrap().parse().unwrap();
        self.sessions.lock().unwrap().remove(&session);
        Ok(())
    }

    async fn probe(&self, _: &Server) -> Result<(), ApiError> {
        self.check()
    }

    async fn own_sessions(&self, _: &Server, access_token: &Secret) -> Result<Vec<OwnSession>, ApiError> {
        self.check()?;
        let current = access_token.expose().split('-').nth(1).unwrap().to_owned();
        let sessions = self.sessions.lock().unwrap();
        let mut ids: Vec<u32> = sessions.keys().copied().collect();
        ids.sort_unstable();
        Ok(ids.into_iter().map(|id| own_session(id, &current)).collect())
    }

    async fn end_own_session(&self, _: &Server, _: &Secret, session: &str) -> Result<(), ApiError> {
        self.check()?;
        self.sessions.lock().unwrap().remove(&session.parse().unwrap());
        Ok(())
    }
}

fn own_session(id: u32, current: &str) -> OwnSession {
    OwnSession {
        id: id.to_string(),
        platform: None,
        program: None,
        ip: None,
        location: None,
        signed_in_at: None,
        last_used_at: None,
        current: id.to_string() == current,
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
            no_refresh_token: Mutex::default(),
            fail_logout: Mutex::default(),
            during_refresh: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            most_in_flight: AtomicUsize::new(0),
        };
        let file = FakeFile {
            text: Mutex::new(ConfigDocument::new().text().to_owned()),
            read_only: Mutex::new(false),
            gate: Mutex::default(),
            writes: AtomicUsize::new(0),
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
