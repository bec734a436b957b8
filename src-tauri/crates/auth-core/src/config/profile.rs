use serde_json::{Map, Value, json};

use crate::Secret;

/// What an older command line of the stack needs to sign in to one server.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CLIAuthConfig {
    pub server_url: String,
    pub domain_id: String,
}

/// The session of one profile as the shared file holds it. On disk camelCase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAuth {
    pub access_token: Secret,
    /// Empty where it is kept in the credential store, or where the file has none.
    pub refresh_token: Secret,
    /// When the access token ends, milliseconds since the epoch.
    pub expires_at: u64,
    pub user_id: String,
    pub email: String,
}

/// One server of the shared file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerProfile {
    pub id: String,
    pub name: String,
    pub url: String,
    pub domain_id: String,
    /// `None` also where the file's `auth` holds no access token (only a `serviceToken`, say).
    pub auth: Option<StoredAuth>,
}

/// The typed part of the shared file, in the file's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowstateConfig {
    pub version: String,
    pub active_server_id: Option<String>,
    pub servers: Vec<ServerProfile>,
}

impl FlowstateConfig {
    /// The profile with that id.
    pub fn server(&self, id: &str) -> Option<&ServerProfile> {
        self.servers.iter().find(|server| server.id == id)
    }
}

impl StoredAuth {
    /// The keys of `auth` that are ours; all others stay as they are.
    pub const KEYS: [&'static str; 5] = ["accessToken", "refreshToken", "expiresAt", "userId", "email"];

    /// Puts these fields into an `auth` object of the file, secrets included, and leaves its other keys alone.
    pub fn write_into(&self, auth: &mut Map<String, Value>) {
        for (key, value) in Self::KEYS.into_iter().zip([
            json!(self.access_token.expose()),
            json!(self.refresh_token.expose()),
            json!(self.expires_at),
            json!(self.user_id),
            json!(self.email),
        ]) {
            auth.insert(key.to_owned(), value);
        }
    }
}
