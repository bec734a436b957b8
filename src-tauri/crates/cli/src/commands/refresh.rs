//! `refresh`: a new token, even where the old one is good.

use accounts::Why;
use accounts::ports::Clock;
use machine::SystemClock;
use serde_json::json;

use crate::arguments::Meant;
use crate::environment::{Environment, Instead};
use crate::error::CliError;
use crate::{agent, bearer, door, output, selection};

/// The token itself is not shown: `token` is there for that.
pub(super) fn run(meant: &Meant, environment: &Environment, json: bool) -> Result<(), CliError> {
    let document = environment.read_shared_file()?;
    let id = selection::choose(meant.server.as_deref(), environment, document.config())?;
    let expires_at = match agent::refresh(environment, &id)? {
        Some(token) => token.expires_at,
        None => door::open(environment, async |accounts| {
            let auth = door::in_time(accounts.refresh(&id, Why::Asked)).await?;
            door::tell_servers(&accounts).await;
            Ok(auth.expires_at)
        })?,
    };
    let left = output::span(expires_at.saturating_sub(SystemClock.now()));
    output::line(&format!("Refreshed {id}; its token is good for {left}."));
    bearer::remind(Instead::look().ok().flatten().as_ref());
    if json {
        output::json(&json!({"server": id, "expiresAt": expires_at}))?;
    }
    Ok(())
}
