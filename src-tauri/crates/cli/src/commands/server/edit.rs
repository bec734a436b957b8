use accounts::ServerForm;
use auth_core::ServerId;
use auth_core::config::ServerProfile;

use crate::arguments::EditArguments;
use crate::environment::Environment;
use crate::error::CliError;
use crate::{door, output};

pub(super) fn run(
    profile: &ServerProfile,
    typed: &EditArguments,
    environment: &Environment,
    json: bool,
) -> Result<(), CliError> {
    let id = ServerId::existing(&profile.id);
    let old = super::form_of(profile);
    let form = ServerForm {
        id: old.id,
        name: typed.name.clone().unwrap_or(old.name),
        url: typed.url.clone().unwrap_or(old.url),
        domain_id: typed.domain.clone().unwrap_or(old.domain_id),
    };
    door::open(environment, async |accounts| {
        let signed_out = door::in_time(accounts.edit_server(&id, &form)).await?;
        output::line(&format!("Changed {id}."));
        output::untold(&signed_out);
        let still = accounts
            .snapshot()
            .server(id.as_str())
            .is_some_and(|server| server.expires_at.is_some());
        if profile.auth.is_some() && !still {
            output::line(&format!(
                "It is another server now, so you are signed out. Sign in with: flowstate-auth login --server {id}"
            ));
        }
        if json { super::print(&accounts, &id) } else { Ok(()) }
    })
}
