use std::sync::Arc;

use auth_core::storage::AuthStorageAdapter;
use auth_storage::{OpenError, StorageUrl, UrlError};
use directories::ProjectDirs;

use super::options::PlaceOptions;
use super::{OptionsError, RunError};

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

/// Opens a storage that is there: who only reads would find an empty one that a typing error has made.
///
/// # Errors
/// [`OptionsError::NothingThere`], [`OpenError`].
pub async fn open_existing(database: &StorageUrl) -> Result<Storage, RunError> {
    let there = match database {
        StorageUrl::Sqlite { path } => path.is_file(),
        StorageUrl::Files(config) => config.data_dir.is_dir(),
        // Whether these are there they say themselves.
        StorageUrl::Postgres(_) | StorageUrl::S3(_) | StorageUrl::RxDB(_) => true,
    };
    match there {
        true => Ok(open(database).await?),
        false => Err(OptionsError::NothingThere.into()),
    }
}

/// Opens the storage, or begins it.
///
/// # Errors
/// [`OpenError`].
pub async fn open(database: &StorageUrl) -> Result<Storage, OpenError> {
    database.open().await
}
