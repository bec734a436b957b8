use accounts::profile::ProfileError;
use accounts::{AccountsError, ServerForm};
use auth_core::ServerId;
use auth_core::config::ServerProfile;

use crate::environment::Environment;
use crate::error::CliError;
use crate::{door, output};

pub(super) fn run(
    profile: &ServerProfile,
    new_id: &str,
    environment: &Environment,
    json: bool,
) -> Result<(), CliError> {
    let old = ServerId::existing(&profile.id);
    let new = ServerId::parse(new_id)
        .map_err(|source| ProfileError::Id { source })
        .map_err(|source| AccountsError::Form { source })?;
    let mut form = ServerForm {
        id: new.to_string(),
        ..super::form_of(profile)
    };
    // A server that is called by its id goes on being called by its id.
    if profile.name == profile.id {
        form.name = new.to_string();
    }
    door::open(environment, async |accounts| {
        door::in_time(accounts.edit_server(&old, &form)).await?;
        output::line(&format!("{old} is called {new} now."));
        if json { super::print(&accounts, &new) } else { Ok(()) }
    })
}
