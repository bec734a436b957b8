//! The access token that `token`, `headers` and `exec` hand out, found in the cheapest way that gives a good one.

use accounts::plan;
use accounts::ports::{Clock, UnixMillis};
use auth_core::config::{ConfigDocument, StoredAuth};
use auth_core::{Secret, ServerId};
use machine::SystemClock;

use crate::arguments::Wanted;
use crate::environment::{Environment, Instead};
use crate::error::CliError;
use crate::{door, output, selection};

/// A token with what is known of it.
#[derive(Debug)]
pub(crate) struct Bearer {
    pub token: Secret,
    /// Nobody here knows when a bearer ends that somebody else looks after.
    pub expires_at: Option<UnixMillis>,
    /// The profile it is of.
    pub server: Option<String>,
    pub place: Option<Place>,
}

/// Where the API is that the token is for.
#[derive(Debug)]
pub(crate) struct Place {
    /// Without a slash at its end.
    pub url: String,
    pub mcp_url: String,
}

/// Finds it. A bearer of the environment costs nothing; a fresh token of a profile no more than reading the shared file.
///
/// # Errors
/// Nobody is signed in, or what kept a token that is due from being refreshed.
pub(crate) fn find(wanted: &Wanted) -> Result<Bearer, CliError> {
    let server = wanted.meant.server.as_deref();
    // Before anything is looked at: a static bearer touches nothing.
    match Instead::look() {
        Some(Instead::Bearer(token)) => {
            output::passed_over(server);
            Ok(Bearer {
                token,
                expires_at: None,
                server: None,
                place: None,
            })
        }
        None => of_profile(wanted, &Environment::look()?),
    }
}

fn of_profile(wanted: &Wanted, environment: &Environment) -> Result<Bearer, CliError> {
    let document = environment.read_shared_file()?;
    let config = document.config();
    let id = selection::choose(wanted.meant.server.as_deref(), environment, config)?;
    let min_ttl = wanted.min_ttl();
    let place = place(&document, &id);
    let stored = config.server(id.as_str()).and_then(|profile| profile.auth.as_ref());
    if let Some(auth) = stored.filter(|auth| plan::fresh_enough(auth, SystemClock.now(), min_ttl)) {
        return Ok(bearer(&id, auth.clone(), place));
    }
    door::open(environment, async |accounts| {
        let auth = door::in_time(accounts.access_token(&id, min_ttl)).await?;
        Ok(bearer(&id, auth, place))
    })
}

fn bearer(id: &ServerId, auth: StoredAuth, place: Option<Place>) -> Bearer {
    Bearer {
        token: auth.access_token,
        expires_at: Some(auth.expires_at),
        server: Some(id.to_string()),
        place,
    }
}

fn place(document: &ConfigDocument, id: &ServerId) -> Option<Place> {
    let profile = document.config().server(id.as_str())?;
    let mcp_url = document.foreign_text(id.as_str(), "mcpUrl");
    Some(Place::at(&profile.url, mcp_url))
}

impl Place {
    /// The MCP server lies below the address where the profile does not say otherwise.
    pub(crate) fn at(url: &str, mcp_url: Option<&str>) -> Self {
        let url = url.trim_end_matches('/');
        Self {
            url: url.to_owned(),
            mcp_url: mcp_url.map_or_else(|| format!("{url}/mcp"), str::to_owned),
        }
    }
}
