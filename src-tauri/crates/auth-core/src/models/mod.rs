//! What the server keeps: the models of the contract, camelCase, dates as RFC 3339 text in UTC.
//!
//! A field that may be absent is left out when it is empty; a field that may be null is written as `null`.

mod account;
mod secret_field;
mod service_account;
mod session;
mod storage_config;
mod timestamp;
mod user;
mod verification_token;

pub use account::{AuthAccountModel, AuthAccountType};
pub use service_account::{ApiTokenModel, ServiceAccountModel};
pub use session::{AuthSessionModel, DeviceInfo};
pub use storage_config::{FilesystemStorageConfig, RxDBStorageConfig, StorageAdapterConfig};
pub use timestamp::{Timestamp, TimestampError};
pub use user::AuthUserModel;
pub use verification_token::{AuthVerificationTokenModel, VerificationTokenType};

/// Further fields of a model that this code does not read but keeps.
pub type Extended = serde_json::Map<String, serde_json::Value>;

#[cfg(test)]
mod tests;
