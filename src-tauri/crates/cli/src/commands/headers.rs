//! `headers`: what an MCP client sends that calls a command for its headers.

use serde_json::json;

use crate::arguments::Wanted;
use crate::error::CliError;
use crate::{bearer, output};

/// It is JSON with `--json` and without.
pub(super) fn run(wanted: &Wanted) -> Result<(), CliError> {
    let bearer = bearer::find(wanted)?;
    output::json(&json!({"Authorization": format!("Bearer {}", bearer.token.expose())}))
}
