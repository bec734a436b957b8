//! `status`: who is signed in where.

use std::time::Duration;

use accounts::ports::{Clock, UnixMillis};
use accounts::{ServerView, SessionState, StoreKind};
use auth_core::config::FlowstateConfig;
use machine::SystemClock;
use serde_json::{Value, json};

use crate::arguments::Meant;
use crate::environment::Environment;
use crate::error::CliError;
use crate::exit::Exit;
use crate::{door, output, selection};

/// Ends as `token` would for the server that is meant, and finds that out in the same way.
pub(crate) fn run(meant: &Meant, environment: &Environment, json: bool) -> Result<Exit, CliError> {
    let document = environment.read_shared_file()?;
    let config = document.config();
    let chosen = match selection::choose(meant.server.as_deref(), environment, config) {
        Err(error) if meant.server.is_some() => return Err(error),
        chosen => chosen,
    };
    door::open(environment, async |accounts| {
        let outcome = match chosen {
            Ok(id) => door::in_time(accounts.access_token(&id, Duration::ZERO))
                .await
                .map(drop),
            Err(error) => Err(error),
        };
        let snapshot = accounts.snapshot();
        let shown = |server: &&ServerView| meant.server.as_ref().is_none_or(|id| *id == server.id);
        let shown: Vec<&ServerView> = snapshot.servers.iter().filter(shown).collect();
        if json {
            let servers: Vec<Value> = shown.iter().map(|server| as_json(server, config)).collect();
            // No other process refreshes for this one, so there is none to name.
            output::json(&json!({"servers": servers, "agent": {"running": false, "pid": null}}))?;
        } else {
            let now = SystemClock.now();
            output::table(&shown.iter().map(|server| as_text(server, now)).collect::<String>())?;
        }
        Ok(match outcome {
            Ok(()) => Exit::Done,
            Err(error) => {
                output::line(&format!("flowstate-auth: {error}"));
                error.exit()
            }
        })
    })
}

fn as_json(server: &ServerView, config: &FlowstateConfig) -> Value {
    let auth = config.server(&server.id).and_then(|profile| profile.auth.as_ref());
    // Who keeps a refresh token in the shared file refreshes by it.
    let full = auth.is_some_and(|auth| !auth.refresh_token.is_empty());
    json!({
        "id": server.id,
        "name": server.name,
        "url": server.url,
        "domainId": server.domain_id,
        "active": server.active,
        "state": server.state,
        "email": server.email,
        "userId": server.user_id,
        "expiresAt": server.expires_at,
        "store": server.store,
        "sharing": if full { "full" } else { "access" },
    })
}

fn as_text(server: &ServerView, now: UnixMillis) -> String {
    let mark = if server.active { '*' } else { ' ' };
    let mut text = format!("{mark} {}: {}\n", server.id, state(server, now));
    text += &format!("    {}, domain {}\n", server.url, server.domain_id);
    if server.expires_at.is_some() {
        text += &format!("    refresh token {}\n", store(server.store));
    }
    if let Some(reason) = &server.reason {
        text += &format!("    {reason}\n");
    }
    text
}

/// Where a refresh token is, behind these two words.
pub(super) fn store(kind: StoreKind) -> &'static str {
    match kind {
        StoreKind::Keychain => "in the keychain",
        StoreKind::EncryptedFile => "in the encrypted file",
        StoreKind::Plaintext => "in a PLAINTEXT file",
    }
}

/// How a session stands, in a few words.
pub(super) fn state(server: &ServerView, now: UnixMillis) -> String {
    let who = server
        .email
        .as_ref()
        .map(|email| format!(" as {email}"))
        .unwrap_or_default();
    let left = output::span(server.expires_at.unwrap_or(0).saturating_sub(now));
    match server.state {
        SessionState::SignedIn | SessionState::Refreshing => format!("signed in{who}, token good for {left}"),
        SessionState::Offline => format!("signed in{who}, server out of reach, token good for {left}"),
        SessionState::Expired => format!("signed in{who}, but the token has ended"),
        SessionState::SignedOut => "signed out".to_owned(),
        SessionState::SignInNeeded => format!("sign-in needed{who}"),
        SessionState::Locked => format!("signed in{who}, but the credential store does not open"),
    }
}
