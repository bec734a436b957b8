//! `keys …`

use auth_core::models::Timestamp;
use auth_core::storage::{KeyUse, Store};
use auth_core::tokens::SigningAlgorithm;
use serde::Serialize;

use super::command::{KeysCommand, ListOptions, RotateOptions, WhichKey};
use super::{RunError, output, place};
use crate::keys::{KeyState, ListedKey, listed, rotate};
use crate::{Clock, SystemClock};

/// Does what the command says.
pub async fn run(command: KeysCommand) -> Result<(), RunError> {
    match command {
        KeysCommand::Rotate(options) => make(options).await,
        KeysCommand::List(options) => list(options).await,
    }
}

async fn make(options: RotateOptions) -> Result<(), RunError> {
    let storage = place::open(&options.place.database()?).await?;
    let key_use = match options.key_use {
        WhichKey::Access => KeyUse::Access,
        WhichKey::Refresh => KeyUse::Refresh,
    };
    let store = Store::new(storage.clone());
    let made = rotate(&store, key_use, options.alg, options.at_once, SystemClock.now()).await;
    storage.close().await;
    let made = made?;
    eprintln!(
        "made a key for {}; it signs from {}, and what older keys have signed stays good",
        made.algorithm.name(),
        made.signs_from.unwrap_or(made.created_at)
    );
    output::line(&made.kid)
}

async fn list(options: ListOptions) -> Result<(), RunError> {
    let storage = place::open_existing(&options.place.database()?).await?;
    let keys = listed(&Store::new(storage.clone()), SystemClock.now()).await;
    storage.close().await;
    let keys = keys?;
    if options.json {
        return output::json(&keys.iter().map(Shown::of).collect::<Vec<_>>());
    }
    for key in &keys {
        let shown = Shown::of(key);
        let state = match key.state {
            KeyState::Signs => "signs".to_owned(),
            KeyState::SignsFrom(from) => format!("signs from {from}"),
            KeyState::BelievedUntil(Some(end)) => format!("believed until {end}"),
            KeyState::BelievedUntil(None) => "believed".to_owned(),
        };
        let name = shown.algorithm.name();
        output::line(&format!(
            "{}  {:7}  {name:5}  {}  {state}",
            shown.kid, shown.purpose, shown.created_at
        ))?;
    }
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    kid: &'a str,
    #[serde(rename = "use")]
    purpose: &'static str,
    algorithm: SigningAlgorithm,
    created_at: Timestamp,
    state: &'static str,
    /// From when it signs, or until when it is believed.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
}

impl<'a> Shown<'a> {
    fn of(key: &'a ListedKey) -> Self {
        let (state, at) = match key.state {
            KeyState::Signs => ("signs", None),
            KeyState::SignsFrom(from) => ("signs_from", Some(from)),
            KeyState::BelievedUntil(end) => ("believed_until", end),
        };
        Self {
            kid: &key.kid,
            purpose: match key.key_use {
                KeyUse::Access => "access",
                KeyUse::Refresh => "refresh",
            },
            algorithm: key.algorithm,
            created_at: key.created_at,
            state,
            at,
        }
    }
}
