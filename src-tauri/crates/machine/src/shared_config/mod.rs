//! The shared file: read by everybody, changed by one verb.

mod backup;
mod cache;
mod place;
mod read;
mod replace;
mod undo;

pub use backup::Backup;
pub(crate) use place::{Place, resolve};
pub(crate) use replace::{is_temporary, temporary};
pub use undo::{Comparison, UndoError, UndoPlan, Undone, Which};

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use accounts::ports::{ConfigError, Edit, SharedConfig};
use async_trait::async_trait;
use auth_core::config::{ConfigDocument, DocumentError};

use crate::lock_file::LockFile;
use crate::lock_queue::{self, Missed};
use crate::platform;
use cache::Cache;

/// How long another may keep the file locked.
const DEADLINE: Duration = Duration::from_secs(10);

/// The shared config file on this disk.
#[derive(Debug, Clone)]
pub struct SharedConfigFile {
    path: PathBuf,
    shown: PathBuf,
    deadline: Duration,
    sync: bool,
    cache: Cache,
}

impl SharedConfigFile {
    /// The file `config.json` in that folder; neither needs to be there.
    pub fn new(config_dir: &Path) -> Self {
        Self {
            path: config_dir.join("config.json"),
            shown: config_dir.join("config.json"),
            deadline: DEADLINE,
            sync: true,
            cache: Cache::default(),
        }
    }

    /// How people are shown where it lies; its full path where nothing else is said.
    #[must_use]
    pub fn shown_as(mut self, shown: PathBuf) -> Self {
        self.shown = shown;
        self
    }

    /// Another deadline for the lock than 10 s.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// For measuring alone: leaves out the fsyncs, so that a power cut may lose the file.
    #[doc(hidden)]
    #[must_use]
    pub fn without_sync(mut self) -> Self {
        self.sync = false;
        self
    }

    /// [`SharedConfig::read`] for callers without an async runtime.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read_blocking(&self) -> Result<Arc<ConfigDocument>, ConfigError> {
        let place = resolve(&self.path).map_err(|error| self.fault("read", error))?;
        if let Some(document) = self.cache.get(&place.file) {
            return Ok(document);
        }
        Ok(match read::document(&self.path, &place.file, self.cache.last())? {
            Some((document, metadata)) => self.cache.put(document, &metadata),
            None => Arc::default(),
        })
    }

    /// [`SharedConfig::update`] for callers without an async runtime.
    ///
    /// # Errors
    /// [`ConfigError`]; then the file is as it was.
    pub fn update_blocking(
        &self,
        edit: impl FnOnce(&mut ConfigDocument) -> Result<(), DocumentError>,
    ) -> Result<Arc<ConfigDocument>, ConfigError> {
        let (place, mut lock) = self.begin()?;
        let (old, on_disk) = match read::document(&self.path, &place.file, self.cache.last())? {
            Some((document, metadata)) => (document, Some(metadata)),
            None => (Arc::default(), None),
        };
        let mut document = ConfigDocument::clone(&old);
        edit(&mut document).map_err(|source| ConfigError::Refused { source })?;
        if document.text() == old.text() {
            return Ok(match on_disk {
                Some(metadata) => self.cache.put(old, &metadata),
                None => old,
            });
        }
        self.refuse_read_only(&place, on_disk.as_ref())?;
        if let Some(metadata) = &on_disk {
            let is_ours = lock.note().is_ok_and(|note| note == fingerprint(metadata));
            let is_large = !document.is_same_but_sessions(&old);
            if !is_ours || is_large || backup::is_due(&self.path).unwrap_or(true) {
                backup::keep(&self.path, old.text()).map_err(|error| self.fault("backed up", error))?;
                if let Err(error) = backup::thin(&self.path) {
                    tracing::warn!(%error, "more copies of the shared file stay than are kept");
                }
            }
        }
        self.finish(&place, &mut lock, document)
    }

    /// Removes what a killed program left half done beside the file. For the start of a program that stays.
    ///
    /// # Errors
    /// [`ConfigError`]; nothing depends on it.
    pub fn tidy_blocking(&self) -> Result<(), ConfigError> {
        match self.path.parent().is_some_and(Path::is_dir) {
            true => self.begin().map(drop),
            false => Ok(()),
        }
    }

    /// Makes the folders, takes the lock and tidies up.
    fn begin(&self) -> Result<(Place, LockFile), ConfigError> {
        let place = resolve(&self.path).map_err(|error| self.fault("read", error))?;
        for folder in [&place.link_folder, &place.folder] {
            if !folder.is_dir() {
                platform::create_folder(folder).map_err(|error| self.fault("written", error))?;
            }
        }
        let lock = self.lock(&place.link_folder)?;
        replace::clean(&place);
        Ok((place, lock))
    }

    fn refuse_read_only(&self, place: &Place, on_disk: Option<&fs::Metadata>) -> Result<(), ConfigError> {
        let folder = fs::metadata(&place.folder).map_err(|error| self.fault("written", error))?;
        if platform::is_read_only(&folder) || on_disk.is_some_and(platform::is_read_only) {
            let path = self.path.clone();
            return Err(ConfigError::ReadOnly { path });
        }
        Ok(())
    }

    /// Puts the document in the place of the file, and remembers that it was us.
    fn finish(
        &self,
        place: &Place,
        lock: &mut LockFile,
        document: ConfigDocument,
    ) -> Result<Arc<ConfigDocument>, ConfigError> {
        let written = replace::replace(place, document.text(), self.sync);
        let written = written.map_err(|error| self.fault("written", error))?;
        if let Err(error) = lock.set_note(&fingerprint(&written)) {
            tracing::debug!(%error, "the next change will keep a backup that is not needed");
        }
        Ok(self.cache.put(Arc::new(document), &written))
    }

    fn lock(&self, folder: &Path) -> Result<LockFile, ConfigError> {
        let locked = lock_queue::acquire_blocking(&folder.join("config.json.lock"), self.deadline);
        locked.map_err(|missed| match missed {
            Missed::TimedOut { holder } => ConfigError::LockTimedOut {
                path: self.path.clone(),
                holder,
                after: self.deadline,
            },
            Missed::Io(error) => self.fault("locked", error),
        })
    }

    fn fault(&self, doing: &'static str, source: std::io::Error) -> ConfigError {
        use std::io::ErrorKind as E;
        let path = self.path.clone();
        match source.kind() {
            E::ReadOnlyFilesystem | E::PermissionDenied if doing != "read" => ConfigError::ReadOnly { path },
            E::StorageFull | E::QuotaExceeded => ConfigError::DiskFull { path },
            _ => ConfigError::Io { path, doing, source },
        }
    }
}

#[async_trait]
impl SharedConfig for SharedConfigFile {
    async fn read(&self) -> Result<Arc<ConfigDocument>, ConfigError> {
        let file = self.clone();
        self.off_thread(move || file.read_blocking()).await
    }

    async fn update(&self, edit: Edit) -> Result<Arc<ConfigDocument>, ConfigError> {
        let file = self.clone();
        self.off_thread(move || file.update_blocking(edit)).await
    }

    fn path(&self) -> PathBuf {
        self.shown.clone()
    }
}

impl SharedConfigFile {
    async fn off_thread(
        &self,
        work: impl FnOnce() -> Result<Arc<ConfigDocument>, ConfigError> + Send + 'static,
    ) -> Result<Arc<ConfigDocument>, ConfigError> {
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(stopped) => Err(self.fault("read", std::io::Error::other(stopped))),
            },
        }
    }
}

/// Tells the file that we put there from one that somebody has written since. Kept in the lock file, so a lost one
/// costs no more than one backup too many.
fn fingerprint(metadata: &fs::Metadata) -> String {
    let changed = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    format!("{} {}", metadata.len(), changed.unwrap_or_default().as_nanos())
}
