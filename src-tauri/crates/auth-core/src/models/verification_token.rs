use serde::{Deserialize, Serialize};

use super::{Extended, Timestamp};
use crate::Secret;

/// A code or link that was sent to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthVerificationTokenModel {
    pub id: String,
    /// The address it was sent to.
    pub identifier: String,
    /// What is stored of it: a hash. Secret all the same, since six digits are soon tried.
    #[serde(serialize_with = "Secret::expose_on_wire")]
    pub token: Secret,
    /// It is worthless from then on.
    pub expires: Timestamp,
    #[serde(rename = "type")]
    pub token_type: VerificationTokenType,
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended: Option<Extended>,
}

/// How it reaches its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerificationTokenType {
    MagicLink,
    EmailCode,
    SmsCode,
}
