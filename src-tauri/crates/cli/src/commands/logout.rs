//! `logout`: ends sessions at the server and here.

use std::sync::Arc;

use accounts::{Accounts, Conflict, SessionState, SignedOut};
use auth_core::ServerId;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::arguments::LogoutArguments;
use crate::environment::Environment;
use crate::error::CliError;
use crate::exit::Exit;
use crate::{door, output, selection};

pub(super) fn run(typed: &LogoutArguments, environment: &Environment, json: bool) -> Result<Exit, CliError> {
    let document = environment.read_shared_file()?;
    if typed.all {
        return door::open(environment, async |accounts| {
            let exit = all(&accounts, json).await?;
            door::tell_servers(&accounts).await;
            Ok(exit)
        });
    }
    let id = selection::choose(typed.meant.server.as_deref(), environment, document.config())?;
    door::open(environment, async |accounts| {
        let signed_out = end(&accounts, &id, door::in_time(accounts.sign_out(&id)).await)?;
        say(&id, &signed_out);
        if json {
            output::json(&as_json(&id, &signed_out))?;
        }
        door::tell_servers(&accounts).await;
        Ok(Exit::Done)
    })
}

/// All at once, because a server that is silent takes half a minute. One that fails keeps no other from being tried.
async fn all(accounts: &Arc<Accounts>, json: bool) -> Result<Exit, CliError> {
    let snapshot = accounts.snapshot();
    let ids: Vec<ServerId> = snapshot
        .servers
        .iter()
        .map(|server| ServerId::existing(&server.id))
        .collect();
    let mut under_way = JoinSet::new();
    for (place, (id, server)) in ids.iter().cloned().zip(&snapshot.servers).enumerate() {
        let accounts = accounts.clone();
        // Of a server that another program took off the list there is a session here still.
        let vanished = server.conflict == Some(Conflict::Vanished);
        under_way.spawn(async move {
            let ended = match vanished {
                true => door::in_time(accounts.settle(&id, false)).await,
                false => door::in_time(accounts.sign_out(&id)).await,
            };
            let ended = end(&accounts, &id, ended);
            (place, ended)
        });
    }
    if ids.is_empty() {
        output::line("There is no server, so nobody is signed in.");
    }
    let mut results: Vec<Option<Result<SignedOut, CliError>>> = ids.iter().map(|_| None).collect();
    while let Some(ended) = under_way.join_next().await {
        let (place, result) = ended.map_err(|error| match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(stopped) => CliError::Runtime { source: stopped.into() },
        })?;
        match &result {
            Ok(signed_out) => say(&ids[place], signed_out),
            Err(error) => output::line(&format!("flowstate-auth: {} is still signed in. {error}", ids[place])),
        }
        results[place] = Some(result);
    }
    let mut exit = Exit::Done;
    let mut list = Vec::new();
    for (id, result) in ids.iter().zip(results.into_iter().flatten()) {
        list.push(match &result {
            Ok(signed_out) => as_json(id, signed_out),
            Err(error) => {
                if exit == Exit::Done {
                    exit = error.exit();
                }
                json!({"server": id, "ok": false, "code": error.code(), "message": error.to_string()})
            }
        });
    }
    if json {
        output::json(&list)?;
    }
    Ok(exit)
}

/// A server that is silent is given up on, but then the session has ended here.
fn end(accounts: &Accounts, id: &ServerId, ended: Result<SignedOut, CliError>) -> Result<SignedOut, CliError> {
    let Err(CliError::Deadline { .. }) = ended else {
        return ended;
    };
    let snapshot = accounts.snapshot();
    let server = snapshot.servers.iter().find(|server| server.id == id.as_str());
    let is_out = server.is_none_or(|server| server.state == SessionState::SignedOut);
    match is_out && snapshot.sign_outs_waiting.iter().any(|waiting| waiting == id.as_str()) {
        true => Ok(SignedOut::HereOnly {
            reason: "It did not answer in time.".to_owned(),
            again: true,
        }),
        false => ended,
    }
}

fn say(id: &ServerId, signed_out: &SignedOut) {
    output::line(&format!("Signed out of {id}."));
    output::untold(signed_out);
}

fn as_json(id: &ServerId, signed_out: &SignedOut) -> Value {
    let reason = match signed_out {
        SignedOut::Everywhere => None,
        SignedOut::HereOnly { reason, .. } => Some(reason),
    };
    json!({"server": id, "everywhere": reason.is_none(), "reason": reason})
}
