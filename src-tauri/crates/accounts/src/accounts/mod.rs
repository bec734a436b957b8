//! The one place that holds state. Tray, window and command line ask it and draw its snapshot.

mod refreshing;
mod servers;
mod signing;
mod storing;

pub use refreshing::Why;
pub use signing::SignedOut;
pub use storing::StoreMoved;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use auth_core::config::{ConfigDocument, StoredAuth};
use auth_core::{Secret, ServerId};
use tokio::sync::{Notify, watch};

use crate::error::{AccountsError, sentence};
use crate::ports::{
    AuthApi, Clock, ConfigError, Edit, Server, SessionLock, SettingsStore, SharedConfig, Timeline, UnixMillis, Vault,
    VaultKey,
};
use crate::profile::{same_place, server_of};
use crate::session::Session;
use crate::{Problem, SignIn, Snapshot};

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

/// All servers and sessions of this person.
pub struct Accounts {
    ports: Ports,
    state: Mutex<State>,
    snapshot: watch::Sender<Arc<Snapshot>>,
    /// Held from reading or writing the shared file until the result is adopted, so that an older one never replaces a newer.
    file: tokio::sync::Mutex<()>,
    /// Something changed that the refresher should look at before its time.
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// As last read; the last good one while the file is broken.
    document: ConfigDocument,
    read_problem: Option<Problem>,
    write_problem: Option<Problem>,
    sessions: HashMap<ServerId, Session>,
    /// When the refresher looked last; a clock that was set back shows here.
    looked_at: UnixMillis,
}

impl State {
    fn session(&mut self, id: &ServerId) -> &mut Session {
        self.sessions.entry(id.clone()).or_default()
    }

    fn auth(&self, id: &ServerId) -> Option<StoredAuth> {
        let profile = self.document.config().server(id.as_str())?;
        match self.sessions.get(id) {
            Some(session) => session.auth(profile).cloned(),
            None => profile.auth.clone(),
        }
    }

    /// Takes over what is on disk, and notices what somebody else did to a session.
    fn adopt(&mut self, document: ConfigDocument) {
        let before = std::mem::replace(&mut self.document, document);
        self.read_problem = None;
        let now = self.document.config();
        for (id, session) in &mut self.sessions {
            let (old, new) = (before.config().server(id.as_str()), now.server(id.as_str()));
            let old_auth = old.and_then(|old| old.auth.as_ref());
            let Some(new) = new else { continue };
            let moved = old.is_some_and(|old| !same_place(old, new));
            match &new.auth {
                // Pointed at another server, or signed out by another program: what we hold is for something else.
                _ if moved => {
                    session.ended(old_auth);
                    session.sign_in = SignIn::Idle;
                }
                None if old_auth.is_some() => session.ended(old_auth),
                Some(auth) if old_auth != Some(auth) => {
                    // Whoever wrote it kept a newer refresh token first, and knew what we had put there.
                    session.unsaved = None;
                    session
                        .held
                        .take_if(|held| old_auth.is_some_and(|old| old.access_token == held.access_token));
                    if session
                        .held
                        .as_ref()
                        .is_none_or(|held| auth.expires_at >= held.expires_at)
                    {
                        session.recovered();
                    }
                    if old_auth.is_none_or(|old| old.user_id != auth.user_id) {
                        session.sign_in = SignIn::Idle;
                    }
                }
                _ => {}
            }
        }
        self.sessions.retain(|id, _| now.server(id.as_str()).is_some());
    }
}

impl Accounts {
    /// Reads the shared file. One that cannot be read is shown as such and tried again on every change.
    pub async fn open(ports: Ports) -> Arc<Self> {
        let read = ports.config.read().await;
        let mut state = State::default();
        match read {
            Ok(document) => state.document = document,
            Err(error) => state.read_problem = Some(config_problem(&error)),
        }
        let first = snapshot_of(&state, &ports);
        let accounts = Self {
            ports,
            state: Mutex::new(state),
            snapshot: watch::Sender::new(Arc::new(first)),
            file: tokio::sync::Mutex::default(),
            changed: Notify::new(),
        };
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

    /// Reads the shared file again, after somebody changed it.
    pub async fn reload(&self) {
        let _turn = self.file.lock().await;
        let read = self.ports.config.read().await;
        {
            let mut state = self.state();
            match read {
                Ok(document) => state.adopt(document),
                Err(error) => state.read_problem = Some(config_problem(&error)),
            }
        }
        self.publish();
        self.changed.notify_one();
    }

    /// Draws the snapshot anew; the time may have changed it.
    pub fn publish(&self) {
        self.snapshot.send_if_modified(|current| {
            // Drawn inside, so that an older picture never replaces a newer one.
            let next = snapshot_of(&self.state(), &self.ports);
            let changed = **current != next;
            if changed {
                *current = Arc::new(next);
            }
            changed
        });
    }

    fn now(&self) -> UnixMillis {
        self.ports.clock.now()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic in a few lines of bookkeeping leaves nothing half done that the next read does not mend.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tokens in force.
    fn auth(&self, id: &ServerId) -> Option<StoredAuth> {
        self.state().auth(id)
    }

    /// A profile that can be spoken to.
    fn server(&self, id: &ServerId) -> Result<Server, AccountsError> {
        let state = self.state();
        let profile = state.document.config().server(id.as_str());
        let profile = profile.ok_or_else(|| AccountsError::NoSuchServer { id: id.to_string() })?;
        Ok(server_of(profile)?)
    }

    /// Changes the shared file and takes over what it is then.
    async fn update(&self, edit: Edit) -> Result<(), AccountsError> {
        let _turn = self.file.lock().await;
        match self.ports.config.update(edit).await {
            Ok(document) => {
                self.written(document);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn written(&self, document: ConfigDocument) {
        {
            let mut state = self.state();
            state.write_problem = None;
            state.adopt(document);
        }
        self.publish();
        self.changed.notify_one();
    }

    /// Remembers that the shared file could not be written, where the work goes on without it.
    fn note_config_problem(&self, error: &ConfigError) {
        tracing::warn!(%error, "the shared file was not written");
        self.state().write_problem = Some(config_problem(error));
        self.publish();
    }

    /// The refresh token of a profile: the store's, or the file's where another tool keeps it there.
    async fn refresh_token(&self, server: &Server) -> Result<Option<Secret>, AccountsError> {
        let kept = self.ports.vault.read(&key_of(server)).await?;
        let in_file = self
            .state()
            .document
            .config()
            .server(server.id.as_str())
            .and_then(|profile| profile.auth.clone());
        let spent = self
            .state()
            .sessions
            .get(&server.id)
            .and_then(|session| session.spent.clone());
        let in_file = in_file.map(|auth| auth.refresh_token);
        let in_file = in_file.filter(|token| !token.is_empty() && (kept.is_none() || Some(token) != spent.as_ref()));
        Ok(match (kept, in_file) {
            // Both are ours to use; an older tool that rotates by itself writes only the file.
            (Some(kept), Some(in_file)) => Some(crate::plan::newer_token(kept, in_file)),
            (kept, in_file) => kept.or(in_file),
        })
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

fn config_problem(error: &ConfigError) -> Problem {
    let read_only = matches!(error, ConfigError::ReadOnly { .. });
    Problem {
        code: if read_only {
            "config_read_only"
        } else {
            "config_unusable"
        },
        message: sentence(&error.to_string()),
        field: None,
    }
}

fn snapshot_of(state: &State, ports: &Ports) -> Snapshot {
    let (now, store) = (ports.clock.now(), ports.vault.kind());
    let config = state.document.config();
    let nothing = Session::default();
    let view = |profile: &auth_core::config::ServerProfile| {
        let session = state.sessions.get(&ServerId::existing(&profile.id)).unwrap_or(&nothing);
        session.view(
            profile,
            config.active_server_id.as_deref() == Some(&profile.id),
            store,
            now,
        )
    };
    Snapshot {
        servers: config.servers.iter().map(view).collect(),
        active_server_id: config.active_server_id.clone(),
        config_path: ports.config.path().display().to_string(),
        config_problem: state.read_problem.clone().or_else(|| state.write_problem.clone()),
        sign_outs_waiting: Vec::new(),
    }
}
