use accounts::ports::{ApiError, Server, UnixMillis};
use auth_core::{Secret, ServerId, ServerUrl};
use serde::{Deserialize, Serialize};

use super::{CliAuthService, fault};

/// An access token for an API token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchanged {
    pub access_token: Secret,
    /// When it ends on our clock.
    pub expires_at: UnixMillis,
}

#[derive(Serialize)]
struct Form<'a> {
    grant_type: &'static str,
    api_token: &'a str,
}

/// The names are OAuth's.
#[derive(Deserialize)]
struct ExchangeReply {
    access_token: Secret,
    token_type: String,
    expires_in: u64,
}

impl CliAuthService {
    /// Trades an API token for an access token; no profile is needed.
    ///
    /// # Errors
    /// [`ApiError`]; [`ApiError::ApiTokenRefused`] where the server does not know the token.
    pub async fn exchange(&self, url: &ServerUrl, api_token: &Secret) -> Result<Exchanged, ApiError> {
        // Which domain it is for, the token itself says.
        let server = Server {
            id: ServerId::existing(url.as_str()),
            url: url.clone(),
            domain_id: String::new(),
        };
        let form = Form {
            grant_type: "api_token",
            api_token: api_token.expose(),
        };
        let reply = self.transport.post_form(&server, "/auth/token", &form).await?;
        if !(200..300).contains(&reply.status) {
            return Err(fault::exchange_refusal(&server, &reply, api_token));
        }
        let tokens: ExchangeReply = reply.json(&server)?;
        if !tokens.token_type.eq_ignore_ascii_case("bearer") || tokens.access_token.is_empty() {
            return Err(reply.unexpected(&server, "it gave no bearer token"));
        }
        Ok(Exchanged {
            access_token: tokens.access_token,
            expires_at: self.ends_after(&reply, tokens.expires_in),
        })
    }
}
