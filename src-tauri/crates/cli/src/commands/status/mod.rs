//! `status`: who is signed in where.

mod text;
mod timeline;

use std::time::Duration;

use accounts::ports::Clock;
use accounts::{ServerView, SessionState, StoreKind};
use auth_core::ServerId;
use machine::{AgentStatus, SystemClock};
use serde_json::{Value, json};

pub(super) use text::{state, store};

use crate::arguments::StatusArguments;
use crate::environment::{Environment, Instead};
use crate::error::CliError;
use crate::exit::Exit;
use crate::{agent, bearer, door, output, selection};

/// Ends as `token` would for the server that is meant, and finds that out in the same way.
pub(super) fn run(typed: &StatusArguments, environment: &Environment, json: bool) -> Result<Exit, CliError> {
    let flag = typed.meant.server.as_deref();
    let document = environment.read_shared_file()?;
    if typed.timeline {
        return timeline::run(flag, environment, document.config(), json).map(|()| Exit::Done);
    }
    let chosen = match selection::choose(flag, environment, document.config()) {
        Err(error) if flag.is_some() => return Err(error),
        chosen => chosen,
    };
    // A server that was named is looked at whatever else is handed out.
    let instead = if flag.is_none() { bearer::instead(None)? } else { None };
    let mut running = agent::status(environment);
    let found = match (&instead, chosen) {
        (Some(instead), _) => Found::Outcome(handed_out(instead)),
        (None, Ok(id)) if running.is_none() => Found::ToDo(id),
        (None, chosen) => ask_agent(chosen, environment),
    };
    if running.is_some() {
        // What it was asked for may have changed what it sees.
        running = agent::status(environment);
    }
    door::open(environment, async |accounts| {
        let outcome = match found {
            Found::Outcome(outcome) => outcome,
            Found::ToDo(id) => {
                let token = door::in_time(accounts.access_token(&id, Duration::ZERO)).await;
                token.map(drop)
            }
        };
        // Where the network fails, it fails for all.
        let network = outcome
            .as_ref()
            .err()
            .is_some_and(|error| error.exit() == Exit::Network);
        if !network {
            door::tell_servers(&accounts).await;
        }
        let snapshot = accounts.snapshot();
        let shown = snapshot
            .servers
            .iter()
            .filter(|server| flag.is_none_or(|id| id == server.id));
        let mut shown: Vec<ServerView> = shown.map(|server| as_seen(server.clone(), running.as_ref())).collect();
        for server in &mut shown {
            if running.is_none() && server.clock_skew.is_none() && server.has_session() {
                server.clock_skew = timeline::last_skew(&accounts.timeline(&ServerId::existing(&server.id)).await);
            }
        }
        if json {
            output::json(&json!({
                "servers": shown.iter().map(as_json).collect::<Vec<Value>>(),
                "agent": {"running": running.is_some(), "pid": running.as_ref().map(|agent| agent.pid)},
                "environment": instead.as_ref().map(Instead::variable),
                "signOutsWaiting": snapshot.sign_outs_waiting,
            }))?;
        } else {
            let now = SystemClock.now();
            let mut table: String = shown.iter().map(|server| text::of(server, now)).collect();
            for server in &snapshot.sign_outs_waiting {
                table += &format!(
                    "  {server} has yet to hear that you signed out; it is told as soon as it can be reached\n"
                );
            }
            output::table(&table)?;
        }
        bearer::remind(instead.as_ref());
        Ok(match outcome {
            Ok(()) => Exit::Done,
            Err(error) => {
                output::line(&format!("flowstate-auth: {error}"));
                error.exit()
            }
        })
    })
}

/// What is known of the server that is meant before `accounts` is opened.
enum Found {
    Outcome(Result<(), CliError>),
    /// There is nobody to ask.
    ToDo(ServerId),
}

fn ask_agent(chosen: Result<ServerId, CliError>, environment: &Environment) -> Found {
    let asked = chosen.and_then(|id| Ok((agent::token(environment, &id, Duration::ZERO)?, id)));
    match asked {
        Ok((None, id)) => Found::ToDo(id),
        Ok((Some(_), _)) => Found::Outcome(Ok(())),
        Err(error) => Found::Outcome(Err(error)),
    }
}

/// Whether there is something to hand out.
fn handed_out(instead: &Instead) -> Result<(), CliError> {
    match instead {
        Instead::Bearer(_) => Ok(()),
        Instead::ApiToken { token, url } => bearer::exchanged(token, url, Duration::ZERO).map(drop),
    }
}

/// The running app knows more of a session than a program that has just begun: what it tried, and what it keeps in memory.
pub(super) fn as_seen(mut server: ServerView, agent: Option<&AgentStatus>) -> ServerView {
    let seen = agent.and_then(|agent| agent.servers.iter().find(|seen| seen.id == server.id));
    if let Some(seen) = seen {
        let state = STATES.into_iter().find(|(_, word)| *word == seen.state);
        if let Some((state, _)) = state.filter(|(state, _)| *state != server.state) {
            // Why, it does not say.
            (server.state, server.reason) = (state, None);
        }
        server.expires_at = seen.expires_at;
        server.clock_skew = seen.clock_skew;
        server.store = StoreKind::from_name(&seen.store).unwrap_or(server.store);
    }
    server
}

const STATES: [(SessionState, &str); 7] = [
    (SessionState::SignedOut, "signed_out"),
    (SessionState::SignedIn, "signed_in"),
    (SessionState::Refreshing, "refreshing"),
    (SessionState::Offline, "offline"),
    (SessionState::Expired, "expired"),
    (SessionState::SignInNeeded, "sign_in_needed"),
    (SessionState::Locked, "locked"),
];

fn as_json(server: &ServerView) -> Value {
    json!({
        "id": server.id,
        "name": server.name,
        "url": server.url,
        "domainId": server.domain_id,
        "active": server.active,
        "state": server.settled_state(SystemClock.now()),
        "email": server.email,
        "userId": server.user_id,
        "expiresAt": server.expires_at,
        "store": server.store,
        "sharing": server.sharing,
        "clockSkew": server.clock_skew,
        "conflict": server.conflict,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_word() {
        for (state, word) in STATES {
            assert_eq!(serde_json::to_value(state).unwrap(), word);
        }
    }
}
