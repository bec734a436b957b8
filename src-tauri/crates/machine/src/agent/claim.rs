//! Being the one agent of a place: a lock for life, and a socket that is ours.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use interprocess::ConnectWaitMode;
use interprocess::local_socket::ConnectOptions;
use interprocess::local_socket::tokio::Listener;

use super::AgentPlace;
use crate::lock_file::LockFile;
use crate::platform;

/// A socket that nobody listens at says so at once.
const STALE_LOOK: Duration = Duration::from_secs(1);

/// Why there is no agent in this process. The app goes on without: tools then refresh by themselves.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    #[error(
        "another agent{} listens at {} already; end it, or name another place in FLOWSTATE_AGENT_SOCK",
        .holder.as_ref().map(|holder| format!(" ({holder})")).unwrap_or_default(),
        .socket.display()
    )]
    Running { socket: PathBuf, holder: Option<String> },
    #[error("another program listens at {}, so it is left alone; name another place in FLOWSTATE_AGENT_SOCK", .socket.display())]
    Taken { socket: PathBuf },
    #[error("{} {doubt}, so it is not used; see who made it, or name another place in FLOWSTATE_AGENT_SOCK", .path.display())]
    Untrusted {
        path: PathBuf,
        /// Fits behind the path.
        doubt: &'static str,
    },
    #[error("the agent cannot listen at {}: {source}; see what lies there, or name another place in FLOWSTATE_AGENT_SOCK", .socket.display())]
    Io {
        socket: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// The place is ours for as long as this lives. Dropping it removes the socket, then gives the lock back.
#[derive(Debug)]
pub(super) struct Claim {
    socket: PathBuf,
    /// Tells our socket from one that took its name.
    number: Option<u64>,
    _lock: LockFile,
}

/// Removes a socket that a crash left, unless an agent lives after all. Blocks, shortly.
pub(crate) fn clear_stale_socket(place: &AgentPlace) -> Result<(), AgentError> {
    Claim::take(place).map(drop)
}

impl Claim {
    /// Takes the lock and clears away what a crash left. Blocks, shortly.
    pub fn take(place: &AgentPlace) -> Result<Self, AgentError> {
        let (socket, lock_path) = (place.socket(), place.lock_file());
        let failed = |source| io_error(socket, source);
        let folder = lock_path.parent().unwrap_or(Path::new("."));
        // A link is no folder of ours, and nothing is made behind it.
        if folder.symlink_metadata().is_err() {
            platform::create_folder(folder).map_err(failed)?;
        }
        if let Some(doubt) = platform::doubt_folder(folder).map_err(failed)? {
            let path = folder.to_owned();
            return Err(AgentError::Untrusted { path, doubt });
        }
        let mut lock = LockFile::open(lock_path).map_err(failed)?;
        if !lock.try_lock().map_err(failed)? {
            return Err(AgentError::Running {
                socket: socket.to_owned(),
                holder: lock.holder(),
            });
        }
        clear(socket)?;
        Ok(Self {
            socket: socket.to_owned(),
            number: None,
            _lock: lock,
        })
    }

    /// Begins to listen; call it in a tokio runtime.
    pub fn listen(&mut self) -> Result<Listener, AgentError> {
        let bound = platform::socket_name(&self.socket)
            .and_then(platform::listener_options)
            .and_then(interprocess::local_socket::ListenerOptions::create_tokio);
        let listener = bound.map_err(|source| io_error(&self.socket, source))?;
        self.number = platform::socket_number(&self.socket);
        platform::seal_socket(&self.socket).map_err(|source| io_error(&self.socket, source))?;
        Ok(listener)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if self.number.is_some()
            && self.number == platform::socket_number(&self.socket)
            && let Err(error) = fs::remove_file(&self.socket)
        {
            tracing::debug!(%error, "the agent's socket was not removed; the next agent replaces it");
        }
    }
}

/// Removes a socket of ours that nobody listens at. What is anything else stays.
fn clear(socket: &Path) -> Result<(), AgentError> {
    match platform::doubt_socket(socket) {
        Ok(None) => {}
        Ok(Some(doubt)) => {
            let path = socket.to_owned();
            return Err(AgentError::Untrusted { path, doubt });
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(io_error(socket, source)),
    }
    let connected = platform::socket_name(socket).and_then(|name| {
        let options = ConnectOptions::new().name(name);
        options.wait_mode(ConnectWaitMode::Timeout(STALE_LOOK)).connect_sync()
    });
    match connected {
        // Not one of our agents: they hold the lock.
        Ok(_) => Err(AgentError::Taken {
            socket: socket.to_owned(),
        }),
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            fs::remove_file(socket).map_err(|source| io_error(socket, source))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(source) => Err(io_error(socket, source)),
    }
}

fn io_error(socket: &Path, source: io::Error) -> AgentError {
    AgentError::Io {
        socket: socket.to_owned(),
        source,
    }
}
