//! `exec`: another program with a token in its environment, and nothing of this one left beside it.

use std::convert::Infallible;
use std::process::Command;

use crate::arguments::ExecArguments;
use crate::bearer;
use crate::environment::{self, Instead};
use crate::error::CliError;

const REST_URL: &str = "FLOWSTATE_REST_URL";
const MCP_URL: &str = "FLOWSTATE_MCP_URL";

/// Comes back only with what went wrong before the program ran.
pub(super) fn run(typed: &ExecArguments) -> Result<Infallible, CliError> {
    let bearer = bearer::find(&typed.wanted)?;
    let (program, words) = typed.program();
    let mut command = Command::new(program);
    command.args(words).env(Instead::BEARER, bearer.token.expose());
    if let Some(place) = bearer.place {
        for (name, url) in [(REST_URL, place.url), (MCP_URL, place.mcp_url)] {
            // Whoever named another address means it.
            if !environment::is_set(name) {
                command.env(name, url);
            }
        }
    }
    let source = become_it(command);
    Err(CliError::CannotRun {
        program: program.to_string_lossy().into_owned(),
        source,
    })
}

/// The program takes this process's place, so signals and its end are its own.
#[cfg(unix)]
fn become_it(mut command: Command) -> std::io::Error {
    std::os::unix::process::CommandExt::exec(&mut command)
}

/// There is no taking a place here: it is waited for, and its exit code is ours.
#[cfg(not(unix))]
fn become_it(mut command: Command) -> std::io::Error {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}
