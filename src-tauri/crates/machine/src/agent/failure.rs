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
    pub(super) kind: Option<FailureKind>,
}

impl AgentRefusal {
    pub(super) fn new(code: &str, kind: Option<FailureKind>, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            retry_after: None,
            kind,
        }
    }

    /// Sorts the failure as [`AccountsError::kind`] does; `None` for a fault of the agent, or a sort that this version does not know.
    pub fn kind(&self) -> Option<FailureKind> {
        self.kind
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
            ..Self::new(error.code(), Some(error.kind()), error.problem().message)
        }
    }
}

/// How a sort of failures is called on the wire.
const KINDS: [(FailureKind, &str); 6] = [
    (FailureKind::Usage, "usage"),
    (FailureKind::Configuration, "configuration"),
    (FailureKind::SignIn, "sign_in"),
    (FailureKind::Network, "network"),
    (FailureKind::Store, "store"),
    (FailureKind::RateLimited, "rate_limited"),
];

pub(super) fn kind_name(kind: FailureKind) -> Option<&'static str> {
    KINDS.iter().find(|(known, _)| *known == kind).map(|(_, name)| *name)
}

pub(super) fn kind_of(name: &str) -> Option<FailureKind> {
    KINDS.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
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
    use accounts::Conflict;
    use accounts::ports::{ApiError, VaultError};
    use auth_core::ServerUrl;

    use super::*;
    use crate::agent::wire;

    #[test]
    fn a_failure_means_the_same_at_the_other_end() {
        let url = || ServerUrl::parse("https://a.example").unwrap();
        let (id, reason) = ("prod".to_owned(), String::new());
        for error in [
            AccountsError::from(ApiError::ApiTokenRefused { url: url() }),
            AccountsError::from(ApiError::NotAnAuthServer {
                url: url(),
                detail: String::new(),
            }),
            AccountsError::from(ApiError::RateLimited {
                retry_after: Some(Duration::from_secs(7)),
            }),
            AccountsError::from(VaultError::Absent),
            AccountsError::NothingToSettle { id: id.clone() },
            AccountsError::NoSuchServer { id },
            // One code, two sorts.
            AccountsError::Conflict {
                conflict: Conflict::Vanished,
                reason: reason.clone(),
            },
            AccountsError::Conflict {
                conflict: Conflict::Replaced {
                    theirs: reason.clone(),
                    ours: reason.clone(),
                },
                reason,
            },
        ] {
            let line = wire::refused(&AgentRefusal::from(&error));
            let refusal = wire::read::<wire::Done>(&line).unwrap().unwrap_err();
            assert_eq!((&*refusal.code, refusal.kind()), (error.code(), Some(error.kind())));
            assert_eq!(refusal.message, error.problem().message);
            assert_eq!(refusal.retry_after.is_some(), refusal.code == "rate_limited");
        }
        let newer = br#"{"ok":false,"code":"brand_new","message":"m","kind":"brand_new"}"#;
        assert_eq!(wire::read::<wire::Done>(newer).unwrap().unwrap_err().kind(), None);
    }
}
