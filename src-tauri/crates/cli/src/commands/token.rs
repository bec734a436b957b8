//! `token`: an access token for another program. A fresh one costs no more than reading the shared file.

use accounts::plan;
use accounts::ports::Clock;
use auth_core::Secret;
use auth_core::config::StoredAuth;
use machine::SystemClock;
use serde_json::json;

use crate::arguments::TokenArguments;
use crate::environment::Environment;
use crate::error::CliError;
use crate::{door, output, selection};

pub(crate) fn run(typed: &TokenArguments, environment: &Environment, json: bool) -> Result<(), CliError> {
    let document = environment.read_shared_file()?;
    let config = document.config();
    let id = selection::choose(typed.meant.server.as_deref(), environment, config)?;
    let min_ttl = typed.min_ttl();
    let stored = config.server(id.as_str()).and_then(|profile| profile.auth.as_ref());
    if let Some(auth) = stored.filter(|auth| plan::fresh_enough(auth, SystemClock.now(), min_ttl)) {
        return print(id.as_str(), auth, json);
    }
    door::open(environment, async |accounts| {
        let auth = door::in_time(accounts.access_token(&id, min_ttl)).await?;
        print(id.as_str(), &auth, json)
    })
}

/// The bearer of `$FLOWSTATE_AUTH_TOKEN`, of which nobody here knows when it ends or which server it is for.
pub(crate) fn print_static(bearer: &Secret, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(&json!({"accessToken": bearer.expose(), "expiresAt": null, "server": null}));
    }
    output::data(&format!("{}\n", bearer.expose()))
}

fn print(server: &str, auth: &StoredAuth, json: bool) -> Result<(), CliError> {
    let token = auth.access_token.expose();
    if json {
        return output::json(&json!({"accessToken": token, "expiresAt": auth.expires_at, "server": server}));
    }
    output::data(&format!("{token}\n"))
}
