use auth_core::config::DocumentError;
use auth_core::{EmailError, VerificationCodeError};

use crate::ports::{ApiError, ConfigError, LockError, SettingsError, VaultError};
use crate::profile::ProfileError;
use crate::session::conflict_text;
use crate::sign_in::StepError;
use crate::{Conflict, Problem, StoreKind};

/// Why something a person asked for was not done. Every message says what happened and what to do.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    #[error("there is no server {id}; see the list of servers, or add it")]
    NoSuchServer { id: String },
    #[error("you are signed out of {id}; sign in first")]
    SignedOut { id: String },
    #[error("{reason}")]
    SignInNeeded { reason: String },
    /// Another program changed the shared file so that something of ours would be lost.
    #[error("{reason}")]
    Conflict { conflict: Conflict, reason: String },
    #[error("there is nothing to decide about {id}; see flowstate-auth status")]
    NothingToSettle { id: String },
    /// What was typed cannot be a server.
    #[error("{source}")]
    Form { source: ProfileError },
    /// What the shared file holds cannot be spoken to.
    #[error("{source}")]
    Profile { source: ProfileError },
    #[error("{source}")]
    Email { source: EmailError },
    #[error("{source}")]
    Code { source: VerificationCodeError },
    #[error("{source}")]
    Step { source: StepError },
    #[error("{source}")]
    Api { source: ApiError },
    #[error("{source}")]
    Vault { source: VaultError },
    #[error("{source}")]
    Config { source: ConfigError },
    #[error("{source}")]
    Lock { source: LockError },
    #[error("{source}")]
    Settings { source: SettingsError },
    /// Not the one that was to be moved from.
    #[error("sessions are kept in the {} now, because somebody has moved them meanwhile; look again and decide anew", .kind.noun())]
    StoreElsewhere { kind: StoreKind },
    /// The store that is to be moved from.
    #[error(
        "what is kept in the {} could not be moved, because it does not open here; see to it that it does (at the desktop, say) and try again, or leave it behind with --without-moving and sign in anew", .kind.noun()
    )]
    StoreOutOfReach { kind: StoreKind, source: VaultError },
    #[error("this is no list of servers that this app has exported; choose another file")]
    NotAnExport,
    /// Switching to a protected server has to be meant.
    #[error("{id} is protected; confirm that you want to switch to it")]
    Protected { id: String },
    /// The store that was to be moved to.
    #[error("the {} did not give back what was put into it, so nothing was moved; try again, or choose another store", .kind.noun())]
    StoreUnproven { kind: StoreKind },
}

/// What kind of failure it is, for exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The person typed something that cannot be.
    Usage,
    /// No such server, or the shared file cannot be used.
    Configuration,
    /// A sign-in is needed.
    SignIn,
    /// The server cannot be reached, or has a fault.
    Network,
    /// The credential store is locked or absent.
    Store,
    /// The server asked to be left alone for a while.
    RateLimited,
}

impl AccountsError {
    /// A server that left the shared file while somebody is signed in to it.
    pub fn vanished(id: &str) -> Self {
        let conflict = Conflict::Vanished;
        Self::Conflict {
            reason: conflict_text(id, &conflict),
            conflict,
        }
    }

    /// Sorts the failure.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Form { .. }
            | Self::Email { .. }
            | Self::Code { .. }
            | Self::Step { .. }
            | Self::Protected { .. }
            | Self::NotAnExport
            | Self::NothingToSettle { .. } => FailureKind::Usage,
            Self::Conflict {
                conflict: Conflict::Vanished,
                ..
            } => FailureKind::Configuration,
            Self::NoSuchServer { .. }
            | Self::Profile { .. }
            | Self::Config { .. }
            | Self::Lock { .. }
            | Self::StoreElsewhere { .. }
            | Self::Settings { .. } => FailureKind::Configuration,
            Self::SignedOut { .. } | Self::SignInNeeded { .. } | Self::Conflict { .. } => FailureKind::SignIn,
            Self::Vault {
                source: VaultError::Unchosen { .. },
            } => FailureKind::Configuration,
            Self::Vault { .. } | Self::StoreOutOfReach { .. } | Self::StoreUnproven { .. } => FailureKind::Store,
            Self::Api { source } => match source {
                ApiError::RateLimited { .. } | ApiError::CodeAttemptsExceeded => FailureKind::RateLimited,
                ApiError::InvalidGrant { .. }
                | ApiError::Unauthorized { .. }
                | ApiError::ApiTokenRefused { .. }
                | ApiError::CodeInvalid { .. }
                | ApiError::CodeExpired => FailureKind::SignIn,
                ApiError::InvalidEmail => FailureKind::Usage,
                ApiError::UnknownDomain { .. } | ApiError::WrongDomain { .. } => FailureKind::Configuration,
                _ => FailureKind::Network,
            },
        }
    }

    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchServer { .. } => "unknown_server",
            Self::SignedOut { .. } => "signed_out",
            Self::SignInNeeded { .. } => "sign_in_needed",
            Self::Conflict { .. } => "conflict",
            Self::NothingToSettle { .. } => "nothing_to_settle",
            Self::Protected { .. } => "protected",
            Self::NotAnExport => "not_an_export",
            Self::Form { .. } | Self::Profile { .. } => "invalid_server",
            Self::Email { .. } => "invalid_email",
            Self::Code { .. } => "invalid_code",
            Self::Step {
                source: StepError::NoCodeRequested,
            } => "no_code_requested",
            Self::Step {
                source: StepError::TooSoon { .. },
            } => "too_soon",
            Self::Vault {
                source: VaultError::Locked | VaultError::PassphraseNeeded | VaultError::WrongPassphrase,
            }
            | Self::StoreOutOfReach {
                source: VaultError::Locked,
                ..
            } => "locked",
            Self::Vault {
                source: VaultError::Unchosen { .. },
            } => "settings_unusable",
            Self::Vault { .. } | Self::StoreOutOfReach { .. } | Self::StoreUnproven { .. } => "store_unavailable",
            Self::Config { .. } => "config_unusable",
            Self::Settings { .. } => "settings_unusable",
            Self::Lock { .. } | Self::StoreElsewhere { .. } => "busy",
            Self::Api { source } => match source {
                ApiError::Network { .. } | ApiError::ServerFault { .. } => "offline",
                ApiError::NotAnAuthServer { .. } => "not_an_auth_server",
                ApiError::Refused { .. } => "refused",
                ApiError::NotOffered { .. } => "server_too_old",
                ApiError::Unauthorized { .. } | ApiError::InvalidGrant { .. } => "sign_in_needed",
                ApiError::ApiTokenRefused { .. } => "invalid_token",
                ApiError::CodeInvalid { .. } => "code_invalid",
                ApiError::CodeExpired => "code_expired",
                ApiError::CodeAttemptsExceeded => "code_attempts_exceeded",
                ApiError::RateLimited { .. } => "rate_limited",
                ApiError::InvalidEmail => "invalid_email",
                ApiError::UnknownDomain { .. } => "unknown_domain",
                ApiError::WrongDomain { .. } => "wrong_domain",
                ApiError::BadToken { .. } => "bad_token",
            },
        }
    }

    /// For the page and `--json`.
    pub fn problem(&self) -> Problem {
        let field = match self {
            Self::Form { source } | Self::Profile { source } => Some(source.field()),
            Self::Email { .. }
            | Self::Api {
                source: ApiError::InvalidEmail,
            } => Some("email"),
            Self::Code { .. }
            | Self::Api {
                source: ApiError::CodeInvalid { .. } | ApiError::CodeExpired | ApiError::CodeAttemptsExceeded,
            } => Some("code"),
            Self::Api {
                source: ApiError::UnknownDomain { .. },
            } => Some("domainId"),
            _ => None,
        };
        Problem {
            code: self.code(),
            message: sentence(&self.to_string()),
            field,
        }
    }
}

impl Problem {
    /// Of a store a person wants to know more than the contract has words for.
    pub fn of_store(fault: VaultError) -> Self {
        let finer = match fault {
            VaultError::Absent => Some("store_absent"),
            VaultError::WrongPassphrase => Some("wrong_passphrase"),
            _ => None,
        };
        let problem = AccountsError::from(fault).problem();
        Self {
            code: finer.unwrap_or(problem.code),
            ..problem
        }
    }
}

/// Errors begin small, as the custom is; people get a sentence.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    // An address keeps its case.
    let begins_with_address = text.starts_with("http://") || text.starts_with("https://");
    let mut out: String = match chars.next() {
        Some(first) if !begins_with_address => first.to_uppercase().chain(chars).collect(),
        _ => text.to_owned(),
    };
    if !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

macro_rules! wraps {
    ($($variant:ident <- $source:ty),* $(,)?) => {$(
        impl From<$source> for AccountsError {
            fn from(source: $source) -> Self {
                Self::$variant { source }
            }
        }
    )*};
}

wraps!(
    Profile <- ProfileError,
    Email <- EmailError,
    Code <- VerificationCodeError,
    Step <- StepError,
    Api <- ApiError,
    Vault <- VaultError,
    Lock <- LockError,
    Settings <- SettingsError,
);

impl From<ConfigError> for AccountsError {
    /// An edit that named no server of the file is about the server, not about the file.
    fn from(source: ConfigError) -> Self {
        match source {
            ConfigError::Refused {
                source: DocumentError::NoSuchServer { id },
            } => Self::NoSuchServer { id },
            ConfigError::Refused {
                source: DocumentError::ServerExists { id },
            } => Self::Form {
                source: ProfileError::IdTaken { id },
            },
            source => Self::Config { source },
        }
    }
}
