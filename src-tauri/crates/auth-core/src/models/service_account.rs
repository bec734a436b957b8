use serde::{Deserialize, Serialize};

use super::{Extended, Timestamp};
use crate::Secret;

/// A program that acts by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccountModel {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    /// The id of the person who made it.
    pub created_by: String,
    pub org_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_id: Option<String>,
    pub scopes: Vec<String>,
    pub active: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub trashed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<std::collections::HashMap<String, serde_json::Value>>))]
    pub extended: Option<Extended>,
}

/// A long-lived token of a service account, as it is stored; the token itself is shown once and kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiTokenModel {
    pub id: String,
    pub service_account_id: String,
    pub name: String,
    /// Stored, never sent.
    #[serde(serialize_with = "Secret::expose_on_wire")]
    pub token_hash: Secret,
    /// The first characters, by which it is found; unique.
    pub prefix: String,
    pub last_used_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub revoked: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_id: Option<String>,
    pub org_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended: Option<Extended>,
}
