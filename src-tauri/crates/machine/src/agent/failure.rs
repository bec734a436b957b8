use std::io;
use std::path::PathBuf;
use std::time::Duration;

use accounts::{AccountsError, FailureKind};

/// Why the agent did not do it. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AgentRefusal {
    /// A stable word for programs, [`AccountsError::code`]'s mostly.
    pub code: String,
    /// What happened and what to do, as a sentence.
    pub message: String,
    /// How long the server asked to be left alone.
    pub retry_after: Option<Duration>,
}

impl AgentRefusal {
    pub(super) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            retry_after: None,
        }
    }

    /// Sorts the failure as [`AccountsError::kind`] does; `None` for a word that this version does not know.
    pub fn kind(&self) -> Option<FailureKind> {
        Some(match self.code.as_str() {
            "invalid_email" | "invalid_code" | "no_code_requested" | "too_soon" => FailureKind::Usage,
            "unknown_server" | "invalid_server" | "config_unusable" | "settings_unusable" | "busy"
            | "unknown_domain" | "wrong_domain" => FailureKind::Configuration,
            "signed_out" | "sign_in_needed" | "invalid_token" | "code_invalid" | "code_expired" => FailureKind::SignIn,
            "offline" | "not_an_auth_server" | "refused" | "bad_token" => FailureKind::Network,
            "locked" | "store_unavailable" => FailureKind::Store,
            "rate_limited" | "code_attempts_exceeded" => FailureKind::RateLimited,
            _ => return None,
        })
    }
}

impl From<&AccountsError> for AgentRefusal {
    fn from(error: &AccountsError) -> Self {
        let retry_after = match error {
            AccountsError::Api { source } => source.retry_after(),
            _ => None,
        };
        Self {
            retry_after,
            ..Self::new(error.code(), error.problem().message)
        }
    }
}

/// Why a client has nothing from an agent.
#[derive(Debug, thiserror::Error)]
pub enum AgentFailure {
    /// Nobody that can be trusted answers there. Go on without.
    #[error("no agent answers at {}; start flowstate-tray to have one", .socket.display())]
    NoAgent {
        socket: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The agent that answers there speaks for another config folder. Go on without.
    #[error("{message}")]
    OtherConfig { message: String },
    /// The agent works on it and has not come to an end.
    #[error("the agent at {} has not answered within {} s; try again later", .socket.display(), .after.as_secs())]
    Silent { socket: PathBuf, after: Duration },
    #[error("{source}")]
    Refused {
        #[source]
        source: AgentRefusal,
    },
}

impl AgentFailure {
    /// Whether the caller should do by itself what it asked for.
    pub fn go_on_without(&self) -> bool {
        matches!(self, Self::NoAgent { .. } | Self::OtherConfig { .. })
    }
}

#[cfg(test)]
mod tests {
    use accounts::ports::{ApiError, NetworkFault, VaultError};
    use auth_core::ServerUrl;
    use auth_core::wire::GrantReason;

    use super::*;

    #[test]
    fn a_refusal_is_sorted_as_its_error_was() {
        let url = || ServerUrl::parse("https://a.example").unwrap();
        let id = || "prod".to_owned();
        let api = [
            ApiError::Network {
                url: url(),
                fault: NetworkFault::Cut,
            },
            ApiError::NotAnAuthServer {
                url: url(),
                detail: String::new(),
            },
            ApiError::Unauthorized { url: url() },
            ApiError::ApiTokenRefused { url: url() },
            ApiError::InvalidGrant {
                reason: GrantReason::Reused,
            },
            ApiError::RateLimited {
                retry_after: Some(Duration::from_secs(7)),
            },
            ApiError::UnknownDomain { domain_id: id() },
            ApiError::BadToken { what: "w" },
        ];
        let store = [VaultError::Locked, VaultError::Absent, VaultError::WrongPassphrase];
        let errors = api
            .map(AccountsError::from)
            .into_iter()
            .chain(store.map(AccountsError::from))
            .chain([
                AccountsError::NoSuchServer { id: id() },
                AccountsError::SignedOut { id: id() },
                AccountsError::SignInNeeded { reason: id() },
            ]);
        for error in errors {
            let refusal = AgentRefusal::from(&error);
            assert_eq!(refusal.kind(), Some(error.kind()), "{error}");
            assert_eq!(refusal.retry_after.is_some(), refusal.code == "rate_limited", "{error}");
        }
        assert_eq!(AgentRefusal::new("brand_new", "").kind(), None);
    }
}
