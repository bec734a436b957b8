use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Secret;

/// 200 of `verify-code` and `refresh`.
///
/// Written as the contract says; read with some patience: snake_case names, a `user {id, email}` object, a missing lifetime
/// (then the access token's own `exp` counts) and a missing refresh token (then the old one stays) are accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TokenReply {
    #[serde(serialize_with = "Secret::expose_on_wire")]
    pub access_token: Secret,
    #[serde(serialize_with = "expose_optional", skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    pub token_type: String,
    /// Life of the access token, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// Life of the refresh token, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_expires_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    pub scopes: Vec<String>,
}

/// Why a reply gives no tokens. Nothing of its content is repeated: it may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum TokenReplyError {
    #[error("the server's reply is not JSON")]
    NotJson {
        #[source]
        source: serde_json::Error,
    },
    #[error("the server's reply holds no access token")]
    NoAccessToken,
    #[error("the server's reply is for tokens of type {token_type:.20}; only Bearer is known")]
    NotBearer { token_type: String },
}

impl TokenReply {
    /// Reads a reply's body.
    ///
    /// # Errors
    /// [`TokenReplyError`] where there is no JSON object with an access token in it.
    pub fn parse(body: &[u8]) -> Result<Self, TokenReplyError> {
        // Read as any JSON first: a mismatch of types would quote the value in its error, and the value may be a token.
        let value: Value = serde_json::from_slice(body).map_err(|source| TokenReplyError::NotJson { source })?;
        let Value::Object(object) = value else {
            return Err(TokenReplyError::NoAccessToken);
        };
        let field = |camel: &str, snake: &str| object.get(camel).or_else(|| object.get(snake));
        let text = |camel: &str, snake: &str| {
            field(camel, snake)
                .and_then(Value::as_str)
                .filter(|s| !s.is_empty())
                .map(str::to_owned)
        };
        let user = |name: &str| {
            object
                .get("user")
                .and_then(|u| u.get(name))
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let seconds = |camel: &str, snake: &str| {
            field(camel, snake)
                .and_then(Value::as_f64)
                .filter(|s| *s >= 0.0)
                .map(|s| s as u64)
        };
        let token_type = text("tokenType", "token_type").unwrap_or_else(|| "Bearer".to_owned());
        if !token_type.eq_ignore_ascii_case("bearer") {
            return Err(TokenReplyError::NotBearer { token_type });
        }
        Ok(Self {
            access_token: text("accessToken", "access_token")
                .map(Secret::new)
                .ok_or(TokenReplyError::NoAccessToken)?,
            refresh_token: text("refreshToken", "refresh_token").map(Secret::new),
            token_type,
            expires_in: seconds("expiresIn", "expires_in"),
            refresh_expires_in: seconds("refreshExpiresIn", "refresh_expires_in"),
            user_id: text("userId", "user_id").or_else(|| user("id")),
            email: text("email", "email").or_else(|| user("email")),
            domain_id: text("domainId", "domain_id"),
            org_id: text("orgId", "org_id"),
            scopes: field("scopes", "scopes")
                .and_then(|s| Vec::deserialize(s).ok())
                .unwrap_or_default(),
        })
    }
}

/// Writes the text; meant for a field that is left out where there is none.
pub(super) fn expose_optional<S: serde::Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.as_ref().map_or("", Secret::expose))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_and_a_user_object_are_read() {
        let reply = TokenReply::parse(
            br#"{"access_token":"a","expires_in":900.0,"token_type":"bearer","user":{"id":"u","email":"e@x.y"}}"#,
        )
        .unwrap();
        assert_eq!(reply.access_token.expose(), "a");
        assert_eq!((reply.expires_in, reply.refresh_token), (Some(900), None));
        assert_eq!(
            (reply.user_id.as_deref(), reply.email.as_deref()),
            (Some("u"), Some("e@x.y"))
        );
    }

    #[test]
    fn what_we_write_we_read() {
        let written = TokenReply {
            access_token: Secret::new("a"),
            refresh_token: Some(Secret::new("r")),
            token_type: "Bearer".into(),
            expires_in: Some(900),
            refresh_expires_in: Some(2_592_000),
            user_id: Some("u".into()),
            email: Some("e@x.y".into()),
            domain_id: Some("d".into()),
            org_id: Some("o".into()),
            scopes: vec!["admin".into()],
        };
        assert_eq!(
            TokenReply::parse(&serde_json::to_vec(&written).unwrap()).unwrap(),
            written
        );
    }

    #[test]
    fn a_reply_without_a_token_is_an_error_that_repeats_nothing() {
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"accessToken":""}"#,
            r#"{"accessToken":7}"#,
            r#"{"accessToken":"tok","tokenType":"mac"}"#,
        ] {
            let error = TokenReply::parse(body.as_bytes()).unwrap_err();
            assert!(!error.to_string().contains("tok\""), "{error}");
        }
    }
}
