use serde::{Deserialize, Serialize};

use super::{Extended, Timestamp};

/// A sign-in of a person on a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthSessionModel {
    pub id: String,
    pub user_id: String,
    /// The session is over from then on.
    pub expires: Timestamp,
    pub device_info: Option<DeviceInfo>,
    /// The sign-in.
    pub created_at: Timestamp,
    /// The last use.
    pub updated_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended: Option<Extended>,
}

/// The machine of a session, as it described itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeviceInfo {
    pub user_agent: String,
    pub ip: String,
    pub device_id: String,
    pub platform: Option<String>,
    pub browser: Option<String>,
    pub location: Option<String>,
}
