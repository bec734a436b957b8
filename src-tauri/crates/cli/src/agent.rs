//! The running tray app. Where there is one it is the one refresher, so it is asked before anything is done here.

use std::time::Duration;

use accounts::FailureKind;
use auth_core::{Secret, ServerId, ServerUrl};
use machine::{AgentClient, AgentFailure, AgentPlace, AgentStatus, AgentToken, Paths};

use crate::door::DEADLINE;
use crate::environment::{self, Environment};
use crate::error::CliError;

/// Variables that name another credential store than the agent may have.
const OWN_STORE: [&str; 2] = ["FLOWSTATE_CREDENTIAL_STORE", "FLOWSTATE_STORE_PASSPHRASE_FILE"];

/// A token of a session with `min_ttl` left; `None` where this program has to see for itself.
///
/// # Errors
/// What the agent says: it would be no different here.
pub(crate) fn token(
    environment: &Environment,
    id: &ServerId,
    min_ttl: Duration,
) -> Result<Option<AgentToken>, CliError> {
    answer(client(&environment.paths).token(Some(id), min_ttl))
}

/// The same after a refresh of even a good token.
///
/// # Errors
/// As [`token`].
pub(crate) fn refresh(environment: &Environment, id: &ServerId) -> Result<Option<AgentToken>, CliError> {
    answer(client(&environment.paths).refresh(Some(id)))
}

/// An access token for an API token, which the agent remembers.
///
/// # Errors
/// As [`token`].
pub(crate) fn exchange(url: &ServerUrl, token: &Secret, min_ttl: Duration) -> Result<Option<AgentToken>, CliError> {
    // A machine without a profile may have no home folder either, and then nobody listens in it.
    match Paths::from_env() {
        Ok(paths) => answer(client(&paths).exchange(url, token, min_ttl)),
        Err(_) => Ok(None),
    }
}

/// What it says of itself, if there is one.
pub(crate) fn status(environment: &Environment) -> Option<AgentStatus> {
    client(&environment.paths).status().ok()
}

/// Tells it that something was changed, so that it is seen there at once.
pub(crate) fn tell(environment: &Environment) {
    if let Err(failure) = client(&environment.paths).reload() {
        // Where there is one, its file watch brings it the news a moment later.
        tracing::debug!(%failure, "the agent was not told");
    }
}

fn client(paths: &Paths) -> AgentClient {
    AgentClient::new(AgentPlace::from_env(paths)).with_patience(DEADLINE)
}

fn answer(answered: Result<AgentToken, AgentFailure>) -> Result<Option<AgentToken>, CliError> {
    match answered {
        Ok(token) => Ok(Some(token)),
        Err(failure) if failure.go_on_without() => Ok(None),
        Err(AgentFailure::Refused { source }) => {
            let own_store = OWN_STORE.iter().any(|name| environment::is_set(name));
            if is_final(source.kind(), own_store) {
                Err(CliError::Agent { source })
            } else {
                Ok(None)
            }
        }
        Err(_) => Err(CliError::Deadline { after: DEADLINE }),
    }
}

/// An agent of another version may have faults and words of its own, and another store than ours may hold what we look for.
fn is_final(kind: Option<FailureKind>, own_store: bool) -> bool {
    match kind {
        None => false,
        Some(FailureKind::Store | FailureKind::SignIn) => !own_store,
        Some(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_no_different_here_is_final() {
        for (kind, with_the_same_store, with_another) in [
            (None, false, false),
            (Some(FailureKind::Network), true, true),
            (Some(FailureKind::RateLimited), true, true),
            (Some(FailureKind::Configuration), true, true),
            (Some(FailureKind::SignIn), true, false),
            (Some(FailureKind::Store), true, false),
        ] {
            assert_eq!(is_final(kind, false), with_the_same_store, "{kind:?}");
            assert_eq!(is_final(kind, true), with_another, "{kind:?}");
        }
    }
}
