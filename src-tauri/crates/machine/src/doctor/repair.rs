//! What can be mended without a person: only what loses nothing.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use accounts::ports::ConfigError;

use super::autostart;
use super::leftovers;
use crate::agent::{AgentError, AgentPlace, clear_stale_socket};
use crate::{SharedConfigFile, new_file, platform};

/// A repair that a check offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Repair {
    /// Takes the rights of others from files and folders.
    Close { paths: Vec<PathBuf> },
    /// Removes temporary files that a killed program left.
    RemoveLeftovers { paths: Vec<PathBuf> },
    /// Sets the `id` of each profile to its key.
    CorrectIds { config_dir: PathBuf },
    /// Removes a socket at which nobody listens.
    ClearSocket { place: AgentPlace },
    /// Has the autostart entry name a program that is there.
    Autostart { entry: PathBuf, program: PathBuf },
}

/// Why a repair was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum RepairError {
    #[error("{}: {source}", .path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{source}")]
    Config {
        #[source]
        source: ConfigError,
    },
    #[error("{source}")]
    Agent {
        #[source]
        source: AgentError,
    },
}

impl Repair {
    /// Does it. What has changed since it was offered is looked at again first.
    pub fn perform(&self) -> Result<(), RepairError> {
        match self {
            Self::Close { paths } => each(paths, platform::close_to_others),
            Self::RemoveLeftovers { paths } => each(paths, |path| match leftovers::is_one(path) {
                true => fs::remove_file(path),
                false => Ok(()),
            }),
            Self::CorrectIds { config_dir } => {
                let corrected = SharedConfigFile::new(config_dir).update_blocking(|document| {
                    document.correct_ids();
                    Ok(())
                });
                corrected.map(drop).map_err(|source| RepairError::Config { source })
            }
            Self::ClearSocket { place } => clear_stale_socket(place).map_err(|source| RepairError::Agent { source }),
            Self::Autostart { entry, program } => each(std::slice::from_ref(entry), |entry| {
                let text = autostart::with_program(&fs::read_to_string(entry)?, program);
                replace(entry, &text)
            }),
        }
    }
}

/// One that cannot be mended keeps no other from it; the first such one is told.
fn each(paths: &[PathBuf], act: impl Fn(&Path) -> io::Result<()>) -> Result<(), RepairError> {
    let mut result = Ok(());
    for path in paths {
        if let Err(source) = act(path) {
            let path = path.clone();
            result = result.and(Err(RepairError::Io { path, source }));
        }
    }
    result
}

/// What a link leads to is replaced, not the link.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = &path.canonicalize()?;
    let mut temp = new_file::temporary(path.parent().unwrap_or(Path::new(".")))?;
    temp.write_all(text.as_bytes())?;
    temp.as_file().set_permissions(fs::metadata(path)?.permissions())?;
    temp.persist(path).map(drop).map_err(|error| error.error)
}
