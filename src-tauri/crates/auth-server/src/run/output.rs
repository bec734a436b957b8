//! What goes to stdout.

use std::io::Write;

use serde::Serialize;

use super::RunError;

/// A line of text.
pub fn line(text: &str) -> Result<(), RunError> {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{text}")
        .and_then(|()| stdout.flush())
        .map_err(|source| RunError::Output { source })
}

/// A JSON document.
pub fn json(value: &impl Serialize) -> Result<(), RunError> {
    let text = serde_json::to_string_pretty(value).map_err(|source| RunError::Output { source: source.into() })?;
    line(&text)
}
