use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::time::Duration;

use accounts::ports::{Held, LockError, SessionLock};
use async_trait::async_trait;
use auth_core::ServerId;

use crate::lock_queue::{self, Missed};
use crate::platform;

/// Another's refresh may take 30 s against a silent server.
const DEADLINE: Duration = Duration::from_secs(35);

/// One lock file a profile under `locks/` in the config folder.
#[derive(Debug, Clone)]
pub struct SessionLocks {
    folder: PathBuf,
    deadline: Duration,
}

impl SessionLocks {
    /// Locks for the profiles of the shared file in `config_dir`.
    pub fn new(config_dir: impl Into<PathBuf>) -> Self {
        Self {
            folder: config_dir.into().join("locks"),
            deadline: DEADLINE,
        }
    }

    /// Another deadline than 35 s.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    fn path(&self, server: &ServerId) -> io::Result<PathBuf> {
        platform::create_folder(&self.folder)?;
        Ok(self.folder.join(format!("{}.lock", file_name(server))))
    }
}

#[async_trait]
impl SessionLock for SessionLocks {
    async fn acquire(&self, server: &ServerId) -> Result<Held, LockError> {
        let what = || format!("the session of {server}");
        let path = match self.path(server) {
            Ok(path) => path,
            Err(source) if is_unwritable(&source) => return Ok(without(server, &source)),
            Err(source) => return Err(LockError::Io { what: what(), source }),
        };
        match lock_queue::acquire(&path, self.deadline).await {
            Ok(file) => Ok(Box::new(file)),
            Err(Missed::TimedOut { holder }) => Err(LockError::TimedOut {
                what: what(),
                holder,
                after: self.deadline,
            }),
            Err(Missed::Io(source)) if is_unwritable(&source) => Ok(without(server, &source)),
            Err(Missed::Io(source)) => Err(LockError::Io { what: what(), source }),
        }
    }
}

fn is_unwritable(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied
    )
}

/// A home that cannot be written has no shared file to protect either, and to refuse would end every refresh there.
/// Two refreshes at once are then told apart by the server's grace for a parent token.
fn without(server: &ServerId, error: &io::Error) -> Held {
    tracing::warn!(%server, %error, "no lock file can be made; going on without");
    Box::new(())
}

/// Letters, digits, dash and underscore stand for themselves, every other byte as `%XX`: no id leaves the folder.
pub(crate) fn file_name(server: &ServerId) -> String {
    let mut name = String::new();
    for byte in server.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_leaves_the_folder() {
        assert_eq!(file_name(&ServerId::existing("cloud-pay")), "cloud-pay");
        assert_eq!(file_name(&ServerId::existing("../a b")), "%2E%2E%2Fa%20b");
        assert_eq!(file_name(&ServerId::existing("ü")), "%C3%BC");
    }
}
