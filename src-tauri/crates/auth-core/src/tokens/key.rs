use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::pem;
use crate::Secret;

/// How access tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    RS256,
    ES256,
    EdDSA,
}

impl SigningAlgorithm {
    /// The name in a token's header.
    pub fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
        }
    }

    pub(super) fn jwt(self) -> Algorithm {
        match self {
            Self::RS256 => Algorithm::RS256,
            Self::ES256 => Algorithm::ES256,
            Self::EdDSA => Algorithm::EdDSA,
        }
    }
}

/// Why there is no key. Nothing of the key is repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("this is no PKCS#8 PEM; it should start with -----BEGIN PRIVATE KEY-----")]
    NotPkcs8Pem,
    #[error("this is no RSA (2048 to 8192 bits), P-256 or Ed25519 key; make one of these")]
    Unsupported,
    #[error("the system could not make or write out a key; its source of randomness may be broken")]
    NotMade,
    #[error("the key could not sign; make a new one")]
    NotSigned,
}

/// A key that signs. It is parsed once: parsing an RSA key costs more than a signature with it.
pub struct SigningKey {
    pair: Pair,
    jwk: Jwk,
    kid: String,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// Makes a new key; RSA keys have 2048 bits and take some tenths of a second.
    ///
    /// # Errors
    /// [`KeyError::NotMade`].
    pub fn generate(algorithm: SigningAlgorithm) -> Result<Self, KeyError> {
        let not_made = |_| KeyError::NotMade;
        Self::with_pair(match algorithm {
            SigningAlgorithm::RS256 => Pair::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).map_err(not_made)?)),
            SigningAlgorithm::ES256 => {
                Pair::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(not_made)?)
            }
            SigningAlgorithm::EdDSA => Pair::Ed25519(Ed25519KeyPair::generate().map_err(not_made)?),
        })
    }

    /// Takes a key from PKCS#8 PEM text, as `openssl genpkey` writes it; the kind of key decides the algorithm.
    ///
    /// # Errors
    /// [`KeyError::NotPkcs8Pem`], [`KeyError::Unsupported`].
    pub fn from_pkcs8_pem(text: &Secret) -> Result<Self, KeyError> {
        let der = pem::decode(text)?;
        let pair = if let Ok(pair) = RsaKeyPair::from_pkcs8(&der) {
            Pair::Rsa(Box::new(pair))
        } else if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der) {
            Pair::P256(pair)
        } else {
            Pair::Ed25519(Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).map_err(|_| KeyError::Unsupported)?)
        };
        Self::with_pair(pair)
    }

    /// The key as PKCS#8 PEM text, to be stored.
    ///
    /// # Errors
    /// [`KeyError::NotMade`].
    pub fn to_pkcs8_pem(&self) -> Result<Secret, KeyError> {
        let document = match &self.pair {
            Pair::Rsa(pair) => return Ok(pem::encode(pair.as_der().map_err(|_| KeyError::NotMade)?.as_ref())),
            Pair::P256(pair) => pair.to_pkcs8v1(),
            Pair::Ed25519(pair) => pair.to_pkcs8v1(),
        };
        Ok(pem::encode(document.map_err(|_| KeyError::NotMade)?.as_ref()))
    }

    /// The key's name in headers and key sets: its RFC 7638 thumbprint.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The algorithm it signs with.
    pub fn algorithm(&self) -> SigningAlgorithm {
        match self.pair {
            Pair::Rsa(_) => SigningAlgorithm::RS256,
            Pair::P256(_) => SigningAlgorithm::ES256,
            Pair::Ed25519(_) => SigningAlgorithm::EdDSA,
        }
    }

    /// The public half.
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// The signature of a message, as JWS wants it.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(|_| KeyError::NotSigned)?;
                Ok(signature)
            }
            Pair::P256(pair) => Ok(pair
                .sign(&random, message)
                .map_err(|_| KeyError::NotSigned)?
                .as_ref()
                .to_vec()),
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }

    fn with_pair(pair: Pair) -> Result<Self, KeyError> {
        let base64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut public = match &pair {
            Pair::Rsa(pair) => {
                let key = pair.public_key();
                let (n, e) = (key.modulus(), key.exponent());
                json!({"kty": "RSA", "alg": "RS256", "n": base64(n.big_endian_without_leading_zero()),
                    "e": base64(e.big_endian_without_leading_zero())})
            }
            Pair::P256(pair) => {
                // An uncompressed point: 4, then x and y of 32 bytes each.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "x": base64(x), "y": base64(y)})
            }
            Pair::Ed25519(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": base64(pair.public_key().as_ref())})
            }
        };
        public["use"] = json!("sig");
        let mut jwk: Jwk = serde_json::from_value(public).map_err(|_| KeyError::Unsupported)?;
        let kid = jwk
            .thumbprint(ThumbprintHash::SHA256)
            .map_err(|_| KeyError::Unsupported)?;
        jwk.common.key_id = Some(kid.clone());
        Ok(Self { pair, jwk, kid })
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({} {})", self.algorithm().name(), self.kid)
    }
}
