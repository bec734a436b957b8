//! Which server is meant: the first of four rules that answers.

use auth_core::ServerId;
use auth_core::config::FlowstateConfig;

use crate::environment::Environment;
use crate::error::CliError;
use crate::project;

/// The server that is meant, which the shared file has.
///
/// # Errors
/// Nobody names one, the one named is not there, or the project's file cannot be read.
pub(crate) fn choose(
    flag: Option<&str>,
    environment: &Environment,
    config: &FlowstateConfig,
) -> Result<ServerId, CliError> {
    let (id, named_by) = named(flag, environment, config)?;
    if config.server(&id).is_none() {
        return Err(CliError::UnknownServer { id, named_by });
    }
    Ok(ServerId::existing(&id))
}

/// The id, and who says so.
fn named(
    flag: Option<&str>,
    environment: &Environment,
    config: &FlowstateConfig,
) -> Result<(String, String), CliError> {
    if let Some(id) = flag {
        return Ok((id.to_owned(), "--server".to_owned()));
    }
    if let Some(id) = &environment.server {
        return Ok((id.clone(), "$FLOWSTATE_SERVER".to_owned()));
    }
    let shared = environment.paths.config_file();
    if let Some(folder) = &environment.folder
        && let Some(found) = project::nearest(folder, environment.home.as_deref(), &shared)?
    {
        return Ok((found.server, found.path.display().to_string()));
    }
    match &config.active_server_id {
        Some(id) => Ok((id.clone(), shared.display().to_string())),
        None if config.servers.is_empty() => Err(CliError::NoServers),
        None => Err(CliError::NoServerChosen),
    }
}
