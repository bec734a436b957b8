//! Looking at the copies of the past, and putting one back because a person asked for it.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use accounts::Sharing;
use accounts::ports::{ConfigError, Settings};
use auth_core::config::{ConfigDocument, Difference, DocumentError, ServerProfile};

use crate::settings_file::SettingsFile;

use super::{Backup, Place, SharedConfigFile, backup, fingerprint, read, resolve};

/// Which copy is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The newest one that says anything else than the file does now; sessions do not count.
    Differing,
    /// By its place in the list: 1 is the newest.
    Number(usize),
    /// Any file that holds a config.
    File(PathBuf),
}

/// A copy beside the file of now.
#[derive(Debug)]
pub struct Comparison {
    pub backup: Backup,
    /// What changed since the copy was made.
    pub differences: Vec<Difference>,
}

/// What putting a copy back would do, looked at before it is done.
#[derive(Debug)]
pub struct UndoPlan {
    pub backup: Backup,
    /// What changes on the way from the file of now to that of then.
    pub differences: Vec<Difference>,
    /// The names of the servers in the copy.
    pub servers: Vec<String>,
    /// Why the file of now cannot be used, where that is so; then it is kept beside the one that is put back.
    pub broken: Option<ConfigError>,
    seen: Seen,
    settings: Settings,
}

/// A copy was put back.
#[derive(Debug)]
pub struct Undone {
    pub document: Arc<ConfigDocument>,
    /// The copy of what the file was until now, so that the undoing can be undone.
    pub kept: Option<PathBuf>,
    /// The same where it could not be used.
    pub broken: Option<PathBuf>,
}

/// Why no copy was looked at or put back. The file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    #[error("{source}")]
    Config {
        #[source]
        source: ConfigError,
    },
    #[error("there is no copy of {} yet; the first one is kept before the next change", .path.display())]
    NoBackup { path: PathBuf },
    #[error("{} says the same as its copies, so there is nothing to undo", .path.display())]
    NothingToUndo { path: PathBuf },
    #[error("there is no copy number {number}, the oldest is number {count}; see the list of copies")]
    NoSuchBackup { number: usize, count: usize },
    #[error("the copy {} cannot be used: {source}; choose another one", .path.display())]
    CopyBroken {
        path: PathBuf,
        #[source]
        source: DocumentError,
    },
    #[error("the copy {} could not be read: {source}; choose another one", .path.display())]
    CopyUnreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} was changed meanwhile, so it was left alone; look at the differences again", .path.display())]
    ChangedMeanwhile { path: PathBuf },
}

impl From<ConfigError> for UndoError {
    fn from(source: ConfigError) -> Self {
        Self::Config { source }
    }
}

/// What was there when somebody looked.
#[derive(Debug)]
enum Seen {
    Nothing,
    Document(Box<ConfigDocument>),
    Broken { fingerprint: String },
}

impl Seen {
    /// Whether what a person agreed to is still what would be done. Sessions come and go meanwhile.
    fn is_still(&self, now: &Self) -> bool {
        match (self, now) {
            (Self::Nothing, Self::Nothing) => true,
            (Self::Document(then), Self::Document(now)) => then.is_same_but_sessions(now),
            (Self::Broken { fingerprint: then }, Self::Broken { fingerprint: now }) => then == now,
            _ => false,
        }
    }

    fn document(&self) -> Option<&ConfigDocument> {
        match self {
            Self::Document(document) => Some(document),
            Self::Nothing | Self::Broken { .. } => None,
        }
    }
}

/// The file of now.
struct Present {
    seen: Seen,
    metadata: Option<Metadata>,
    broken: Option<ConfigError>,
}

impl SharedConfigFile {
    /// The copies of the file, newest first.
    ///
    /// # Errors
    /// [`ConfigError`] where the folder cannot be read.
    pub fn backups(&self) -> Result<Vec<Backup>, ConfigError> {
        backup::list(&self.path).map_err(|error| self.fault("read", error))
    }

    /// What changed since a copy was made; where all say the same, there is no difference to the newest.
    ///
    /// # Errors
    /// [`UndoError`].
    pub fn compare(&self, which: &Which) -> Result<Comparison, UndoError> {
        let present = self.read_blocking()?;
        let (backup, copy) = match self.choose(which, Some(&present)) {
            Err(UndoError::NothingToUndo { .. }) => self.choose(&Which::Number(1), None)?,
            chosen => chosen?,
        };
        let differences = copy.differences(&present);
        Ok(Comparison { backup, differences })
    }

    /// What [`SharedConfigFile::undo`] would do. `settings` say which sessions this computer still has.
    ///
    /// # Errors
    /// [`UndoError`].
    pub fn plan_undo(&self, which: &Which, settings: &Settings) -> Result<UndoPlan, UndoError> {
        let place = resolve(&self.path).map_err(|error| self.fault("read", error))?;
        let present = self.present(&place)?;
        let (backup, copy) = self.choose(which, present.seen.document())?;
        let today = present.seen.document().cloned().unwrap_or_else(nothing);
        let differences = today.differences(&restored(&copy, &today, settings));
        let servers = copy.config().servers.iter().map(|server| server.name.clone());
        Ok(UndoPlan {
            servers: servers.collect(),
            backup,
            differences,
            broken: present.broken,
            seen: present.seen,
            settings: settings.clone(),
        })
    }

    /// Puts the copy back that was planned, as one write under the lock, and keeps what is there now beside it. Sessions are never
    /// rolled back: see [`ConfigDocument::with_sessions_of`]. A session that is younger than the copy comes back with its next refresh, by
    /// what is noted in `settings`. This alone replaces a file that does not parse, because a person asked for it.
    ///
    /// # Errors
    /// [`UndoError`], also where the file is another one than was planned for.
    pub fn undo(&self, plan: &UndoPlan, settings: &SettingsFile) -> Result<Undone, UndoError> {
        let (place, mut lock) = self.begin()?;
        let present = self.present(&place)?;
        if !plan.seen.is_still(&present.seen) {
            let path = self.path.clone();
            return Err(UndoError::ChangedMeanwhile { path });
        }
        let copy = read_copy(&plan.backup.path)?;
        let today = present.seen.document();
        let nothing = nothing();
        let document = restored(&copy, today.unwrap_or(&nothing), &plan.settings);
        if today.is_some_and(|today| today.text() == document.text()) {
            return Err(self.nothing_to_undo());
        }
        self.refuse_read_only(&place, present.metadata.as_ref())?;
        let failed = |error| self.fault("backed up", error);
        let kept = today.map(|today| backup::keep(&self.path, today.text()));
        let kept = kept.transpose().map_err(failed)?;
        let broken = present.broken.is_some();
        let broken = broken.then(|| backup::keep_broken(&self.path, &place.file));
        let broken = broken.transpose().map_err(failed)?;
        note_sessions_to_come(&document, today.unwrap_or(&nothing), settings);
        let document = self.finish(&place, &mut lock, document)?;
        // Only now: until here the copy that was put back had to stay.
        if let Err(error) = backup::thin(&self.path) {
            tracing::debug!(%error, "copies that are no longer needed were not removed");
        }
        Ok(Undone { document, kept, broken })
    }

    fn present(&self, place: &Place) -> Result<Present, ConfigError> {
        let read = read::document(&self.path, &place.file, None);
        let error = match read {
            Ok(None) => {
                return Ok(Present {
                    seen: Seen::Nothing,
                    metadata: None,
                    broken: None,
                });
            }
            Ok(Some((document, metadata))) => {
                return Ok(Present {
                    seen: Seen::Document(Box::new(Arc::unwrap_or_clone(document))),
                    metadata: Some(metadata),
                    broken: None,
                });
            }
            Err(error @ (ConfigError::Broken { .. } | ConfigError::TooBig { .. })) => error,
            Err(error) => return Err(error),
        };
        let metadata = std::fs::metadata(&place.file).map_err(|error| self.fault("read", error))?;
        Ok(Present {
            seen: Seen::Broken {
                fingerprint: fingerprint(&metadata),
            },
            metadata: Some(metadata),
            broken: Some(error),
        })
    }

    fn choose(&self, which: &Which, present: Option<&ConfigDocument>) -> Result<(Backup, ConfigDocument), UndoError> {
        let mut copies = self.backups()?;
        if copies.is_empty() && !matches!(which, Which::File(_)) {
            let path = self.path.clone();
            return Err(UndoError::NoBackup { path });
        }
        match which {
            Which::Differing => {
                let differs = |copy: &ConfigDocument| {
                    let says_else =
                        |present: &ConfigDocument| !copy.differences(present).iter().all(Difference::is_session);
                    present.is_none_or(says_else)
                };
                for backup in copies.into_iter().filter(|backup| backup.servers.is_some()) {
                    let copy = read_copy(&backup.path)?;
                    if differs(&copy) {
                        return Ok((backup, copy));
                    }
                }
                Err(self.nothing_to_undo())
            }
            Which::Number(number) => {
                let count = copies.len();
                let at = number.checked_sub(1).filter(|at| *at < count);
                let at = at.ok_or(UndoError::NoSuchBackup { number: *number, count })?;
                let backup = copies.swap_remove(at);
                let copy = read_copy(&backup.path)?;
                Ok((backup, copy))
            }
            Which::File(path) => {
                let copy = read_copy(path)?;
                Ok((backup::describe(&self.path, path.clone()), copy))
            }
        }
    }

    fn nothing_to_undo(&self) -> UndoError {
        let path = self.path.clone();
        UndoError::NothingToUndo { path }
    }
}

fn read_copy(path: &Path) -> Result<ConfigDocument, UndoError> {
    let (bytes, _) = read::bytes(path).map_err(|source| UndoError::CopyUnreadable {
        path: path.to_owned(),
        source,
    })?;
    read::parse(bytes).map_err(|source| UndoError::CopyBroken {
        path: path.to_owned(),
        source,
    })
}

fn restored(copy: &ConfigDocument, today: &ConfigDocument, settings: &Settings) -> ConfigDocument {
    copy.with_sessions_of(today, |past| is_held(past, settings))
}

/// Whether the session that a copy holds is one that this computer still has, and shares with other tools.
fn is_held(past: &ServerProfile, settings: &Settings) -> bool {
    let Some(record) = settings.sessions.get(&past.id) else {
        return false;
    };
    let place = ServerProfile {
        url: record.url.clone(),
        domain_id: record.domain_id.clone(),
        ..past.clone()
    };
    past.is_same_place(&place)
        && past.auth.as_ref().is_some_and(|auth| auth.user_id == record.user_id)
        && settings.sharing.get(&past.id) != Some(&Sharing::None)
}

/// A profile that comes back without the session that this computer has by now is one that it has yet to reach; it would look as if
/// another program had taken it out.
fn note_sessions_to_come(restored: &ConfigDocument, today: &ConfigDocument, settings: &SettingsFile) {
    let servers = restored.config().servers.iter();
    let back = servers.filter(|server| server.auth.is_none() && today.config().server(&server.id).is_none());
    let back: Vec<&ServerProfile> = back.collect();
    if back.is_empty() {
        return;
    }
    let noted = settings.update_blocking(|settings| {
        for server in back {
            if let Some(record) = settings.sessions.get_mut(&server.id) {
                record.shared = false;
            }
        }
    });
    if let Err(error) = noted {
        tracing::warn!(%error, "a session may show as taken out by another program");
    }
}

/// Where there is no file that can be read, there is nothing of today.
fn nothing() -> ConfigDocument {
    ConfigDocument::new()
}
