use std::collections::HashMap;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{AccessClaims, ServiceTokenPayload};
use crate::Secret;
use crate::models::Timestamp;

/// Why a token is not believed. Nothing of the token is repeated, its `kid` excepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    #[error("the token is no signed token of the expected kind")]
    Malformed,
    #[error("the token was signed with a key that is not known here (kid {kid:.64?}); fetch the server's keys again")]
    UnknownKey { kid: String },
    #[error("the token does not use its key's own algorithm")]
    WrongAlgorithm,
    #[error("the token's signature is wrong")]
    BadSignature,
    #[error("the token has expired; get a new one")]
    Expired,
    #[error("the token was issued by another server")]
    WrongIssuer,
}

/// Why a text is no key set.
#[derive(Debug, thiserror::Error)]
pub enum JwksError {
    #[error("the key set is not JSON")]
    NotJson {
        #[source]
        source: serde_json::Error,
    },
    #[error("the key set holds no key for RS256, ES256 or EdDSA that has a kid")]
    NoUsableKey,
}

/// Public keys by their `kid`.
#[derive(Debug, Clone, Default)]
pub struct JwksVerifier {
    keys: HashMap<String, (Algorithm, DecodingKey)>,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl JwksVerifier {
    /// Reads a JWKS document. Keys for other uses and of other kinds are passed over.
    ///
    /// # Errors
    /// [`JwksError`].
    pub fn parse(document: &[u8]) -> Result<Self, JwksError> {
        let set: KeySet = serde_json::from_slice(document).map_err(|source| JwksError::NotJson { source })?;
        let jwks: Vec<Jwk> = set.keys.into_iter().flat_map(serde_json::from_value).collect();
        let verifier = Self::new(&jwks);
        if verifier.keys.is_empty() {
            return Err(JwksError::NoUsableKey);
        }
        Ok(verifier)
    }

    /// Takes the usable ones of these keys.
    pub fn new<'a>(jwks: impl IntoIterator<Item = &'a Jwk>) -> Self {
        let keys = jwks.into_iter().filter_map(|jwk| {
            let key = DecodingKey::from_jwk(jwk).ok()?;
            Some((jwk.common.key_id.clone()?, (algorithm_of(jwk)?, key)))
        });
        Self { keys: keys.collect() }
    }

    /// Checks an access token: signature, end (with so many seconds of leeway) and, where one is given, issuer.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify_access(
        &self,
        token: &Secret,
        issuer: Option<&str>,
        now: Timestamp,
        leeway_seconds: u64,
    ) -> Result<AccessClaims, VerifyError> {
        let claims: AccessClaims = self.verify_signature(token)?;
        if issuer.is_some_and(|issuer| issuer != claims.iss) {
            return Err(VerifyError::WrongIssuer);
        }
        check_end(claims.exp, now, leeway_seconds)?;
        Ok(claims)
    }

    /// Checks a service token: signature and end (with so many seconds of leeway). It names no issuer: whose keys these are is
    /// for the caller to know.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify_service(
        &self,
        token: &Secret,
        now: Timestamp,
        leeway_seconds: u64,
    ) -> Result<ServiceTokenPayload, VerifyError> {
        let payload: ServiceTokenPayload = self.verify_signature(token)?;
        check_end(payload.exp, now, leeway_seconds)?;
        Ok(payload)
    }

    /// Checks the signature and gives the claims, whatever they say of time.
    pub(super) fn verify_signature<T: DeserializeOwned + Clone>(&self, token: &Secret) -> Result<T, VerifyError> {
        let token = token.expose();
        let header = jsonwebtoken::decode_header(token).map_err(|_| VerifyError::Malformed)?;
        let kid = header.kid.ok_or(VerifyError::Malformed)?;
        let Some((algorithm, key)) = self.keys.get(&kid) else {
            return Err(VerifyError::UnknownKey { kid });
        };
        if header.alg != *algorithm {
            return Err(VerifyError::WrongAlgorithm);
        }
        let mut validation = Validation::new(*algorithm);
        // Time and issuer are checked by the callers, against the time that they were given.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        jsonwebtoken::decode(token, key, &validation)
            .map(|data| data.claims)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidSignature => VerifyError::BadSignature,
                _ => VerifyError::Malformed,
            })
    }
}

/// A token is worthless from the second of its `exp` on.
pub(super) fn check_end(exp: u64, now: Timestamp, leeway_seconds: u64) -> Result<(), VerifyError> {
    if now >= Timestamp::from_seconds(exp).plus_seconds(leeway_seconds) {
        return Err(VerifyError::Expired);
    }
    Ok(())
}

/// The one algorithm a key may be used with: its kind decides, and its `alg`, where there is one, must agree.
fn algorithm_of(jwk: &Jwk) -> Option<Algorithm> {
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    jwk.common
        .key_algorithm
        .is_none_or(|stated| stated == name)
        .then_some(algorithm)
}
