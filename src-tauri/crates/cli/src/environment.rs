//! The only place of this program that reads variables and the current folder.

use std::path::PathBuf;
use std::sync::Arc;

use auth_core::Secret;
use auth_core::config::ConfigDocument;
use machine::{CredentialStore, Paths, SharedConfigFile, StoreOptions};

use crate::error::CliError;
use crate::terminal;

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
    /// There is no home folder, or a variable that cannot be read.
    pub(crate) fn look() -> Result<Self, CliError> {
        Ok(Self {
            paths: Paths::from_env().map_err(|source| CliError::Paths { source })?,
            server: variable("FLOWSTATE_SERVER")?,
            folder: std::env::current_dir().ok(),
            home: std::env::home_dir(),
            log: wants_log(),
            // Whoever wants JSON is a program.
            may_ask: terminal::is_there() && !std::env::args_os().any(|word| word == "--json"),
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
    pub(crate) fn read_shared_file(&self) -> Result<Arc<ConfigDocument>, CliError> {
        Ok(SharedConfigFile::new(self.paths.config_dir()).read_blocking()?)
    }
}

/// Variables that stand in for a profile.
#[derive(Debug)]
pub(crate) enum Instead {
    /// `$FLOWSTATE_AUTH_TOKEN`: a bearer that somebody else looks after.
    Bearer(Secret),
    /// `$FLOWSTATE_API_TOKEN` with `$FLOWSTATE_AUTH_URL`: the token is exchanged at that address.
    ApiToken { token: Secret, url: String },
}

impl Instead {
    pub(crate) const BEARER: &str = "FLOWSTATE_AUTH_TOKEN";
    pub(crate) const API_TOKEN: &str = "FLOWSTATE_API_TOKEN";
    pub(crate) const URL: &str = "FLOWSTATE_AUTH_URL";

    /// What stands in for the profiles, if anything: the bearer before the API token.
    ///
    /// # Errors
    /// A variable cannot be read; whoever set it does not mean a person's own session.
    pub(crate) fn look() -> Result<Option<Self>, CliError> {
        if let Some(bearer) = variable(Self::BEARER)? {
            return Ok(Some(Self::Bearer(Secret::new(bearer))));
        }
        let (Some(token), Some(url)) = (variable(Self::API_TOKEN)?, variable(Self::URL)?) else {
            return Ok(None);
        };
        let token = Secret::new(token);
        Ok(Some(Self::ApiToken { token, url }))
    }

    /// The variable that a person set for it.
    pub(crate) fn variable(&self) -> &'static str {
        match self {
            Self::Bearer(_) => Self::BEARER,
            Self::ApiToken { .. } => Self::API_TOKEN,
        }
    }
}

/// Whether the person set this variable for the programs they start.
pub(crate) fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Whether `$FLOWSTATE_LOG` asks for a log.
pub(crate) fn wants_log() -> bool {
    is_set("FLOWSTATE_LOG")
}

/// A variable that says something. What goes into a header as it is must not end its line.
fn variable(name: &'static str) -> Result<Option<String>, CliError> {
    let Some(value) = std::env::var_os(name) else {
        return Ok(None);
    };
    match value.to_str().map(str::trim) {
        Some(text) if !text.contains(char::is_control) => Ok((!text.is_empty()).then(|| text.to_owned())),
        _ => Err(CliError::Variable { name }),
    }
}
