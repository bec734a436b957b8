//! The one place that holds state. Tray, window and command line ask it and draw its snapshot.

mod choices;
mod conflicts;
mod files;
mod inspecting;
mod keeping;
mod refreshing;
mod servers;
mod sharing;
mod sign_outs;
mod signing;
mod state;
mod storing;

pub use keeping::Hint;
pub use refreshing::Why;
pub use signing::SignedOut;
pub use storing::StoreMoved;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use auth_core::config::StoredAuth;
use auth_core::{Secret, ServerId};
use tokio::sync::{Notify, RwLock, RwLockWriteGuard, Semaphore, watch};

use crate::Snapshot;
use crate::error::AccountsError;
use crate::ports::{
    AuthApi, Clock, Event, Server, SessionLock, SettingsStore, SharedConfig, Timeline, TimelineEntry, UnixMillis,
    Vault, VaultKey,
};
use crate::profile::server_of;
use files::Queue;
use state::State;

/// How many sessions the refresher works on at once: a thousand that are due must not open a thousand connections.
const AT_ONCE: usize = 16;

/// What the rules need of a computer.
#[derive(Clone)]
#[expect(
    missing_debug_implementations,
    reason = "the ports have nothing to show, and one of them holds secrets"
)]
pub struct Ports {
    pub vault: Arc<dyn Vault>,
    pub config: Arc<dyn SharedConfig>,
    pub api: Arc<dyn AuthApi>,
    pub clock: Arc<dyn Clock>,
    pub lock: Arc<dyn SessionLock>,
    pub settings: Arc<dyn SettingsStore>,
    pub timeline: Arc<dyn Timeline>,
}

/// While it lives no server is asked for tokens.
#[derive(Debug)]
pub struct Paused<'a>(#[expect(dead_code, reason = "it is held")] RwLockWriteGuard<'a, ()>);

/// All servers and sessions of this person.
pub struct Accounts {
    ports: Ports,
    state: Mutex<State>,
    snapshot: watch::Sender<Arc<Snapshot>>,
    /// Held from reading or writing a file until the result is adopted, so that an older one never replaces a newer.
    files: tokio::sync::Mutex<()>,
    /// Sessions that wait to be written into the shared file; whoever has the turn writes all of them.
    queue: Queue,
    at_once: Semaphore,
    /// Shared while a server is asked for tokens and until they are kept.
    rotating: RwLock<()>,
    /// Something changed that the refresher should look at before its time.
    changed: Notify,
}

impl Accounts {
    /// Reads the shared file. One that cannot be read is shown as such and tried again on every change.
    pub async fn open(ports: Ports) -> Arc<Self> {
        let accounts = Self {
            snapshot: watch::Sender::new(Arc::new(State::default().snapshot(&ports))),
            ports,
            state: Mutex::default(),
            files: tokio::sync::Mutex::default(),
            queue: Queue::default(),
            at_once: Semaphore::new(AT_ONCE),
            rotating: RwLock::default(),
            changed: Notify::new(),
        };
        accounts.read_files().await;
        accounts.publish();
        Arc::new(accounts)
    }

    /// What there is to show now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.borrow().clone()
    }

    /// Follows what there is to show.
    pub fn subscribe(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshot.subscribe()
    }

    /// What happened to a session, oldest first.
    pub async fn timeline(&self, id: &ServerId) -> Vec<TimelineEntry> {
        self.ports.timeline.read(id).await
    }

    /// Waits until what servers have been asked for is kept, and has nobody ask for more while the result lives: for the end of the
    /// program, which could lose a reply and a session with it.
    pub async fn pause(&self) -> Paused<'_> {
        Paused(self.rotating.write().await)
    }

    /// Draws the snapshot anew; the time may have changed it.
    pub fn publish(&self) {
        self.snapshot.send_if_modified(|current| self.draw(current));
    }

    /// The same where nothing changed but the time, which alone turns "offline" into "expired": who draws minutes looks with us, so
    /// that an idle computer is woken once for both.
    fn tell_time(&self) {
        self.snapshot.send_modify(|current| {
            self.draw(current);
        });
    }

    /// Called with the picture locked, so that an older one never replaces a newer one. Whether it changed.
    fn draw(&self, current: &mut Arc<Snapshot>) -> bool {
        let next = self.state().snapshot(&self.ports);
        let changed = **current != next;
        if changed {
            *current = Arc::new(next);
        }
        changed
    }

    fn now(&self) -> UnixMillis {
        self.ports.clock.now()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic in a few lines of bookkeeping leaves nothing half done that the next read does not mend.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn note(&self, id: &ServerId, event: Event) {
        self.ports.timeline.record(id, self.now(), event).await;
    }

    /// The tokens in force.
    fn auth(&self, id: &ServerId) -> Option<StoredAuth> {
        self.state().auth(id)
    }

    /// A profile that can be spoken to.
    fn server(&self, id: &ServerId) -> Result<Server, AccountsError> {
        let state = self.state();
        let profile = state.profile(id.as_str());
        let profile = profile.ok_or_else(|| AccountsError::NoSuchServer { id: id.to_string() })?;
        Ok(server_of(profile)?)
    }

    /// The refresh token of a profile: the store's, or the file's where another tool keeps a newer one there.
    async fn refresh_token(&self, server: &Server) -> Result<Option<Secret>, AccountsError> {
        let kept = self.ports.vault.read(&key_of(server)).await?;
        let in_file = self.token_in_file(&server.id);
        Ok(match (kept, in_file) {
            (Some(kept), Some(in_file)) if self.is_known_in_file(&server.id, &in_file) => Some(kept),
            // Both are ours to use; an older tool that rotates by itself writes only the file.
            (Some(kept), Some(in_file)) => Some(crate::plan::newer_token(kept, in_file)),
            (kept, in_file) => kept.or(in_file),
        })
    }

    /// The refresh token that stands in the shared file, where it is ours to use: not while somebody else's session stands there.
    fn token_in_file(&self, id: &ServerId) -> Option<Secret> {
        let state = self.state();
        let profile = state.profile(id.as_str())?;
        if state.conflict(id.as_str(), Some(profile)).is_some() {
            return None;
        }
        let token = profile.auth.as_ref().map(|auth| auth.refresh_token.clone());
        token.filter(|token| !token.is_empty())
    }
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accounts").finish_non_exhaustive()
    }
}

fn key_of(server: &Server) -> VaultKey {
    VaultKey {
        server: server.id.clone(),
        url: server.url.clone(),
        domain_id: server.domain_id.clone(),
    }
}
