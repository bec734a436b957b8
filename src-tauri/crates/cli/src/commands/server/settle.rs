use auth_core::ServerId;
use serde_json::json;

use crate::arguments::SettleArguments;
use crate::environment::Environment;
use crate::error::CliError;
use crate::{door, output};

/// The server need not be in the shared file: that it vanished from there may be what is to be settled.
pub(super) fn run(typed: &SettleArguments, environment: &Environment, json: bool) -> Result<(), CliError> {
    let id = ServerId::existing(&typed.id);
    door::open(environment, async |accounts| {
        let signed_out = door::in_time(accounts.settle(&id, typed.ours)).await?;
        output::line(&match typed.ours {
            true => format!("Put back: the session of {id} is this computer's again."),
            false => format!("The other program's change stands; this computer's session of {id} is ended."),
        });
        output::untold(&signed_out);
        if json {
            output::json(&json!({"server": id, "kept": if typed.ours { "ours" } else { "theirs" }}))?;
        }
        Ok(())
    })
}
