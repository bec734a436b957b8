//! The agent of this desktop, from its first answer to the end of its socket.

use std::sync::Arc;
use std::time::Duration;

use accounts::Accounts;
use accounts::ports::Clock;
use auth_core::ServerId;
use machine::{Agent, AgentClient, AgentError, AgentFailure, AgentPlace};
use tauri::async_runtime::{JoinHandle, block_on, spawn};
use tauri::{AppHandle, Manager};
use tokio::sync::oneshot;

use crate::desktop::Desktop;

/// How long the end of the app may be held up for the socket's.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What became of the wish to be the agent.
pub enum Start {
    /// Tools may ask this app.
    Running(Running),
    /// The app that this person runs already has shown its window; a second one is not wanted.
    ShownElsewhere,
    /// There is none here. Tools refresh by themselves.
    Without,
}

/// The agent, until it is told to end.
pub struct Running {
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

/// Has the app that is the agent of that place already, if there is one, bring up its window.
pub fn shows(place: AgentPlace, server: Option<&str>) -> Result<(), AgentFailure> {
    AgentClient::new(place).show(server.map(ServerId::existing).as_ref())
}

/// Becomes the agent of that place. Where another has become it since [`shows`] asked, its app brings up the window, on `server` where one
/// is named: without a session bus nobody else has noticed that this is a second start.
pub fn start(
    app: &AppHandle,
    place: AgentPlace,
    accounts: Arc<Accounts>,
    clock: Arc<dyn Clock>,
    server: Option<&str>,
) -> Start {
    let window = app.clone();
    let show = move |server| {
        // One that asks while the app is still being set up finds its window soon enough.
        if let Some(desktop) = window.try_state::<Desktop>() {
            desktop.windows.show(server);
        }
    };
    match block_on(Agent::listen(place.clone(), accounts, clock, show)) {
        Ok(agent) => {
            let (stop, stopped) = oneshot::channel();
            let ended = spawn(agent.run(async { stopped.await.unwrap_or_default() }));
            Start::Running(Running { stop, ended })
        }
        Err(error @ AgentError::Running { .. }) => match shows(place, server) {
            Ok(()) => Start::ShownElsewhere,
            Err(failure) => {
                tracing::warn!(%error, %failure, "tools cannot ask this app");
                Start::Without
            }
        },
        Err(error) => {
            tracing::warn!(%error, "tools cannot ask this app");
            Start::Without
        }
    }
}

impl Start {
    /// Takes the socket away, as the last thing the app does.
    pub fn end(&mut self) {
        let Self::Running(Running { stop, ended }) = std::mem::replace(self, Self::Without) else {
            return;
        };
        // One that has ended by itself does not hear it.
        if stop.send(()).is_ok() && block_on(async { tokio::time::timeout(LAST_WORDS, ended).await }).is_err() {
            tracing::warn!("the agent did not end in time; the next one replaces its socket");
        }
    }
}
