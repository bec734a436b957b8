use accounts::profile::ProfileError;
use accounts::{AccountsError, ServerForm};
use auth_core::ServerId;

use crate::arguments::AddArguments;
use crate::environment::Environment;
use crate::error::CliError;
use crate::{door, output};

pub(super) fn run(typed: &AddArguments, environment: &Environment, json: bool) -> Result<(), CliError> {
    // The rules make up an id where none is given; here one is always given.
    let id = ServerId::parse(&typed.id)
        .map_err(|source| ProfileError::Id { source })
        .map_err(|source| AccountsError::Form { source })?;
    let text = |typed: &Option<String>| typed.clone().unwrap_or_default();
    let form = ServerForm {
        id: id.to_string(),
        name: text(&typed.name),
        url: typed.url.clone(),
        domain_id: text(&typed.domain),
    };
    door::open(environment, async |accounts| {
        door::in_time(accounts.add_server(&form)).await?;
        output::line(&format!("Added {id}. Sign in with: flowstate-auth login --server {id}"));
        if json { super::print(&accounts, &id) } else { Ok(()) }
    })
}
