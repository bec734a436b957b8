//! The access token that `token`, `headers` and `exec` hand out, found in the cheapest way that gives a good one.

use std::time::Duration;

use accounts::plan;
use accounts::ports::{Clock, UnixMillis};
use auth_core::config::ConfigDocument;
use auth_core::{Secret, ServerId, ServerUrl};
use machine::SystemClock;

use crate::arguments::Wanted;
use crate::environment::{self, Environment, Instead};
use crate::error::CliError;
use crate::{agent, door, output, selection};

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

/// What stands in for the profiles, if anything, with a word about what is passed over for it.
///
/// # Errors
/// A variable cannot be read.
pub(crate) fn instead(server: Option<&str>) -> Result<Option<Instead>, CliError> {
    let found = Instead::look()?;
    match (&found, server) {
        // The contract has it handed on whatever else is said; who said something should know.
        (Some(Instead::Bearer(_)), Some(id)) => output::warning(&format!(
            "${} is set and comes before --server {id}; unset it to have that server's token.",
            Instead::BEARER
        )),
        // A server that was named is meant more than a token that lies about.
        (Some(Instead::ApiToken { .. }), Some(_)) => return Ok(None),
        // The address alone says nothing: other programs of the stack have it set too.
        (None, None) if environment::is_set(Instead::API_TOKEN) => output::warning(&format!(
            "${} is not used, because ${} does not say where; set both, or none.",
            Instead::API_TOKEN,
            Instead::URL
        )),
        _ => {}
    }
    Ok(found)
}

/// Says that variables stand in for what was just looked after: it was done, and changes nothing about what is handed out.
pub(crate) fn remind(instead: Option<&Instead>) {
    if let Some(instead) = instead {
        let variable = instead.variable();
        output::line(&format!(
            "${variable} is set: `token`, `headers` and `exec` hand out what it says, whoever is signed in."
        ));
    }
}

/// Finds it. A bearer of the environment costs nothing; a fresh token of a profile no more than reading the shared file.
///
/// # Errors
/// Nobody is signed in, or what kept a token that is due from being refreshed.
pub(crate) fn find(wanted: &Wanted) -> Result<Bearer, CliError> {
    // Before anything is looked at: a static bearer touches nothing.
    match instead(wanted.meant.server.as_deref())? {
        Some(Instead::Bearer(token)) => Ok(Bearer {
            token,
            expires_at: None,
            server: None,
            place: None,
        }),
        Some(Instead::ApiToken { token, url }) => exchanged(&token, &url, wanted.min_ttl()),
        None => of_profile(wanted, &Environment::look()?),
    }
}

/// Trades an API token, at the agent where one runs: that one remembers what it gets, nobody else does.
///
/// # Errors
/// The address cannot be used, or what the server says.
pub(crate) fn exchanged(token: &Secret, url: &str, min_ttl: Duration) -> Result<Bearer, CliError> {
    let url = address(url)?;
    let (access_token, expires_at) = match agent::exchange(&url, token, min_ttl)? {
        Some(given) => (given.access_token, given.expires_at),
        None => {
            let given = door::exchange(&url, token)?;
            (given.access_token, given.expires_at)
        }
    };
    Ok(Bearer {
        token: access_token,
        expires_at: Some(expires_at),
        server: None,
        place: Some(Place::at(url.as_str(), None)),
    })
}

/// What `$FLOWSTATE_AUTH_URL` says.
///
/// # Errors
/// It is no address of a server.
pub(crate) fn address(url: &str) -> Result<ServerUrl, CliError> {
    ServerUrl::parse(url).map_err(|source| CliError::AuthUrl { source })
}

fn of_profile(wanted: &Wanted, environment: &Environment) -> Result<Bearer, CliError> {
    let document = environment.read_shared_file()?;
    let config = document.config();
    let id = selection::choose(wanted.meant.server.as_deref(), environment, config)?;
    let min_ttl = wanted.min_ttl();
    let place = place(&document, &id);
    let stored = config.server(id.as_str()).and_then(|profile| profile.auth.as_ref());
    if let Some(auth) = stored.filter(|auth| plan::fresh_enough(auth, SystemClock.now(), min_ttl)) {
        return Ok(bearer(&id, auth.access_token.clone(), auth.expires_at, place));
    }
    if let Some(given) = agent::token(environment, &id, min_ttl)? {
        if is_stale(environment, &id) {
            output::warning(
                "the running app could not write the shared file, so other programs still find an ended token in it; open the app to see why.",
            );
        }
        return Ok(bearer(&id, given.access_token, given.expires_at, place));
    }
    door::open(environment, async |accounts| {
        let auth = door::in_time(accounts.access_token(&id, min_ttl)).await?;
        Ok(bearer(&id, auth.access_token, auth.expires_at, place))
    })
}

/// The agent writes the file before it answers. Where nothing of the session is shared, nothing can be stale.
fn is_stale(environment: &Environment, id: &ServerId) -> bool {
    let document = environment.read_shared_file().ok();
    let profile = document
        .as_ref()
        .and_then(|document| document.config().server(id.as_str()));
    let auth = profile.and_then(|profile| profile.auth.as_ref());
    auth.is_some_and(|auth| auth.expires_at <= SystemClock.now())
}

fn bearer(id: &ServerId, token: Secret, expires_at: UnixMillis, place: Option<Place>) -> Bearer {
    Bearer {
        token,
        expires_at: Some(expires_at),
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
