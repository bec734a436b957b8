use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::Secret;

/// What every storage engine is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StorageAdapterConfig {
    pub domain_id: String,
    /// Version of the stored documents' shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// Documents in folders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilesystemStorageConfig {
    pub data_dir: PathBuf,
}

/// An RxDB server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RxDBStorageConfig {
    pub server_url: String,
    #[serde(serialize_with = "Secret::expose_on_wire")]
    pub auth_token: Secret,
    pub domain_id: String,
    /// Version of the stored documents' shape; part of the server's endpoint names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}
