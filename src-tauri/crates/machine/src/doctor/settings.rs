//! Our own settings, and what they say of sessions that the shared file does not.

use std::sync::Arc;

use accounts::Sharing;
use accounts::ports::{SessionRecord, Settings, SettingsError};
use auth_core::config::{ConfigDocument, ServerProfile};

use super::check::{Advice, Check, Room, count, finding};

pub(super) fn checks(settings: &Result<Arc<Settings>, SettingsError>, document: Option<&ConfigDocument>) -> Vec<Check> {
    let mut checks = vec![readable(settings)];
    if let Ok(settings) = settings {
        let sessions = settings.sessions.iter();
        // While the shared file cannot be read, nothing is known to be lost.
        checks.extend(document.into_iter().flat_map(|document| {
            let of =
                |(id, record): (&String, &SessionRecord)| conflict(id, record, document.config().server(id), settings);
            sessions.clone().map(of)
        }));
        checks.push(sign_outs(settings));
    }
    checks
}

fn readable(settings: &Result<Arc<Settings>, SettingsError>) -> Check {
    const ID: &str = "settings_readable";
    match settings {
        Ok(settings) => {
            let (sessions, chosen) = (settings.sessions.len(), settings.sharing.len());
            let sessions = count(sessions, "session is", "sessions are");
            let detail = format!("{sessions} held here; a sharing policy is chosen for {chosen}.");
            Check::holds(Room::Files, ID, detail)
        }
        Err(error) => {
            let why =
                "Where tokens are kept and what is shared is not known, so nothing is refreshed that depends on it.";
            let fix = "Mend the file, or delete it to begin with the defaults.";
            Check::fails(
                Room::Files,
                ID,
                format!("{}.", finding(error)),
                Advice::configuration(why, fix),
            )
        }
    }
}

/// The same question as the app asks: is something of ours lost that was in the file?
fn conflict(id: &str, record: &SessionRecord, profile: Option<&ServerProfile>, settings: &Settings) -> Check {
    let name = format!("session_conflict:{id}");
    let remembered = ServerProfile {
        id: id.to_owned(),
        name: record.name.clone(),
        url: record.url.clone(),
        domain_id: record.domain_id.clone(),
        auth: None,
    };
    let shared = settings.sharing.get(id) != Some(&Sharing::None);
    let found = match profile {
        None => Some("the server has left the shared file while you were signed in"),
        Some(profile) if !profile.is_same_place(&remembered) => None,
        Some(profile) => match &profile.auth {
            Some(auth) if !auth.user_id.is_empty() && auth.user_id != record.user_id => {
                Some("another person's session stands in the shared file in place of yours")
            }
            None if record.shared && shared => Some("another program took your session out of the shared file"),
            _ => None,
        },
    };
    let Some(found) = found else {
        return Check::holds(
            Room::Files,
            name,
            "The shared file agrees with the session that is held here.",
        );
    };
    let why = "Tools that read the shared file do not find your session, or find another one; you are asked before anything is taken or overwritten.";
    let fix = format!("Decide in the app, or sign in again: flowstate-auth login --server {id}.");
    let fix = match profile {
        Some(_) => fix,
        None => "Decide in the app, or put the server back: flowstate-auth config undo.".to_owned(),
    };
    Check::fails(Room::Files, name, format!("{found}."), Advice::configuration(why, fix))
}

fn sign_outs(settings: &Settings) -> Check {
    const ID: &str = "sign_outs";
    let waiting: Vec<&str> = settings.sign_outs.iter().map(|todo| todo.server.as_str()).collect();
    if waiting.is_empty() {
        return Check::holds(Room::Files, ID, "No server has yet to hear of a sign-out.");
    }
    let why = "You signed out here, but the session lives on at the server until it hears of it.";
    let fix = "Nothing: it is tried again by itself while the app runs. Or end the session at the server.";
    let detail = format!("These servers have not heard of your sign-out: {}.", waiting.join(", "));
    Check::fails(Room::Files, ID, detail, Advice::network(why, fix))
}
