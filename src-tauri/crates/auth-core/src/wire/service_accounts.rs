use serde::{Deserialize, Deserializer, Serialize};

use super::token_reply::expose_optional;
use crate::Secret;
use crate::models::{ApiTokenModel, Timestamp};

/// A part of a list, in the order of ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Listing<T> {
    pub items: Vec<T>,
    /// Where there is more: ask again with this as `after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// `POST /auth/service-accounts`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreateServiceAccountRequest {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What its tokens may do.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The caller's own, where it is left out; no other is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
}

/// `PATCH /auth/service-accounts/{id}`: what is left out stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UpdateServiceAccountRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `null` takes the description away.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub description: Option<Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// The tokens of an account that is not active are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

/// A field that is there, with `null` or with a value.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// What an API token is for; its text says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum TokenEnvironment {
    #[default]
    Live,
    Test,
}

/// `POST /auth/service-accounts/{id}/tokens`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreateApiTokenRequest {
    pub name: String,
    #[serde(default)]
    pub environment: TokenEnvironment,
    /// It lives until it is revoked where this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// An [`ApiTokenModel`] as it is sent: without its hash, and with its text in the reply to its creation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApiTokenView {
    pub id: String,
    pub service_account_id: String,
    pub name: String,
    /// The first characters, by which a person tells tokens apart.
    pub prefix: String,
    /// The minute of its last use.
    pub last_used_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub revoked: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_id: Option<String>,
    pub org_id: String,
    /// The token itself: once, in the reply to its creation.
    #[serde(default, serialize_with = "expose_optional", skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
}

impl ApiTokenView {
    /// The model without its hash.
    pub fn of(model: ApiTokenModel) -> Self {
        Self {
            id: model.id,
            service_account_id: model.service_account_id,
            name: model.name,
            prefix: model.prefix,
            last_used_at: model.last_used_at,
            expires_at: model.expires_at,
            created_at: model.created_at,
            revoked: model.revoked,
            domain_id: model.domain_id,
            org_id: model.org_id,
            token: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_tells_null_from_nothing() {
        let read = |value| serde_json::from_value::<UpdateServiceAccountRequest>(value).unwrap();
        assert_eq!(read(json!({})).description, None);
        assert_eq!(read(json!({"description": null})).description, Some(None));
        assert_eq!(read(json!({"description": "x"})).description, Some(Some("x".into())));
        assert_eq!(
            serde_json::to_value(read(json!({"description": null}))).unwrap(),
            json!({"description": null})
        );
    }

    #[test]
    fn what_is_sent_of_an_api_token_holds_no_hash() {
        let date = Timestamp::from_seconds(1_790_000_000);
        let view = ApiTokenView::of(ApiTokenModel {
            id: "t".into(),
            service_account_id: "s".into(),
            name: "ci".into(),
            token_hash: Secret::new("s3cret"),
            prefix: "epic_live_12345678".into(),
            last_used_at: None,
            expires_at: Some(date),
            created_at: date,
            revoked: false,
            domain_id: Some("d".into()),
            org_id: "o".into(),
            extended: None,
        });
        let written = serde_json::to_value(&view).unwrap();
        assert_eq!(
            written,
            json!({"id": "t", "serviceAccountId": "s", "name": "ci", "prefix": "epic_live_12345678", "lastUsedAt": null,
                "expiresAt": date, "createdAt": date, "revoked": false, "domainId": "d", "orgId": "o"})
        );
    }
}
