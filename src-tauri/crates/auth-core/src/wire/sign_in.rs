use serde::{Deserialize, Serialize};

use crate::Secret;

/// `POST /auth/send-code`. The address is text here: what is wrong with it is the server's `invalid_email` to say.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SendCodeRequest {
    pub email: String,
    pub domain_id: String,
}

/// 202 of `POST /auth/send-code`; both in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SendCodeReply {
    /// How long the code is good for.
    pub expires_in: u64,
    /// How long to wait before another one may be asked for.
    pub retry_after: u64,
}

/// `POST /auth/verify-code`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct VerifyCodeRequest {
    pub email: String,
    #[serde(serialize_with = "Secret::expose_on_wire")]
    pub code: Secret,
    pub domain_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
}

/// The machine a person signs in from, for their list of sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Device {
    pub device_id: String,
    #[serde(default)]
    pub platform: Option<String>,
    #[serde(default)]
    pub user_agent: Option<String>,
}

/// `POST /auth/refresh`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RefreshRequest {
    #[serde(serialize_with = "Secret::expose_on_wire")]
    pub refresh_token: Secret,
}

/// `POST /auth/logout`.
pub type LogoutRequest = RefreshRequest;

/// 200 of `GET /auth/me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MeReply {
    pub user: MeUser,
    pub domain_id: String,
    pub org_id: String,
    pub scopes: Vec<String>,
}

/// The person of a [`MeReply`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MeUser {
    pub id: String,
    pub email: String,
    #[serde(default)]
    pub name: Option<String>,
}
