//! The person at the other end of stdin, if there is one.

use std::io::{self, BufRead, IsTerminal, Read};

use crate::error::CliError;
use crate::output;

/// Longer than anything that is asked for.
const LONGEST_LINE: u64 = 4096;

/// Whether somebody can be asked.
pub(crate) fn is_there() -> bool {
    io::stdin().is_terminal()
}

/// Asks on stderr, so that stdout stays for data.
///
/// # Errors
/// The input has ended or cannot be read.
pub(crate) fn ask(question: &str, wanted: &'static str) -> Result<String, CliError> {
    output::question(question);
    read_line(wanted)
}

/// One line of stdin without its end.
///
/// # Errors
/// The input has ended or cannot be read.
pub(crate) fn read_line(wanted: &'static str) -> Result<String, CliError> {
    let mut line = String::new();
    let read = io::stdin().lock().take(LONGEST_LINE).read_line(&mut line);
    match read {
        Ok(0) => Err(CliError::InputEnded { wanted }),
        Ok(_) => Ok(line.trim().to_owned()),
        Err(source) => Err(CliError::Input { source }),
    }
}
