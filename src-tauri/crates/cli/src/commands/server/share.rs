use accounts::Sharing;
use auth_core::ServerId;
use auth_core::config::ServerProfile;
use serde_json::json;

use crate::arguments::Share;
use crate::commands::status;
use crate::environment::Environment;
use crate::error::CliError;
use crate::{door, output};

pub(super) fn run(profile: &ServerProfile, what: Share, environment: &Environment, json: bool) -> Result<(), CliError> {
    let id = ServerId::existing(&profile.id);
    let sharing = match what {
        Share::Access => Sharing::Access,
        Share::Full => Sharing::Full,
        Share::None => Sharing::None,
    };
    door::open(environment, async |accounts| {
        door::in_time(accounts.set_sharing(&id, sharing)).await?;
        let snapshot = accounts.snapshot();
        let server = snapshot.server(id.as_str());
        let store = status::store(server.map(|server| server.store).unwrap_or_default());
        let file = environment.paths.config_file_shown();
        let file = file.display();
        output::line(&match sharing {
            Sharing::Access => format!(
                "{file} holds the access token of {id}, who is signed in and until when; its refreshToken is empty, because that one stays {store}."
            ),
            Sharing::Full => format!(
                "{file} holds the access token and the refresh token of {id}: whoever can read the file can be you until you sign out."
            ),
            Sharing::None => format!(
                "{file} holds nothing of the session of {id}. Programs get its token from `flowstate-auth token --server {id}` or from the running app."
            ),
        });
        if json {
            output::json(&json!({"server": id, "sharing": sharing}))?;
        }
        Ok(())
    })
}
