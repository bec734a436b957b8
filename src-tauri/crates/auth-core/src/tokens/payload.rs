use serde::{Deserialize, Serialize};

/// What an access token says of its bearer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessTokenPayload {
    pub user_id: String,
    pub email: String,
    pub domain_id: String,
    pub org_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
}

/// What a refresh token says; read by the server alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefreshTokenPayload {
    pub user_id: String,
    pub session_id: String,
    pub domain_id: String,
}

/// All that a service token says. `iat` and `exp` are seconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceTokenPayload {
    /// The service.
    pub sub: String,
    #[serde(rename = "type")]
    pub token_type: ServiceTokenType,
    pub domain_id: String,
    pub permissions: Vec<String>,
    pub iat: u64,
    pub exp: u64,
}

/// The one `type` of a service token, by which it is told from an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceTokenType {
    Service,
}

/// The wish for a service token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreateServiceTokenOptions {
    pub service_id: String,
    pub domain_id: String,
    pub permissions: Vec<String>,
    /// Life of the token, seconds.
    pub ttl_seconds: u64,
}

/// Who a verified token stands for, as services ask it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenClaims {
    pub sub: String,
    pub email: String,
    pub domain_id: String,
    pub org_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
}
