use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{FallBack, Preferences, ServerLook, UnixMillis};
use crate::{Sharing, StoreKind};

/// Our own settings, and what this computer remembers of its sessions. There is no secret among it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Where refresh tokens are kept.
    pub store: StoreKind,
    /// Stores that a move has left, or broke off in: copies may lie there until somebody deletes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leftovers: Vec<StoreKind>,
    /// What of a session is written to the shared file, by server id; [`Sharing::Access`] where nothing was chosen.
    pub sharing: BTreeMap<String, Sharing>,
    /// The sessions that this computer holds, by server id: what the shared file is compared with after others changed it.
    pub sessions: BTreeMap<String, SessionRecord>,
    /// The servers that were chosen last, the latest first: a short tray menu shows these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<String>,
    /// Sessions that were ended here and live on at their server, which could not be told yet.
    pub sign_outs: Vec<SignOutToDo>,
    /// What a person chose about the app.
    #[serde(skip_serializing_if = "is_default")]
    pub preferences: Preferences,
    /// What a person chose about single servers, by their id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub looks: BTreeMap<String, ServerLook>,
    /// The address a person last signed in with, by server id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub emails: BTreeMap<String, String>,
    /// A switch that is to be taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fall_back: Option<FallBack>,
    /// What another version of this program keeps here.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

fn is_default(preferences: &Preferences) -> bool {
    *preferences == Preferences::default()
}

/// A session that this computer holds a refresh token for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionRecord {
    pub name: String,
    pub url: String,
    pub domain_id: String,
    pub user_id: String,
    pub email: String,
    pub signed_in_at: UnixMillis,
    /// Whether it has reached the shared file: only what was there can have been taken out.
    #[serde(default)]
    pub shared: bool,
    /// Fingerprint of the refresh token in the shared file that we put or found there, and that the store has since or a newer
    /// one: any other is a newer one of another program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_in_file: Option<String>,
}

/// A sign-out that the server has yet to hear of. Its refresh token is in the credential store, under [`SignOutToDo::id`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignOutToDo {
    /// Names the token's item: never a legal server id.
    pub id: String,
    /// The server as it was called then.
    pub server: String,
    pub url: String,
    pub domain_id: String,
    /// Which store that is; unknown of those that an older version noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreKind>,
    pub since: UnixMillis,
    pub failures: u32,
    /// Not tried again before this time.
    pub retry_at: UnixMillis,
}

/// A change of the settings: it is handed what is on disk now, under the lock.
pub type SettingsEdit = Box<dyn FnOnce(&mut Settings) + Send>;

/// The file of our own settings.
#[async_trait]
pub trait SettingsStore: Send + Sync {
    /// What is on disk; the defaults where there is no file yet.
    ///
    /// # Errors
    /// [`SettingsError`].
    async fn read(&self) -> Result<Arc<Settings>, SettingsError>;

    /// Locks, reads the disk again, edits, writes what changed, and gives what is on disk now.
    ///
    /// # Errors
    /// [`SettingsError`]; then the file is as it was.
    async fn update(&self, edit: SettingsEdit) -> Result<Arc<Settings>, SettingsError>;
}

/// Why our settings could not be read or changed. They are left as they were.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("{} is not valid at line {line}, column {column}; mend it, or delete it to begin with the defaults", .path.display())]
    Broken { path: PathBuf, line: usize, column: usize },
    #[error("another program{} keeps {} locked; end it or try again", .holder.as_ref().map(|h| format!(" ({h})")).unwrap_or_default(), .path.display())]
    LockTimedOut { path: PathBuf, holder: Option<String> },
    #[error("{} could not be {doing}: {source}; see what lies there and who may use it", .path.display())]
    Io {
        path: PathBuf,
        /// "read", "written": fits behind "could not be".
        doing: &'static str,
        #[source]
        source: std::io::Error,
    },
}
