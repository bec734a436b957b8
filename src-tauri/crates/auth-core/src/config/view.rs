//! Reads the typed part out of a document that others write too: what is right counts, what is odd is told.

use serde_json::{Map, Value};

use super::{FlowstateConfig, ServerProfile, StoredAuth};
use crate::Secret;

/// Something in the shared file that does not fit, and that we leave as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Oddity {
    #[error("server {key} calls itself {id}; the key counts")]
    IdDiffers { key: String, id: String },
    #[error("server {key} is not an object and is passed over")]
    NotAnObject { key: String },
    #[error("activeServerId is not text and is passed over")]
    ActiveNotText,
    #[error("activeServerId names {id}, which is not among the servers")]
    ActiveUnknown { id: String },
}

/// A time below this is in seconds: 1e12 ms is the year 2001, 1e12 s the year 33,658.
const SMALLEST_MILLIS: f64 = 1e12;

pub(super) fn view(root: &Map<String, Value>) -> (FlowstateConfig, Vec<Oddity>) {
    let mut odd = Vec::new();
    let mut servers = Vec::new();
    if let Some(Value::Object(entries)) = root.get("servers") {
        for (key, value) in entries {
            match value {
                Value::Object(entry) => servers.push(profile(key, entry, &mut odd)),
                _ => odd.push(Oddity::NotAnObject { key: key.clone() }),
            }
        }
    }
    let active = match root.get("activeServerId") {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) => Some(id.clone()).filter(|id| !id.is_empty()),
        Some(_) => {
            odd.push(Oddity::ActiveNotText);
            None
        }
    };
    if let Some(id) = active.as_ref().filter(|id| !servers.iter().any(|s| s.id == **id)) {
        odd.push(Oddity::ActiveUnknown { id: id.clone() });
    }
    (
        FlowstateConfig {
            version: text(root, "version"),
            active_server_id: active,
            servers,
        },
        odd,
    )
}

fn profile(key: &str, entry: &Map<String, Value>, odd: &mut Vec<Oddity>) -> ServerProfile {
    if let Some(Value::String(id)) = entry.get("id")
        && id != key
    {
        odd.push(Oddity::IdDiffers {
            key: key.to_owned(),
            id: id.clone(),
        });
    }
    let name = text(entry, "name");
    ServerProfile {
        id: key.to_owned(),
        name: if name.trim().is_empty() { key.to_owned() } else { name },
        url: text(entry, "url"),
        domain_id: text(entry, "domainId"),
        auth: entry.get("auth").and_then(Value::as_object).and_then(auth),
    }
}

fn auth(entry: &Map<String, Value>) -> Option<StoredAuth> {
    let access_token = text(entry, "accessToken");
    (!access_token.is_empty()).then(|| StoredAuth {
        access_token: Secret::new(access_token),
        refresh_token: Secret::new(text(entry, "refreshToken")),
        expires_at: entry.get("expiresAt").and_then(Value::as_f64).map_or(0, millis),
        user_id: text(entry, "userId"),
        email: text(entry, "email"),
    })
}

/// Floats are cut and negative times are 0: long past either way.
fn millis(time: f64) -> u64 {
    (if time < SMALLEST_MILLIS { time * 1000.0 } else { time }) as u64
}

fn text(entry: &Map<String, Value>, key: &str) -> String {
    entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}
