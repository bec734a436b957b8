//! One file per command.

mod login;
mod logout;
mod server;
mod status;
mod store;
mod token;

use crate::arguments::{Arguments, Command};
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
    // Before anything is looked at: a static bearer touches nothing.
    if let Command::Token(_) = arguments.command
        && let Some(bearer) = crate::environment::static_bearer()
    {
        return token::print_static(&bearer, json).map(done);
    }
    let environment = Environment {
        may_ask: !json && crate::terminal::is_there(),
        ..Environment::look()?
    };
    match &arguments.command {
        Command::Server { command } => server::run(command, &environment, json).map(done),
        Command::Login(typed) => login::run(typed, &environment, json).map(done),
        Command::Logout { meant } => logout::run(meant, &environment, json).map(done),
        Command::Token(typed) => token::run(typed, &environment, json).map(done),
        Command::Status { meant } => status::run(meant, &environment, json),
        Command::Store { command } => store::run(command, &environment, json).map(done),
    }
}
