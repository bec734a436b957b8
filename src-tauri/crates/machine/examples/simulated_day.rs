//! What it costs to keep 1,000 profiles fresh: `cargo run --release -p machine --example simulated_day [HOURS [PROFILES]]`.
//!
//! The rules, the shared file, the settings, the timelines and the locks are the real ones, on a real disk with fsync; the clock,
//! the server and the keychain are not. Time passes as fast as the work is done, so the processor time is what counts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use accounts::ports::{
    ApiError, AuthApi, Clock, CodeSent, NotRefreshed, OwnSession, Server, Tokens, UnixMillis, Vault, VaultError,
    VaultKey,
};
use accounts::{Accounts, Ports, SessionState, StoreKind};
use async_trait::async_trait;
use auth_core::config::ServerProfile;
use auth_core::{Email, Secret, ServerId, VerificationCode};
use machine::{Paths, SessionLocks, SettingsFile, SharedConfigFile, TimelineFiles};
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::Notify;

/// How often the memory is looked at.
const LOOKS: u64 = 8;
const LIFE: u64 = 900_000;
const START: UnixMillis = 1_790_000_000_000;
/// A token has at least so much left whenever somebody asks, or its refresh was late.
const LEAST_LEFT: u64 = 60_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hours: u64 = std::env::args().nth(1).map_or(Ok(24), |hours| hours.parse())?;
    let profiles: usize = std::env::args().nth(2).map_or(Ok(1_000), |profiles| profiles.parse())?;
    let root = tempfile::tempdir()?;
    let paths = Paths::new(
        Some(root.path().join("config").into()),
        Some(root.path().to_owned()),
        Some(root.path().join("data")),
    )?;
    let clock = Arc::new(SimulatedClock::default());
    clock.now.store(START, Ordering::SeqCst);
    let server = Arc::new(FakeServer {
        clock: clock.clone(),
        ..FakeServer::default()
    });
    let config = SharedConfigFile::new(paths.config_dir());
    config.update_blocking(|document| {
        (0..profiles).try_for_each(|number| {
            document.add_server(&ServerProfile {
                id: format!("server-{number}"),
                name: format!("Server {number}"),
                url: format!("https://auth-{number}.example.com"),
                domain_id: "default".to_owned(),
                auth: None,
            })
        })
    })?;
    let accounts = Accounts::open(Ports {
        vault: Arc::new(Memory::default()),
        config: Arc::new(config),
        api: server.clone(),
        clock: clock.clone(),
        lock: Arc::new(SessionLocks::new(paths.config_dir())),
        settings: Arc::new(SettingsFile::new(&paths)),
        timeline: Arc::new(TimelineFiles::new(&paths)),
    })
    .await;
    sign_in(&accounts, &clock, profiles).await?;
    let bytes = std::fs::metadata(paths.config_file())?.len();
    println!("{profiles} profiles signed in, {bytes} bytes; {hours} h pass");

    tokio::spawn(accounts.clone().keep_fresh());
    // The first hour is not counted: those who signed in first have waited for the last.
    let begin = START + 3_600_000;
    pass_until(begin, &accounts, &clock).await?;
    let (cpu, wakes) = (cpu_time()?, clock.wakes.load(Ordering::SeqCst));
    let mut memory = vec![private_dirty_mib()?];
    server.refreshes.store(0, Ordering::SeqCst);
    server.late.store(0, Ordering::SeqCst);
    for look in 1..=LOOKS {
        pass_until(begin + hours * 3_600_000 * look / LOOKS, &accounts, &clock).await?;
        memory.push(private_dirty_mib()?);
    }
    let used = cpu_time()? - cpu;
    let refreshes = server.refreshes.load(Ordering::SeqCst);
    let late = server.late.load(Ordering::SeqCst);
    let wakes = clock.wakes.load(Ordering::SeqCst) - wakes;
    let passed = Duration::from_secs(hours * 3600);
    println!(
        "{refreshes} refreshes, {late} of them late; {wakes} wake-ups, one every {:.1} s",
        passed.as_secs_f64() / wakes as f64
    );
    println!(
        "{:.1} s of processor time, {:.2} ms a refresh, {:.3} % of a core",
        used.as_secs_f64(),
        used.as_secs_f64() * 1e3 / refreshes as f64,
        used.as_secs_f64() * 100.0 / passed.as_secs_f64()
    );
    println!("{memory:.1?} MiB of private dirty memory, before and in the course of these hours");
    if late > 0 {
        return Err("some refreshes came late".into());
    }
    Ok(())
}

async fn pass_until(
    end: UnixMillis,
    accounts: &Accounts,
    clock: &SimulatedClock,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut snapshots = accounts.subscribe();
    while clock.now() < end {
        clock.idle().await;
        // The refresher waits for its time and nobody is at work any more.
        while accounts
            .snapshot()
            .servers
            .iter()
            .any(|server| server.state == SessionState::Refreshing)
        {
            snapshots.changed().await?;
        }
        if clock.waits.load(Ordering::SeqCst) {
            clock.pass();
        }
    }
    Ok(())
}

/// Spread over a quarter of an hour, as people do in the course of days.
async fn sign_in(
    accounts: &Accounts,
    clock: &SimulatedClock,
    profiles: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    for number in 0..profiles {
        let id = ServerId::existing(&format!("server-{number}"));
        let (email, code) = (Email::parse("ada@example.com")?, VerificationCode::parse("123456")?);
        accounts.sign_in(&id, &email, &code).await?;
        let at = START + LIFE * number as u64 / profiles as u64;
        clock.now.store(at, Ordering::SeqCst);
    }
    Ok(())
}

fn cpu_time() -> Result<Duration, std::num::TryFromIntError> {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Ok(Duration::new(time.tv_sec.try_into()?, time.tv_nsec.try_into()?))
}

fn private_dirty_mib() -> Result<f64, Box<dyn std::error::Error>> {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup")?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Private_Dirty:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    Ok(kib.ok_or("the kernel does not say")?.parse::<f64>()? / 1024.0)
}

#[derive(Default)]
struct SimulatedClock {
    now: AtomicU64,
    next: AtomicU64,
    waits: AtomicBool,
    wakes: AtomicU64,
    moved: Notify,
    idle: Notify,
}

impl SimulatedClock {
    async fn idle(&self) {
        if !self.waits.load(Ordering::SeqCst) {
            self.idle.notified().await;
        }
    }

    fn pass(&self) {
        let next = self.next.load(Ordering::SeqCst);
        self.now.fetch_max(next, Ordering::SeqCst);
        self.wakes.fetch_add(1, Ordering::SeqCst);
        self.waits.store(false, Ordering::SeqCst);
        self.moved.notify_waiters();
    }
}

#[async_trait]
impl Clock for SimulatedClock {
    fn now(&self) -> UnixMillis {
        self.now.load(Ordering::SeqCst)
    }

    async fn wait_until(&self, at: UnixMillis) {
        let moved = self.moved.notified();
        self.next.store(at, Ordering::SeqCst);
        self.waits.store(true, Ordering::SeqCst);
        self.idle.notify_one();
        moved.await;
    }
}

#[derive(Default)]
struct FakeServer {
    clock: Arc<SimulatedClock>,
    refreshes: AtomicU64,
    late: AtomicU64,
    ends: Mutex<HashMap<ServerId, UnixMillis>>,
}

impl FakeServer {
    /// As long as our own server's are, and with the claims that the plan looks at.
    fn tokens(&self, server: &Server) -> Tokens {
        use base64::Engine;
        let now = self.clock.now();
        let (iat, exp) = (now / 1000, (now + LIFE) / 1000);
        let claims = format!(
            r#"{{"iat":{iat},"exp":{exp},"email":"ada@example.com","orgId":"{:0>120}"}}"#,
            7
        );
        let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims);
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(former) = ends.insert(server.id.clone(), now + LIFE)
            && former < now + LEAST_LEFT
        {
            self.late.fetch_add(1, Ordering::SeqCst);
        }
        Tokens {
            access_token: Secret::new(format!("{:0>60}.{claims}.{:0>342}", 1, 2)),
            refresh_token: Some(Secret::new(format!("{now:0>300}"))),
            expires_at: now + LIFE,
            user_id: "0199a6f2-0000-7000-8000-000000000000".to_owned(),
            email: "ada@example.com".to_owned(),
            clock_skew: Some(0),
        }
    }
}

#[async_trait]
impl AuthApi for FakeServer {
    async fn send_code(&self, _: &Server, _: &Email) -> Result<CodeSent, ApiError> {
        Ok(CodeSent {
            expires_in: Duration::from_secs(600),
            retry_after: Duration::from_secs(60),
        })
    }

    async fn login(&self, server: &Server, _: &Email, _: &VerificationCode) -> Result<Tokens, ApiError> {
        Ok(self.tokens(server))
    }

    async fn refresh(&self, server: &Server, _: &Secret) -> Result<Tokens, NotRefreshed> {
        self.refreshes.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        Ok(self.tokens(server))
    }

    async fn logout(&self, _: &Server, _: &Secret) -> Result<(), ApiError> {
        Ok(())
    }

    async fn probe(&self, _: &Server) -> Result<(), ApiError> {
        Ok(())
    }

    async fn own_sessions(&self, _: &Server, _: &Secret) -> Result<Vec<OwnSession>, ApiError> {
        Ok(Vec::new())
    }

    async fn end_own_session(&self, _: &Server, _: &Secret, _: &str) -> Result<(), ApiError> {
        Ok(())
    }
}

#[derive(Default)]
struct Memory(Mutex<HashMap<VaultKey, Secret>>);

#[async_trait]
impl Vault for Memory {
    async fn read(&self, key: &VaultKey) -> Result<Option<Secret>, VaultError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    async fn write(&self, key: &VaultKey, secret: &Secret) -> Result<(), VaultError> {
        let mut items = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        items.insert(key.clone(), secret.clone());
        Ok(())
    }

    async fn delete(&self, key: &VaultKey) -> Result<(), VaultError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        Ok(())
    }

    fn kind(&self) -> StoreKind {
        StoreKind::Keychain
    }
}
