use std::sync::Arc;

use auth_core::storage::AuthStorageAdapter;
use auth_storage::{OpenError, StorageUrl, UrlError};
use directories::ProjectDirs;

use super::OptionsError;
use super::options::PlaceOptions;

/// The engine of the data.
pub type Storage = Arc<dyn AuthStorageAdapter>;

impl PlaceOptions {
    /// Where the data are.
    ///
    /// # Errors
    /// [`OptionsError`].
    pub fn database(&self) -> Result<StorageUrl, OptionsError> {
        if let Some(url) = &self.storage {
            return Ok(parse(url)?);
        }
        let folder = match &self.data_dir {
            Some(folder) => folder.clone(),
            None => ProjectDirs::from("", "", "flowstate-auth-server")
                .ok_or(OptionsError::NoDataFolder)?
                .data_dir()
                .to_owned(),
        };
        let path = folder.join("auth.db");
        Ok(StorageUrl::Sqlite { path })
    }
}

/// Reads the address of a storage.
///
/// # Errors
/// [`UrlError`].
pub fn parse(url: &str) -> Result<StorageUrl, UrlError> {
    StorageUrl::parse(url, &|name| std::env::var(name).ok())
}

/// Opens the storage.
///
/// # Errors
/// [`OpenError`].
pub async fn open(database: &StorageUrl) -> Result<Storage, OpenError> {
    database.open().await
}
