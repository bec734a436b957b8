use auth_core::ServerId;

use crate::environment::Environment;
use crate::error::CliError;
use crate::{door, output};

pub(super) fn run(id: &str, environment: &Environment, json: bool) -> Result<(), CliError> {
    let id = ServerId::existing(id);
    door::open(environment, async |accounts| {
        door::in_time(accounts.switch_server(&id)).await?;
        output::line(&format!("{id} is the default server now."));
        if json { super::print(&accounts, &id) } else { Ok(()) }
    })
}
