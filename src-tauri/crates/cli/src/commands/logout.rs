//! `logout`: ends the session at the server and here.

use accounts::SignedOut;
use serde_json::json;

use crate::arguments::Meant;
use crate::environment::Environment;
use crate::error::CliError;
use crate::{door, output, selection};

pub(crate) fn run(meant: &Meant, environment: &Environment, json: bool) -> Result<(), CliError> {
    let document = environment.read_shared_file()?;
    let id = selection::choose(meant.server.as_deref(), environment, document.config())?;
    door::open(environment, async |accounts| {
        let signed_out = door::in_time(accounts.sign_out(&id)).await?;
        output::line(&format!("Signed out of {id}."));
        output::untold(&signed_out);
        let reason = match &signed_out {
            SignedOut::Everywhere => None,
            SignedOut::HereOnly { reason, .. } => Some(reason),
        };
        if json {
            output::json(&json!({"server": id, "everywhere": reason.is_none(), "reason": reason}))?;
        }
        Ok(())
    })
}
