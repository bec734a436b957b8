use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use accounts::ports::VaultError;
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use super::LONGEST;
use crate::lock_file::LockFile;
use crate::lock_queue::{self, Missed};
use crate::shared_config::{Place, resolve};
use crate::{new_file, platform};

/// How long another may keep the file locked.
const DEADLINE: Duration = Duration::from_secs(10);
/// A file of a thousand sessions is a tenth of this.
const LARGEST: u64 = 8 * 1024 * 1024;

/// A file that holds secrets: read whole, replaced whole, by one program at a time.
#[derive(Debug, Clone)]
pub(super) struct StoreFile {
    path: PathBuf,
}

impl StoreFile {
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All of it; `None` where there is no file.
    pub fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let failed = |error: io::Error| self.io("read", &error);
        // Before it is opened: opening a pipe would wait for its other end.
        let metadata = match fs::metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        if !metadata.is_file() || metadata.len() > LARGEST {
            return Err(
                self.fault("is none that this program wrote, so it is left as it is; move it away and try again")
            );
        }
        // In one piece: a buffer that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(metadata.len() as usize + 1));
        let file = File::open(&self.path).map_err(failed)?;
        file.take(LARGEST).read_to_end(&mut bytes).map_err(failed)?;
        Ok(Some(bytes))
    }

    /// Makes the folder and takes the lock. What is read under it is what is replaced.
    pub fn lock(&self) -> Result<LockFile, VaultError> {
        let folder = self.path.parent().unwrap_or(&self.path);
        platform::create_folder(folder).map_err(|error| self.io("written", &error))?;
        let mut name = self.path.as_os_str().to_owned();
        name.push(".lock");
        lock_queue::acquire_blocking(Path::new(&name), DEADLINE).map_err(|missed| match missed {
            Missed::Io(error) => self.io("locked", &error),
            Missed::TimedOut { holder } => {
                let holder = holder.map(|holder| format!(" ({holder})")).unwrap_or_default();
                self.fault(&format!(
                    "is kept locked by another program{holder}; end it or try again"
                ))
            }
        })
    }

    /// Fails where the file could not be replaced by one of its size and another secret's: a full disk, say.
    pub fn check_writable(&self) -> Result<(), VaultError> {
        let lock = self.lock()?;
        let size = fs::metadata(&self.path).map_or(0, |metadata| metadata.len());
        let some = vec![0; size.min(LARGEST) as usize + LONGEST];
        self.prepare(&lock, &some).map(drop)
    }

    /// Puts `bytes` in the place of the file, all of them or nothing, for this person alone.
    pub fn replace(&self, lock: &LockFile, bytes: &[u8]) -> Result<(), VaultError> {
        let failed = |error: io::Error| self.io("written", &error);
        let (temp, place) = self.prepare(lock, bytes)?;
        temp.persist(&place.file).map_err(|error| failed(error.error))?;
        new_file::settle(&place.folder);
        Ok(())
    }

    /// A file of that content that is on the disk, beside the place that it may take.
    fn prepare(&self, _lock: &LockFile, bytes: &[u8]) -> Result<(NamedTempFile, Place), VaultError> {
        let failed = |error: io::Error| self.io("written", &error);
        let place = resolve(&self.path).map_err(failed)?;
        platform::create_folder(&place.folder).map_err(failed)?;
        let is_read_only = |path: &Path| fs::metadata(path).is_ok_and(|metadata| platform::is_read_only(&metadata));
        if is_read_only(&place.file) || is_read_only(&place.folder) {
            return Err(failed(ErrorKind::ReadOnlyFilesystem.into()));
        }
        let prefix = self.prefix();
        clean(&place.folder, &prefix);
        let mut temp = new_file::temporary_named(&place.folder, &prefix, "").map_err(failed)?;
        temp.write_all(bytes).map_err(failed)?;
        temp.as_file().sync_all().map_err(failed)?;
        Ok((temp, place))
    }

    /// Removes the file; its lock stays.
    pub fn remove(&self, _lock: &LockFile) -> Result<(), VaultError> {
        let removed = resolve(&self.path).and_then(|place| fs::remove_file(place.file));
        match removed {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.io("removed", &error)),
            _ => Ok(()),
        }
    }

    /// `what` goes on behind the file's name.
    pub fn fault(&self, what: &str) -> VaultError {
        VaultError::File {
            path: self.path.clone(),
            what: what.to_owned(),
        }
    }

    /// `doing` fits behind "could not be".
    pub fn io(&self, doing: &str, error: &io::Error) -> VaultError {
        use ErrorKind as E;
        match error.kind() {
            E::ReadOnlyFilesystem | E::PermissionDenied if doing != "read" => {
                self.fault("is read-only, it or its folder, so it is left as it is; make both writable (chmod u+w)")
            }
            E::StorageFull | E::QuotaExceeded => {
                self.fault("was left as it is, because the disk is full; free some space and try again")
            }
            _ => self.fault(&format!(
                "could not be {doing}: {error}; see what lies there and who may use it"
            )),
        }
    }

    fn prefix(&self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        format!(".{name}{UNFINISHED}")
    }
}

/// Behind the file's name, in that of the one that is to take its place.
const UNFINISHED: &str = ".new-";

/// Whether a file of that name may be one that a killed writer left.
pub(crate) fn is_unfinished(name: &str) -> bool {
    name.starts_with(".credentials.") && name.contains(UNFINISHED)
}

/// Removes what killed writers left: whoever has the lock is the only writer.
fn clean(folder: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(prefix)
            && let Err(error) = fs::remove_file(entry.path())
        {
            tracing::warn!(%error, "an unfinished credential file could not be removed");
        }
    }
}
