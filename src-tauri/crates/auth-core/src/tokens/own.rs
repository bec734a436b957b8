use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{JwksVerifier, SigningAlgorithm, SigningKey, VerifyError};
use crate::Secret;

/// Keys of tokens that only their maker reads.
///
/// Ed25519 signs the same message the same way each time (RFC 8032): who holds the key signs once more and compares. That takes
/// a quarter of the time of a check with the public key, and lets no second signature of a message pass.
#[derive(Debug)]
pub struct OwnKeys {
    current: SigningKey,
    former: Vec<SigningKey>,
    /// For keys of other kinds, which sign with randomness.
    public: JwksVerifier,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
}

impl OwnKeys {
    pub fn new(current: SigningKey, former: Vec<SigningKey>) -> Self {
        let public = JwksVerifier::new(std::iter::once(&current).chain(&former).map(SigningKey::jwk));
        Self {
            current,
            former,
            public,
        }
    }

    /// The one that signs now.
    pub fn current(&self) -> &SigningKey {
        &self.current
    }

    /// Checks the signature and gives the claims, whatever they say of time.
    pub fn verify_signature<T: DeserializeOwned + Clone>(&self, token: &Secret) -> Result<T, VerifyError> {
        let (message, signature) = token.expose().rsplit_once('.').ok_or(VerifyError::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(VerifyError::Malformed)?;
        let Header { alg, kid } = read(header)?;
        let mut keys = std::iter::once(&self.current).chain(&self.former);
        let Some(key) = keys.find(|key| key.kid() == kid) else {
            return Err(VerifyError::UnknownKey { kid });
        };
        if alg != key.algorithm().name() {
            return Err(VerifyError::WrongAlgorithm);
        }
        if key.algorithm() != SigningAlgorithm::EdDSA {
            return self.public.verify_signature(token);
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| VerifyError::Malformed)?;
        let expected = key.sign(message.as_bytes()).map_err(|_| VerifyError::BadSignature)?;
        verify_slices_are_equal(&expected, &signature).map_err(|_| VerifyError::BadSignature)?;
        read(claims)
    }
}

fn read<T: DeserializeOwned>(part: &str) -> Result<T, VerifyError> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| VerifyError::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| VerifyError::Malformed)
}
