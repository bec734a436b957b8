//! Which server is meant: the first of four rules that answers.

use accounts::AccountsError;
use auth_core::ServerId;
use auth_core::config::FlowstateConfig;
use machine::SettingsFile;
use serde::Serialize;

use crate::environment::Environment;
use crate::error::CliError;
use crate::project;

/// Who may say which server is meant; the first one that says something counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rule {
    Flag,
    Env,
    Project,
    Default,
}

/// What one rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub rule: Rule,
    /// The id as it was written, which need not be a server's.
    pub id: String,
    /// Where it says so, for people.
    pub source: String,
}

impl Rule {
    /// In the order in which they are asked.
    pub(crate) const ALL: [Self; 4] = [Self::Flag, Self::Env, Self::Project, Self::Default];

    /// What this rule says, if anything.
    ///
    /// # Errors
    /// The project's file cannot be read.
    pub(crate) fn ask(
        self,
        flag: Option<&str>,
        environment: &Environment,
        config: &FlowstateConfig,
    ) -> Result<Option<Answer>, CliError> {
        let answer = |id: &str, source: String| Answer {
            rule: self,
            id: id.to_owned(),
            source,
        };
        Ok(match self {
            Self::Flag => flag.map(|id| answer(id, "--server".to_owned())),
            Self::Env => {
                let id = environment.server.as_ref();
                id.map(|id| answer(id, "$FLOWSTATE_SERVER".to_owned()))
            }
            Self::Project => {
                let (shared, home) = (environment.paths.config_file(), environment.home.as_deref());
                match &environment.folder {
                    Some(folder) => project::nearest(folder, home, &shared)?
                        .map(|found| answer(&found.server, found.path.display().to_string())),
                    None => None,
                }
            }
            Self::Default => {
                let shared = environment.paths.config_file().display().to_string();
                config.active_server_id.as_ref().map(|id| answer(id, shared))
            }
        })
    }
}

/// The server that is meant, which the shared file has.
///
/// # Errors
/// Nobody names one, the one named is not there, or the project's file cannot be read.
pub(crate) fn choose(
    flag: Option<&str>,
    environment: &Environment,
    config: &FlowstateConfig,
) -> Result<ServerId, CliError> {
    let answer = first(flag, environment, config)?;
    existing(&answer, environment, config)
}

/// The answer that counts.
///
/// # Errors
/// Nobody names a server, or the project's file cannot be read.
pub(crate) fn first(
    flag: Option<&str>,
    environment: &Environment,
    config: &FlowstateConfig,
) -> Result<Answer, CliError> {
    for rule in Rule::ALL {
        if let Some(answer) = rule.ask(flag, environment, config)? {
            return Ok(answer);
        }
    }
    Err(match config.servers.is_empty() {
        true => vanished(environment, None).unwrap_or(CliError::NoServers),
        false => CliError::NoServerChosen,
    })
}

/// The server of an answer.
///
/// # Errors
/// The shared file has no such server; where it had, and somebody is signed in to it, what to do about that.
pub(crate) fn existing(
    answer: &Answer,
    environment: &Environment,
    config: &FlowstateConfig,
) -> Result<ServerId, CliError> {
    match config.server(&answer.id) {
        Some(profile) => Ok(ServerId::existing(&profile.id)),
        None => Err(
            vanished(environment, Some(&answer.id)).unwrap_or(CliError::UnknownServer {
                id: answer.id.clone(),
                named_by: answer.source.clone(),
            }),
        ),
    }
}

/// That a server left the shared file while somebody is signed in to it: the one of that id, or any. Looked at only where there is
/// nothing else to go by.
fn vanished(environment: &Environment, id: Option<&str>) -> Option<CliError> {
    let settings = SettingsFile::new(&environment.paths).read_blocking().ok()?;
    let gone = settings.sessions.keys().find(|gone| id.is_none_or(|id| id == *gone))?;
    Some(AccountsError::vanished(gone).into())
}
