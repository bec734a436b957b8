use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Header;
use jsonwebtoken::jwk::JwkSet;
use serde::Serialize;

use super::own::OwnKeys;
use super::verifier::check_end;
use super::{
    AccessClaims, AccessTokenPayload, CreateServiceTokenOptions, JwksVerifier, KeyError, RefreshClaims,
    RefreshTokenPayload, ServiceTokenPayload, ServiceTokenType, SigningAlgorithm, SigningKey, VerifyError,
};
use crate::Secret;
use crate::models::Timestamp;

/// The keys of a server: the one that signs now, then others that are believed, because their tokens may still be about or
/// because they sign soon.
#[derive(Debug)]
pub struct KeyRing {
    pub current: SigningKey,
    pub former: Vec<SigningKey>,
}

/// Why no token was made.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("the token could not be signed")]
    Key {
        #[from]
        source: KeyError,
    },
    #[error("the token's claims could not be written as JSON")]
    Claims {
        #[from]
        source: serde_json::Error,
    },
}

/// Makes and checks the tokens of one server.
///
/// Refresh tokens have keys of their own, so that neither kind can ever pass for the other.
#[derive(Debug)]
pub struct TokenManager {
    issuer: String,
    access_key: SigningKey,
    access_algorithms: Vec<SigningAlgorithm>,
    access: JwksVerifier,
    refresh: OwnKeys,
    jwks: JwkSet,
}

impl TokenManager {
    /// Signs as `issuer` with the current keys and believes the others too.
    pub fn new(issuer: impl Into<String>, access: KeyRing, refresh: KeyRing) -> Self {
        let access_algorithms = access.former.iter().map(SigningKey::algorithm).collect();
        let published = std::iter::once(&access.current).chain(&access.former);
        let jwks = JwkSet {
            keys: published.map(|key| key.jwk().clone()).collect(),
        };
        Self {
            issuer: issuer.into(),
            access: JwksVerifier::new(&jwks.keys),
            refresh: OwnKeys::new(refresh.current, refresh.former),
            access_key: access.current,
            access_algorithms,
            jwks,
        }
    }

    /// What the server is called in its tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The key that signs access and service tokens.
    pub fn kid(&self) -> &str {
        self.access_key.kid()
    }

    /// The algorithms of the published keys, that of the key which signs first.
    pub fn algorithms(&self) -> Vec<SigningAlgorithm> {
        let mut found = vec![self.access_key.algorithm()];
        for algorithm in &self.access_algorithms {
            if !found.contains(algorithm) {
                found.push(*algorithm);
            }
        }
        found
    }

    /// The public keys of access and service tokens, to be published.
    pub fn jwks(&self) -> &JwkSet {
        &self.jwks
    }

    /// Makes an access token for the bearer of a session; `token_id` is a new unique id.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn create_access(
        &self,
        payload: AccessTokenPayload,
        session_id: &str,
        token_id: &str,
        now: Timestamp,
        ttl_seconds: u64,
    ) -> Result<Secret, TokenError> {
        let claims = AccessClaims {
            sub: payload.user_id.clone(),
            payload,
            iss: self.issuer.clone(),
            iat: now.as_seconds(),
            exp: now.as_seconds().saturating_add(ttl_seconds),
            jti: token_id.to_owned(),
            sid: session_id.to_owned(),
        };
        sign(&self.access_key, &claims)
    }

    /// Checks an access token that this server made.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify_access(&self, token: &Secret, now: Timestamp) -> Result<AccessClaims, VerifyError> {
        self.access.verify_access(token, Some(&self.issuer), now, 0)
    }

    /// Makes the refresh token of a session's generation. The same arguments give the very same token, so that a reply
    /// that was lost can be given again.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn create_refresh(
        &self,
        payload: RefreshTokenPayload,
        generation: u64,
        issued: Timestamp,
        expires: Timestamp,
    ) -> Result<Secret, TokenError> {
        let claims = RefreshClaims {
            jti: format!("{}.{generation}", payload.session_id),
            payload,
            generation,
            iat: issued.as_seconds(),
            exp: expires.as_seconds(),
        };
        sign(self.refresh.current(), &claims)
    }

    /// Checks a refresh token that this server made.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify_refresh(&self, token: &Secret, now: Timestamp) -> Result<RefreshClaims, VerifyError> {
        let claims: RefreshClaims = self.refresh.verify_signature(token)?;
        check_end(claims.exp, now, 0)?;
        Ok(claims)
    }

    /// Makes a service token.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn create_service(&self, options: CreateServiceTokenOptions, now: Timestamp) -> Result<Secret, TokenError> {
        let payload = ServiceTokenPayload {
            sub: options.service_id,
            token_type: ServiceTokenType::Service,
            domain_id: options.domain_id,
            permissions: options.permissions,
            iat: now.as_seconds(),
            exp: now.as_seconds().saturating_add(options.ttl_seconds),
        };
        sign(&self.access_key, &payload)
    }

    /// Checks a service token that this server made.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify_service(&self, token: &Secret, now: Timestamp) -> Result<ServiceTokenPayload, VerifyError> {
        self.access.verify_service(token, now, 0)
    }
}

fn sign(key: &SigningKey, claims: &impl Serialize) -> Result<Secret, TokenError> {
    let mut header = Header::new(key.algorithm().jwt());
    header.kid = Some(key.kid().to_owned());
    let mut token = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header)?);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims)?, &mut token);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(Secret::new(token))
}
