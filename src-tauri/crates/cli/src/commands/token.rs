//! `token`: an access token for another program.

use serde_json::json;

use crate::arguments::Wanted;
use crate::error::CliError;
use crate::{bearer, output};

pub(super) fn run(wanted: &Wanted, json: bool) -> Result<(), CliError> {
    let bearer = bearer::find(wanted)?;
    let token = bearer.token.expose();
    if json {
        return output::json(&json!({
            "accessToken": token, "expiresAt": bearer.expires_at, "server": bearer.server,
        }));
    }
    output::data(&format!("{token}\n"))
}
