//! One file per command.

mod completions;
mod config;
mod doctor;
mod exec;
mod headers;
mod login;
mod logout;
mod man;
mod refresh;
mod server;
mod status;
mod store;
mod token;
mod which;

use crate::agent;
use crate::arguments::{Arguments, Command, ConfigCommand, ServerCommand};
use crate::environment::Environment;
use crate::error::CliError;
use crate::exit::Exit;

/// Does what was typed.
///
/// # Errors
/// Why it was not done.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit, CliError> {
    let json = arguments.json;
    let done = |()| Exit::Done;
    match &arguments.command {
        Command::Server {
            command: command @ ServerCommand::List,
        } => server::run(command, &Environment::look()?, json).map(done),
        Command::Server { command } => changing(|environment| server::run(command, environment, json)).map(done),
        Command::Login(typed) => changing(|environment| login::run(typed, environment, json)).map(done),
        Command::Logout(typed) => changing(|environment| logout::run(typed, environment, json)),
        Command::Config {
            command: command @ ConfigCommand::Undo { .. },
        } => changing(|environment| config::run(command, environment, json)).map(done),
        Command::Config { command } => config::run(command, &Environment::look()?, json).map(done),
        Command::Doctor(typed) => doctor::run(typed, &Environment::look()?, json),
        Command::Token(wanted) => token::run(wanted, json).map(done),
        Command::Headers(wanted) => headers::run(wanted).map(done),
        Command::Exec(typed) => exec::run(typed).map(|never| match never {}),
        Command::Refresh { meant } => refresh::run(meant, &Environment::look()?, json).map(done),
        Command::Status(typed) => status::run(typed, &Environment::look()?, json),
        Command::Which { meant } => which::run(meant, json).map(done),
        Command::Completions { shell } => completions::run(*shell, json).map(done),
        Command::Man(typed) => man::run(typed, json).map(done),
        Command::Store { command } => changing(|environment| store::run(command, environment, json)).map(done),
    }
}

/// Work that the running app should see at once.
fn changing<T>(work: impl FnOnce(&Environment) -> Result<T, CliError>) -> Result<T, CliError> {
    let environment = Environment::look()?;
    let done = work(&environment)?;
    agent::tell(&environment);
    Ok(done)
}
