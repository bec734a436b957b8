//! flowstate-auth: one file per command, text and JSON.

mod agent;
mod arguments;
mod bearer;
mod commands;
mod door;
mod environment;
mod error;
mod exit;
mod output;
mod passphrase;
mod project;
mod selection;
mod terminal;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::arguments::Arguments;
use crate::exit::Exit;

/// Does what this process was called for, with its arguments, environment and standard streams.
pub fn run() -> ExitCode {
    let typed: Vec<OsString> = std::env::args_os().collect();
    let arguments = match Arguments::try_parse_from(&typed) {
        Ok(arguments) => arguments,
        Err(error) => return refused(error, &typed).into(),
    };
    let exit = match commands::run(&arguments) {
        Ok(exit) => exit,
        Err(error) => {
            output::failure(&error, arguments.json);
            error.exit()
        }
    };
    exit.into()
}

/// Help and version are asked for; everything else is a usage error.
fn refused(mut error: clap::Error, typed: &[OsString]) -> Exit {
    if !error.use_stderr() {
        return match output::data(&error.render().to_string()) {
            Ok(()) => Exit::Done,
            Err(error) => error.exit(),
        };
    }
    // A stray word may be a code or a token that lost its option; it is not repeated.
    let stray =
        matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(word)) if !word.starts_with('-'));
    if error.kind() == ErrorKind::UnknownArgument && stray {
        error.insert(ContextKind::InvalidArg, ContextValue::String("…".to_owned()));
    }
    let text = error.render().to_string();
    output::line(text.trim_end());
    // What follows a bare -- is for another program.
    let mut ours = typed.iter().take_while(|word| *word != "--");
    if ours.any(|word| word == "--json") {
        let first = text.lines().next().unwrap_or_default();
        output::failure_json("usage", first.trim_start_matches("error: "));
    }
    Exit::Usage
}
