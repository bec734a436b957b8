use serde::{Deserialize, Serialize};

use super::secret_field::expose_or_null;
use super::{Extended, Timestamp};
use crate::Secret;

/// A person's account with another provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthAccountModel {
    pub id: String,
    pub user_id: String,
    #[serde(rename = "type")]
    pub account_type: AuthAccountType,
    pub provider: String,
    /// Unique with its provider in a domain.
    pub provider_account_id: String,
    #[serde(serialize_with = "expose_or_null")]
    pub refresh_token: Option<Secret>,
    #[serde(serialize_with = "expose_or_null")]
    pub access_token: Option<Secret>,
    /// End of the access token, as the provider gave it.
    pub expires_at: Option<u64>,
    pub token_type: Option<String>,
    pub scope: Option<String>,
    #[serde(serialize_with = "expose_or_null")]
    pub id_token: Option<Secret>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended: Option<Extended>,
}

/// The protocol spoken with the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthAccountType {
    Oauth,
    Oidc,
}
