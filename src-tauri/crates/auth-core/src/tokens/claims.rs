use serde::{Deserialize, Serialize};

use super::{AccessTokenPayload, RefreshTokenPayload, TokenClaims};
use crate::models::Timestamp;

/// A whole access token. Other servers of the stack may leave out what is not in the payload, `exp` excepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    #[serde(flatten)]
    pub payload: AccessTokenPayload,
    #[serde(default)]
    pub sub: String,
    #[serde(default)]
    pub iss: String,
    /// Seconds since the epoch.
    #[serde(default)]
    pub iat: u64,
    /// Seconds since the epoch; the token is worthless from then on.
    pub exp: u64,
    #[serde(default)]
    pub jti: String,
    /// The session it came from.
    #[serde(default)]
    pub sid: String,
}

impl AccessClaims {
    /// When the token ends.
    pub fn expires(&self) -> Timestamp {
        Timestamp::from_seconds(self.exp)
    }

    /// Who the token stands for; its scopes are the roles.
    pub fn token_claims(&self) -> TokenClaims {
        TokenClaims {
            sub: self.sub.clone(),
            email: self.payload.email.clone(),
            domain_id: self.payload.domain_id.clone(),
            org_id: self.payload.org_id.clone(),
            roles: self.payload.scopes.clone(),
        }
    }
}

/// A whole refresh token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshClaims {
    #[serde(flatten)]
    pub payload: RefreshTokenPayload,
    /// How often the session had been rotated when it was made.
    #[serde(rename = "gen")]
    pub generation: u64,
    /// Seconds since the epoch.
    pub iat: u64,
    /// Seconds since the epoch; the token is worthless from then on.
    pub exp: u64,
    pub jti: String,
}
