//! What tray, window and command line draw from. The page's TypeScript is made from these types.

use serde::{Deserialize, Serialize};

use crate::ports::{FallBack, Preferences, ServerLook, UnixMillis};

/// What a person can tell apart about one server's session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    SignedOut,
    /// Also while the server cannot be reached, as long as the access token is good: that concerns nobody yet.
    SignedIn,
    Refreshing,
    /// The server cannot be reached and the access token has ended.
    Offline,
    /// The access token has ended and no refresh was tried since.
    Expired,
    SignInNeeded,
    /// The credential store is locked or absent.
    Locked,
}

/// Where the sign-in of one server stands. Times are milliseconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "step", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum SignInView {
    Idle,
    CodeRequested {
        email: String,
        #[cfg_attr(test, ts(type = "number"))]
        code_expires_at: UnixMillis,
        #[cfg_attr(test, ts(type = "number"))]
        resend_at: UnixMillis,
        tries_left: u32,
    },
}

/// Where the refresh token of a session is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum StoreKind {
    #[default]
    Keychain,
    /// A file that a passphrase opens.
    EncryptedFile,
    /// A file that everybody who can read it can use; only where a person chose it in words.
    Plaintext,
}

impl StoreKind {
    /// The word for it in settings, on the command line and in `FLOWSTATE_CREDENTIAL_STORE`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::EncryptedFile => "encrypted-file",
            Self::Plaintext => "plaintext",
        }
    }

    /// How it is called in a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::EncryptedFile => "encrypted file",
            Self::Plaintext => "plaintext file",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Keychain, Self::EncryptedFile, Self::Plaintext]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// What of a session stands in the shared file for other tools.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Sharing {
    /// The access token; the refresh token stays in the credential store.
    #[default]
    Access,
    /// The refresh token too, for old tools that refresh by themselves.
    Full,
    /// Nothing: tools ask `flowstate-auth token` or the agent.
    None,
}

/// Somebody changed the shared file so that something of ours would be lost; a person decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Conflict {
    /// The profile left the file while we are signed in.
    Vanished,
    /// The file holds a session of somebody else. Both are e-mail addresses, for a person to tell them apart.
    Replaced { theirs: String, ours: String },
    /// Another program took our session out of the file; its refresh token is still here.
    SignedOut,
}

/// A sentence for a person and a stable code for programs. `field` names the form field it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Problem {
    pub code: &'static str,
    pub message: String,
    pub field: Option<&'static str>,
}

/// One server with its session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ServerView {
    pub id: String,
    pub name: String,
    pub url: String,
    pub domain_id: String,
    /// The default server of every tool on this machine.
    pub active: bool,
    pub state: SessionState,
    pub email: Option<String>,
    pub user_id: Option<String>,
    /// When the access token ends, ms since the epoch.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub expires_at: Option<UnixMillis>,
    /// When the next refresh is planned, ms since the epoch.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub next_refresh_at: Option<UnixMillis>,
    /// Why the session is not simply signed in, as a sentence with what to do.
    pub reason: Option<String>,
    /// The stable word for the same, for who says it in another language.
    pub reason_code: Option<&'static str>,
    pub store: StoreKind,
    /// The store is waiting for its passphrase: one that is typed opens it for every server.
    pub needs_passphrase: bool,
    pub sharing: Sharing,
    /// How far the server's clock is ahead of ours, seconds; only where it is more than 60 either way.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub clock_skew: Option<i64>,
    /// What a person has to decide about this server.
    pub conflict: Option<Conflict>,
    /// What a person chose about it.
    pub look: ServerLook,
    pub sign_in: SignInView,
}

impl ServerView {
    /// Whether there is a session that could be ended.
    pub fn has_session(&self) -> bool {
        let ended = matches!(self.state, SessionState::SignedOut | SessionState::SignInNeeded);
        self.expires_at.is_some() || !ended
    }

    /// The state for programs. A refresh under way is nothing that one could act on: at `now` the token is good or it has ended.
    pub fn settled_state(&self, now: UnixMillis) -> SessionState {
        match self.state {
            SessionState::Refreshing if self.expires_at.is_some_and(|end| end > now) => SessionState::SignedIn,
            SessionState::Refreshing => SessionState::Expired,
            state => state,
        }
    }

    /// Whether only a person can help this session on.
    pub fn needs_person(&self) -> bool {
        matches!(self.state, SessionState::SignInNeeded | SessionState::Locked)
            || matches!(self.conflict, Some(Conflict::Vanished | Conflict::Replaced { .. }))
    }
}

/// A place in a file, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FilePlace {
    pub line: usize,
    pub column: usize,
}

/// Everything there is to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    pub servers: Vec<ServerView>,
    pub active_server_id: Option<String>,
    /// Where the shared file lies.
    pub config_path: String,
    /// Set while the shared file cannot be read or written: what happened and what to do.
    pub config_problem: Option<Problem>,
    /// Where in it that is, as far as it is a place.
    pub config_problem_at: Option<FilePlace>,
    /// Where refresh tokens are kept.
    pub store: StoreKind,
    /// Servers that have yet to hear that we signed out; tried again by itself.
    pub sign_outs_waiting: Vec<String>,
    /// Ids of the servers that were chosen last, the latest first. For the tray alone.
    #[serde(skip)]
    pub recent: Vec<String>,
    /// What a person chose about the app.
    pub preferences: Preferences,
    /// The active server changes by itself then.
    pub fall_back: Option<FallBack>,
}

impl Snapshot {
    /// The server with that id.
    pub fn server(&self, id: &str) -> Option<&ServerView> {
        self.servers.iter().find(|server| server.id == id)
    }
}

/// What a person types to add or edit a server. An empty `id` is made from the name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ServerForm {
    pub id: String,
    pub name: String,
    pub url: String,
    pub domain_id: String,
}

/// What a connection test found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConnectionReport {
    pub ok: bool,
    pub message: String,
}

#[cfg(test)]
mod tests {
    use ts_rs::{Config, TS};

    use super::*;
    use crate::ports::{
        EnvironmentColor, Event, Language, LogLevel, NotificationKinds, OwnSession, QuietHours, Theme, TimelineEntry,
    };
    use crate::{About, CheckView, Claim, ClaimValue, CopyView, ImportReport, Licence, NotImported, SharingPreview};

    /// `FLOWSTATE_WRITE_CONTRACT=1 cargo nextest run -p accounts contract` writes the page's copy anew.
    #[test]
    fn the_pages_contract_is_fresh() {
        let config = Config::default();
        macro_rules! declared {
            ($($name:ty),* $(,)?) => { [$((<$name>::decl(&config), <$name>::docs())),*] };
        }
        let types = declared![
            SessionState,
            SignInView,
            StoreKind,
            Sharing,
            Conflict,
            Problem,
            EnvironmentColor,
            ServerLook,
            ServerView,
            Theme,
            Language,
            LogLevel,
            NotificationKinds,
            QuietHours,
            Preferences,
            FallBack,
            FilePlace,
            Snapshot,
            ServerForm,
            ConnectionReport,
            ClaimValue,
            Claim,
            SharingPreview,
            Event,
            TimelineEntry,
            OwnSession,
            CheckView,
            CopyView,
            NotImported,
            ImportReport,
            Licence,
            About,
        ];
        let mut text = String::from(
            "// Made from src-tauri/crates/accounts/src/view.rs by its test `the_pages_contract_is_fresh`. Do not edit.\n",
        );
        for (declaration, docs) in types {
            text += &format!("\n{}export {declaration}\n", docs.unwrap_or_default());
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../ui/src/lib/contract.ts");
        if std::env::var_os("FLOWSTATE_WRITE_CONTRACT").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(path).unwrap(),
            text,
            "the page's types are stale; see the comment above"
        );
    }
}
