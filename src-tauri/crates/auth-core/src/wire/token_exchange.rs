use serde::{Deserialize, Serialize};

use super::token_reply::expose_optional;
use crate::Secret;

/// `POST /auth/token`, as a form or as JSON: a long-lived API token is traded for a short-lived access token.
///
/// The names are OAuth's, as the rest of the stack sends them; in JSON the contract's camelCase is read too.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenRequest {
    #[serde(alias = "grantType")]
    pub grant_type: String,
    /// Missing where another kind of grant was meant.
    #[serde(
        default,
        alias = "apiToken",
        serialize_with = "expose_optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub api_token: Option<Secret>,
}

impl TokenRequest {
    /// The one kind of grant.
    pub const GRANT_TYPE: &'static str = "api_token";

    /// The wish to trade this API token.
    pub fn new(api_token: Secret) -> Self {
        Self {
            grant_type: Self::GRANT_TYPE.to_owned(),
            api_token: Some(api_token),
        }
    }
}

/// 200 of `POST /auth/token` and `POST /auth/service-token`. The names are OAuth's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BearerReply {
    #[serde(serialize_with = "Secret::expose_on_wire")]
    pub access_token: Secret,
    pub token_type: String,
    /// Life of the token, seconds.
    pub expires_in: u64,
}

impl BearerReply {
    /// A bearer token that lives so many seconds.
    pub fn new(access_token: Secret, expires_in: u64) -> Self {
        Self {
            access_token,
            token_type: "Bearer".to_owned(),
            expires_in,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_names_are_oauth_s_and_camel_case_is_read_too() {
        let request = TokenRequest::new(Secret::new("epic_live_x"));
        let written = json!({"grant_type": "api_token", "api_token": "epic_live_x"});
        assert_eq!(serde_json::to_value(&request).unwrap(), written);
        let read: TokenRequest =
            serde_json::from_value(json!({"grantType": "api_token", "apiToken": "epic_live_x"})).unwrap();
        assert_eq!(read.api_token, request.api_token);
        assert!(!format!("{request:?}").contains("epic_live_x"));
        let reply = serde_json::to_value(BearerReply::new(Secret::new("a.b.c"), 900)).unwrap();
        assert_eq!(
            reply,
            json!({"access_token": "a.b.c", "token_type": "Bearer", "expires_in": 900})
        );
    }
}
