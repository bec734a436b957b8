use std::io;
use std::path::PathBuf;
use std::time::Duration;

use accounts::{AccountsError, StoreKind};
use auth_core::ServerUrlError;
use machine::{AgentRefusal, BundleError, PathsError, StoreOptionsError, UndoError};

use crate::exit::Exit;

/// Why a command was not done. Every message says what happened and what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error("{}", source.problem().message)]
    Accounts { source: AccountsError },
    /// The running app says so.
    #[error("{source}")]
    Agent { source: AgentRefusal },
    #[error("$FLOWSTATE_AUTH_URL: {source}.")]
    AuthUrl {
        #[source]
        source: ServerUrlError,
    },
    #[error("{missing} Input is no terminal, so nobody can be asked: {remedy}.")]
    CannotAsk {
        missing: &'static str,
        remedy: &'static str,
    },
    #[error("The input ended before there was {wanted}. Nothing was changed; try again.")]
    InputEnded { wanted: &'static str },
    #[error("There is no server yet. Add one: flowstate-auth server add ID --url URL.")]
    NoServers,
    #[error("No server is chosen. Name one with --server ID, or choose the default: flowstate-auth server use ID.")]
    NoServerChosen,
    #[error("There is no server {id}, which {named_by} names. See the list: flowstate-auth server list.")]
    UnknownServer { id: String, named_by: String },
    #[error(
        "{} could not be read, so it is not known which server this project means: {what}. Mend it, or name the server with --server ID.", .path.display()
    )]
    Project { path: PathBuf, what: String },
    #[error("{program} could not be run: {source}. See whether it is there, and how it is spelled.")]
    CannotRun {
        program: String,
        #[source]
        source: io::Error,
    },
    /// No copy of the shared file was looked at or put back.
    #[error("{source}.")]
    Undo { source: UndoError },
    #[error("Nothing was changed.")]
    NotConfirmed,
    #[error("{source}.")]
    Bundle { source: BundleError },
    #[error("{source}.")]
    StoreOptions {
        #[source]
        source: StoreOptionsError,
    },
    #[error(
        "FLOWSTATE_CREDENTIAL_STORE says {}, and it would go on to count. Unset it, then choose a store.", .kind.name()
    )]
    StoreFixed { kind: StoreKind },
    #[error("{source}.")]
    Paths {
        #[source]
        source: PathsError,
    },
    #[error("${name} is set to what is no line of text; set it anew, or unset it.")]
    Variable { name: &'static str },
    #[error(
        "Nothing came of it within {} s, so it was given up: the server is silent, or another program keeps the session locked. Try again later.", .after.as_secs()
    )]
    Deadline { after: Duration },
    #[error("The input could not be read: {source}. Try again.")]
    Input {
        #[source]
        source: io::Error,
    },
    #[error("The answer could not be written: {source}. See where the output goes.")]
    Output {
        #[source]
        source: io::Error,
    },
    #[error("{} could not be written: {source}. See what lies there and who may write it.", .path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("This program could not start its work: {source}. See whether the machine is out of memory or threads.")]
    Runtime {
        #[source]
        source: io::Error,
    },
}

impl CliError {
    /// The exit code of the cause.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Accounts { source } => source.kind().into(),
            Self::Agent { source } => source.kind().map_or(Exit::OurFault, Exit::from),
            Self::CannotAsk { .. }
            | Self::InputEnded { .. }
            | Self::CannotRun { .. }
            | Self::NotConfirmed
            | Self::StoreFixed { .. } => Exit::Usage,
            Self::Input { source } if source.kind() == io::ErrorKind::InvalidData => Exit::Usage,
            Self::NoServers
            | Self::NoServerChosen
            | Self::UnknownServer { .. }
            | Self::AuthUrl { .. }
            | Self::Project { .. }
            | Self::Undo { .. }
            | Self::StoreOptions { .. }
            | Self::Paths { .. }
            | Self::Variable { .. } => Exit::Configuration,
            Self::Deadline { .. } => Exit::Network,
            Self::Bundle {
                source: BundleError::Exists { .. },
            } => Exit::Usage,
            Self::Bundle { .. }
            | Self::Input { .. }
            | Self::Output { .. }
            | Self::Write { .. }
            | Self::Runtime { .. } => Exit::OurFault,
        }
    }

    /// A stable word for programs.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Accounts { source } => source.code(),
            Self::Agent { source } => &source.code,
            Self::AuthUrl { .. } => "invalid_server",
            Self::CannotAsk { .. } | Self::InputEnded { .. } | Self::StoreFixed { .. } => "usage",
            Self::Input { source } if source.kind() == io::ErrorKind::InvalidData => "usage",
            Self::NoServers | Self::NoServerChosen => "no_server",
            Self::UnknownServer { .. } => "unknown_server",
            Self::CannotRun { .. } => "cannot_run",
            Self::Undo {
                source: UndoError::NothingToUndo { .. },
            } => "nothing_to_undo",
            Self::Undo {
                source: UndoError::NoBackup { .. } | UndoError::NoSuchBackup { .. },
            } => "no_backup",
            Self::Undo {
                source: UndoError::ChangedMeanwhile { .. },
            } => "changed_meanwhile",
            Self::Undo { .. } => "config_unusable",
            Self::NotConfirmed => "not_confirmed",
            Self::Project { .. } | Self::StoreOptions { .. } | Self::Paths { .. } | Self::Variable { .. } => {
                "config_unusable"
            }
            Self::Deadline { .. } => "offline",
            Self::Bundle {
                source: BundleError::Exists { .. },
            } => "exists",
            Self::Bundle { .. }
            | Self::Input { .. }
            | Self::Output { .. }
            | Self::Write { .. }
            | Self::Runtime { .. } => "internal",
        }
    }
}

impl<E: Into<AccountsError>> From<E> for CliError {
    fn from(source: E) -> Self {
        Self::Accounts { source: source.into() }
    }
}
