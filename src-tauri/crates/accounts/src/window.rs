//! What the window alone shows. The page's TypeScript is made from these types, too.

use serde::Serialize;

use crate::Sharing;
use crate::ports::UnixMillis;

/// One claim of an access token. Anybody's server may have written it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Claim {
    pub name: String,
    pub value: ClaimValue,
}

/// What a claim says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", content = "is", rename_all = "lowercase")]
pub enum ClaimValue {
    Text(String),
    /// Milliseconds since the epoch.
    Time(#[cfg_attr(test, ts(type = "number"))] UnixMillis),
    List(Vec<String>),
}

/// What would stand in the shared file of one server. Secrets are masks of one length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SharingPreview {
    pub sharing: Sharing,
    /// Its entry, as JSON.
    pub text: String,
}

/// One thing that the doctor looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CheckView {
    /// A stable name; those of one server end with a colon and its id.
    pub id: String,
    pub ok: bool,
    pub detail: String,
    /// Why it matters, for one that does not hold.
    pub why: Option<String>,
    /// What to do, for one that does not hold.
    pub fix: Option<String>,
    /// Did not hold, and does since it was repaired.
    pub fixed: bool,
    /// It can be mended without losing anything.
    pub repairable: bool,
}

/// The copy of the shared file that would be put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct CopyView {
    /// Names the copy, so that no other one is put back.
    pub path: String,
    #[cfg_attr(test, ts(type = "number"))]
    pub made_at: UnixMillis,
    /// The names of the servers in it.
    pub servers: Vec<String>,
}

/// A server of an imported file that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct NotImported {
    pub name: String,
    /// Why, as a sentence.
    pub reason: String,
}

/// How an import went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ImportReport {
    /// The names of the servers that were added.
    pub added: Vec<String>,
    pub left_out: Vec<NotImported>,
}

/// Something of others that this program is made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "Licence"))]
pub struct Licence {
    pub name: String,
    pub version: String,
    pub licence: String,
}

/// What this program is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct About {
    pub version: String,
    /// Of the web view that draws the window.
    pub web_view: String,
    pub system: String,
    pub config_folder: String,
    pub data_folder: String,
    /// Set where the environment chooses the store, so that the window cannot.
    pub store_is_fixed: bool,
    /// The same of the log level.
    pub log_is_fixed: bool,
    pub licences: Vec<Licence>,
}
