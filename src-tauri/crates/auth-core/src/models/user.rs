use serde::{Deserialize, Serialize};

use super::{Extended, Timestamp};

/// A person. The address is unique in its domain and stored in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthUserModel {
    pub id: String,
    pub email: String,
    /// When the person first proved that the address is theirs.
    pub email_verified: Option<Timestamp>,
    pub name: Option<String>,
    /// Address of a picture.
    pub image: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_id: Option<String>,
    pub org_id: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// A trashed person cannot sign in, and their sessions are over.
    pub trashed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended: Option<Extended>,
}
