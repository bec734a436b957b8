//! `refresh`: a new token, even where the old one is good.

use accounts::Why;
use accounts::ports::Clock;
use machine::SystemClock;
use serde_json::json;

use crate::arguments::Meant;
use crate::environment::Environment;
use crate::error::CliError;
use crate::{door, output, selection};

/// The token itself is not shown: `token` is there for that.
pub(super) fn run(meant: &Meant, environment: &Environment, json: bool) -> Result<(), CliError> {
    let document = environment.read_shared_file()?;
    let id = selection::choose(meant.server.as_deref(), environment, document.config())?;
    door::open(environment, async |accounts| {
        let auth = door::in_time(accounts.refresh(&id, Why::Asked)).await?;
        let left = output::span(auth.expires_at.saturating_sub(SystemClock.now()));
        output::line(&format!("Refreshed {id}; its token is good for {left}."));
        if json {
            output::json(&json!({"server": id, "expiresAt": auth.expires_at}))?;
        }
        Ok(())
    })
}
