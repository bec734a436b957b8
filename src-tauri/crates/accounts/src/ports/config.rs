use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::config::{ConfigDocument, DocumentError};

/// A change of the document: it is handed what is on disk now, under the lock.
pub type Edit = Box<dyn FnOnce(&mut ConfigDocument) -> Result<(), DocumentError> + Send>;

/// The shared file. There is no way to write it but [`SharedConfig::update`].
#[async_trait]
pub trait SharedConfig: Send + Sync {
    /// What is on disk; a new document where there is no file yet. The same one again while the file is untouched.
    ///
    /// # Errors
    /// [`ConfigError`].
    async fn read(&self) -> Result<Arc<ConfigDocument>, ConfigError>;

    /// Locks, reads the disk again, edits, writes what changed, and gives the document that is on disk now.
    ///
    /// # Errors
    /// [`ConfigError`]; then the file is as it was.
    async fn update(&self, edit: Edit) -> Result<Arc<ConfigDocument>, ConfigError>;

    /// Where the file lies, as a person would look for it.
    fn path(&self) -> PathBuf;
}

/// Why the shared file could not be read or changed. It is always left as it was.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{} cannot be used: {source}. It is left as it is; mend it{}", .path.display(), backup_text(.backup))]
    Broken {
        path: PathBuf,
        /// The last good copy.
        backup: Option<PathBuf>,
        #[source]
        source: DocumentError,
    },
    #[error("{} is {size} bytes long; more than {limit} are not read. It is left as it is; see what grew in it", .path.display())]
    TooBig { path: PathBuf, size: u64, limit: u64 },
    #[error("{source}")]
    Refused {
        #[source]
        source: DocumentError,
    },
    #[error("{} is read-only, so nothing was written to it; make it and its folder writable (chmod u+w) and try again", .path.display())]
    ReadOnly { path: PathBuf },
    #[error("another program{} kept {} locked for {} s; end it or try again", .holder.as_ref().map(|h| format!(" ({h})")).unwrap_or_default(), .path.display(), .after.as_secs())]
    LockTimedOut {
        path: PathBuf,
        holder: Option<String>,
        after: Duration,
    },
    #[error("the disk is full, so {} was left as it is; free some space and try again", .path.display())]
    DiskFull { path: PathBuf },
    #[error("{} could not be {doing}: {source}. It is left as it is; see what lies there and who may use it", .path.display())]
    Io {
        path: PathBuf,
        /// "read", "written", "locked": fits behind "could not be".
        doing: &'static str,
        #[source]
        source: std::io::Error,
    },
}

fn backup_text(backup: &Option<PathBuf>) -> String {
    backup
        .as_ref()
        .map(|path| format!(", or put back the last good copy: {}", path.display()))
        .unwrap_or_default()
}
