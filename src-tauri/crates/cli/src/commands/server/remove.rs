use auth_core::ServerId;
use serde_json::json;

use crate::environment::Environment;
use crate::error::CliError;
use crate::{door, output};

pub(super) fn run(id: &str, environment: &Environment, json: bool) -> Result<(), CliError> {
    let id = ServerId::existing(id);
    door::open(environment, async |accounts| {
        let signed_out = door::in_time(accounts.remove_server(&id)).await?;
        output::line(&format!("Removed {id}."));
        output::untold(&signed_out);
        if json {
            output::json(&json!({"id": id}))?;
        }
        if accounts.snapshot().active_server_id.is_none() && !accounts.snapshot().servers.is_empty() {
            output::line("It was the default server; choose another: flowstate-auth server use ID");
        }
        Ok(())
    })
}
