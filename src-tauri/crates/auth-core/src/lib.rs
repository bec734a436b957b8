//! The shared vocabulary: config file types, models, tokens, wire messages and the storage port.
//! No IO, no clock, no environment: time and randomness come in as arguments.

pub mod config;
pub mod models;
mod names;
#[cfg(feature = "openapi")]
mod schemas;
mod secret;
pub mod storage;
pub mod tokens;
pub mod wire;

pub use names::{
    Email, EmailError, ServerId, ServerIdError, ServerUrl, ServerUrlError, VerificationCode, VerificationCodeError,
};
pub use secret::Secret;
