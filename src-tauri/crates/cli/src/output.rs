//! Data goes to stdout, words for people to stderr.

use std::io::{self, ErrorKind, Write};

use accounts::SignedOut;
use serde::Serialize;
use serde_json::json;

use crate::error::CliError;

/// Writes data to stdout as it is. A reader that has gone away has had enough: that is no failure.
pub(crate) fn data(text: &str) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(source) if source.kind() != ErrorKind::BrokenPipe => Err(CliError::Output { source }),
        _ => Ok(()),
    }
}

/// One line of JSON on stdout.
pub(crate) fn json(value: &impl Serialize) -> Result<(), CliError> {
    let line = serde_json::to_string(value).map_err(|error| CliError::Output { source: error.into() })?;
    data(&format!("{line}\n"))
}

/// Data as a table for eyes.
pub(crate) fn table(text: &str) -> Result<(), CliError> {
    data(&printable(text))
}

/// A line for people.
pub(crate) fn line(text: &str) {
    said(writeln!(io::stderr(), "{}", printable(text)));
}

/// A question: no line end, the answer follows it.
pub(crate) fn question(text: &str) {
    let mut stderr = io::stderr();
    said(write!(stderr, "{}", printable(text)).and_then(|()| stderr.flush()));
}

/// Names and addresses come from a file that others write; none of them commands the terminal, or turns what follows around.
fn printable(text: &str) -> String {
    let hidden = |c: char| (c.is_control() && c != '\n') || accounts::is_hidden(c);
    text.chars().map(|c| if hidden(c) { '\u{fffd}' } else { c }).collect()
}

/// The work was done, but something about it should be known.
pub(crate) fn warning(text: &str) {
    line(&format!("flowstate-auth: warning: {text}"));
}

/// A sign-out that is done here only.
pub(crate) fn untold(signed_out: &SignedOut) {
    if let Some(text) = signed_out.untold() {
        warning(&text);
    }
}

/// A span of time in its two largest units, as a person says it.
pub(crate) fn span(millis: u64) -> String {
    let seconds = millis / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// Why the work was not done: a sentence on stderr, and with `--json` a line on stdout too.
pub(crate) fn failure(error: &CliError, json: bool) {
    line(&format!("flowstate-auth: {error}"));
    if json {
        failure_json(error.code(), &error.to_string());
    }
}

pub(crate) fn failure_json(code: &str, message: &str) {
    if let Err(error) = json(&json!({"ok": false, "code": code, "message": message})) {
        line(&format!("flowstate-auth: {error}"));
    }
}

/// Where stderr is closed there is nobody left to tell.
fn said(written: io::Result<()>) {
    drop(written);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_shown_commands_the_terminal_or_turns_others_around() {
        assert_eq!(printable("a\u{1b}[2J\u{202e}b\u{200b}\u{2028}c\r\n"), "a�[2J�b��c�\n");
        for name in ["Köln", "می\u{200c}خواهم", "👩\u{200d}💻", "خادم الإنتاج"] {
            assert_eq!(printable(name), name);
        }
    }
}
