//! The tokens of the contract: what they carry, the keys that sign them, and who may believe them.
//!
//! Time comes in with every call. A token is believed only after a key that was found by its `kid` has checked it with that
//! key's own algorithm; what the token says of algorithms is compared, never followed.

mod claims;
mod key;
mod manager;
mod own;
mod payload;
mod pem;
mod verifier;

pub use claims::{AccessClaims, RefreshClaims};
pub use key::{KeyError, SigningAlgorithm, SigningKey};
pub use manager::{KeyRing, TokenError, TokenManager};
pub use payload::{
    AccessTokenPayload, CreateServiceTokenOptions, RefreshTokenPayload, ServiceTokenPayload, ServiceTokenType,
    TokenClaims,
};
pub use verifier::{JwksError, JwksVerifier, VerifyError};

#[cfg(test)]
mod tests;
