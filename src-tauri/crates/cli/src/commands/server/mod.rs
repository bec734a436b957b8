//! `server …`: the list of servers.

mod add;
mod edit;
mod list;
mod remove;
mod rename;
mod settle;
mod share;
mod use_default;

use accounts::{Accounts, AccountsError, ServerForm};
use auth_core::ServerId;
use auth_core::config::{FlowstateConfig, ServerProfile};
use serde_json::{Value, json};

use crate::arguments::ServerCommand;
use crate::environment::Environment;
use crate::error::CliError;
use crate::output;

pub(super) fn run(command: &ServerCommand, environment: &Environment, json: bool) -> Result<(), CliError> {
    // A file that cannot be read is reported as such, not as a server that is missing.
    let document = environment.read_shared_file()?;
    let config = document.config();
    match command {
        ServerCommand::Add(typed) => add::run(typed, environment, json),
        ServerCommand::List => list::run(config, json),
        ServerCommand::Share { id, what } => share::run(existing(config, id)?, *what, environment, json),
        ServerCommand::Settle(typed) => settle::run(typed, environment, json),
        ServerCommand::Use { id } => use_default::run(id, environment, json),
        ServerCommand::Remove { id } => remove::run(id, environment, json),
        ServerCommand::Rename { id, new_id } => rename::run(existing(config, id)?, new_id, environment, json),
        ServerCommand::Edit(typed) => edit::run(existing(config, &typed.id)?, typed, environment, json),
    }
}

fn existing<'a>(config: &'a FlowstateConfig, id: &str) -> Result<&'a ServerProfile, CliError> {
    let profile = config.server(id);
    profile.ok_or_else(|| AccountsError::NoSuchServer { id: id.to_owned() }.into())
}

/// The form that changes nothing.
fn form_of(profile: &ServerProfile) -> ServerForm {
    ServerForm {
        id: profile.id.clone(),
        name: profile.name.clone(),
        url: profile.url.clone(),
        domain_id: profile.domain_id.clone(),
    }
}

/// What became of a server, for programs.
fn print(accounts: &Accounts, id: &ServerId) -> Result<(), CliError> {
    let snapshot = accounts.snapshot();
    let server = snapshot.server(id.as_str());
    let server = server.ok_or_else(|| AccountsError::NoSuchServer { id: id.to_string() })?;
    output::json(&as_json(
        &server.id,
        &server.name,
        &server.url,
        &server.domain_id,
        server.active,
    ))
}

fn as_json(id: &str, name: &str, url: &str, domain_id: &str, active: bool) -> Value {
    json!({"id": id, "name": name, "url": url, "domainId": domain_id, "active": active})
}
