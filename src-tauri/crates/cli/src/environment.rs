//! The only place of this program that reads variables and the current folder.

use std::path::PathBuf;

use auth_core::Secret;
use auth_core::config::ConfigDocument;
use machine::{CredentialStore, Paths, SharedConfigFile, StoreOptions};

use crate::error::CliError;

/// What surrounds this process, as far as it decides anything.
#[derive(Debug)]
pub(crate) struct Environment {
    pub paths: Paths,
    /// `$FLOWSTATE_SERVER`.
    pub server: Option<String>,
    /// `None` where the current folder was removed; then one stands in no project.
    pub folder: Option<PathBuf>,
    pub home: Option<PathBuf>,
    /// `$FLOWSTATE_LOG` asks for a log.
    pub log: bool,
    /// Whether a person is there who may be asked for a passphrase.
    pub may_ask: bool,
}

impl Environment {
    /// Looks once.
    ///
    /// # Errors
    /// There is no home folder.
    pub(crate) fn look() -> Result<Self, CliError> {
        Ok(Self {
            paths: Paths::from_env().map_err(|source| CliError::Paths { source })?,
            server: variable("FLOWSTATE_SERVER"),
            folder: std::env::current_dir().ok(),
            home: std::env::home_dir(),
            log: variable("FLOWSTATE_LOG").is_some(),
            may_ask: false,
        })
    }

    /// Where secrets are kept, as variables and settings say.
    ///
    /// # Errors
    /// A variable names no store.
    pub(crate) fn credential_store(&self) -> Result<CredentialStore, CliError> {
        let options = StoreOptions::from_env().map_err(|source| CliError::StoreOptions { source })?;
        Ok(CredentialStore::open(&self.paths, options))
    }

    /// The shared file as it is now, read without an async runtime.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn read_shared_file(&self) -> Result<ConfigDocument, CliError> {
        Ok(SharedConfigFile::new(self.paths.config_dir()).read_blocking()?)
    }
}

/// `$FLOWSTATE_AUTH_TOKEN`: a bearer that somebody else looks after.
pub(crate) fn static_bearer() -> Option<Secret> {
    variable("FLOWSTATE_AUTH_TOKEN").map(Secret::new)
}

/// A variable that says something.
fn variable(name: &str) -> Option<String> {
    let value = std::env::var(name).ok()?.trim().to_owned();
    (!value.is_empty()).then_some(value)
}
