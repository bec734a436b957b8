//! `which`: the server that is meant, and which rule chose it.

use accounts::ServerView;
use accounts::ports::Clock;
use auth_core::config::FlowstateConfig;
use machine::SystemClock;
use serde_json::json;

use super::status;
use crate::arguments::Meant;
use crate::environment::{Environment, Instead};
use crate::error::CliError;
use crate::selection::{self, Answer, Rule};
use crate::{agent, bearer, door, output};

pub(super) fn run(meant: &Meant, json: bool) -> Result<(), CliError> {
    let flag = meant.server.as_deref();
    if let Some(instead) = bearer::instead(flag)? {
        return print_instead(&instead, json);
    }
    let environment = Environment::look()?;
    let document = environment.read_shared_file()?;
    let config = document.config();
    let chosen = selection::first(flag, &environment, config);
    if !json {
        // Before anything fails: what does not fit is seen in the list of the rules.
        output::table(&explained(flag, &environment, config, chosen.as_ref().ok()))?;
    }
    let answer = chosen?;
    let id = selection::existing(&answer, &environment, config)?;
    let running = agent::status(&environment);
    door::open(&environment, async |accounts| {
        let snapshot = accounts.snapshot();
        let server = snapshot.server(id.as_str()).cloned();
        let server = server.map(|server| status::as_seen(server, running.as_ref()));
        if json {
            return output::json(&json!({
                "server": id,
                "rule": answer.rule,
                "source": answer.source,
                "expiresAt": server.as_ref().and_then(|server| server.expires_at),
                "store": server.as_ref().map(|server| server.store),
            }));
        }
        output::table(&server.as_ref().map(session).unwrap_or_default())
    })
}

/// No profile is meant at all.
fn print_instead(instead: &Instead, json: bool) -> Result<(), CliError> {
    let variable = instead.variable();
    let then = match instead {
        Instead::Bearer(_) => "handed on as it is".to_owned(),
        Instead::ApiToken { url, .. } => format!("exchanged at {}", bearer::address(url)?.as_str()),
    };
    if json {
        return output::json(&json!({
            "server": null, "rule": Rule::Env, "source": format!("${variable}"), "expiresAt": null, "store": null,
        }));
    }
    output::table(&format!("No server: ${variable} is set, and is {then}.\n"))
}

/// What each rule says, with a mark at the one that counts.
fn explained(
    flag: Option<&str>,
    environment: &Environment,
    config: &FlowstateConfig,
    chosen: Option<&Answer>,
) -> String {
    let mut text = match chosen {
        Some(answer) => format!("{}, because {} says so:\n", answer.id, answer.source),
        None => String::new(),
    };
    for rule in Rule::ALL {
        let counts = chosen.is_some_and(|chosen| chosen.rule == rule);
        let mark = if counts { '*' } else { ' ' };
        let (name, silent) = described(rule);
        let said = match rule.ask(flag, environment, config) {
            Ok(Some(answer)) => format!("{}  ({})", answer.id, answer.source),
            Ok(None) => silent.to_owned(),
            Err(error) => error.to_string(),
        };
        text += &format!("{mark} {name:<8} {said}\n");
    }
    text
}

/// The rule's word, and what it means that it says nothing.
fn described(rule: Rule) -> (&'static str, &'static str) {
    match rule {
        Rule::Flag => ("flag", "no --server was typed"),
        Rule::Env => ("env", "$FLOWSTATE_SERVER is not set"),
        Rule::Project => ("project", "no .flowstate/config.json here or above names a server"),
        Rule::Default => ("default", "the shared file names no server"),
    }
}

fn session(server: &ServerView) -> String {
    let mut text = format!("{}\n", status::state(server, SystemClock.now()));
    if server.has_session() {
        text += &format!("refresh token {}\n", status::store(server.store));
    }
    text
}
