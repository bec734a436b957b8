use std::path::PathBuf;
use std::sync::Arc;

use auth_core::storage::AuthStorageAdapter;
use auth_storage::{OpenError, SqliteStorage};
use directories::ProjectDirs;

use super::OptionsError;
use super::options::PlaceOptions;

/// The engine of the data.
pub type Storage = Arc<dyn AuthStorageAdapter>;

impl PlaceOptions {
    /// The database's file.
    ///
    /// # Errors
    /// [`OptionsError`].
    pub fn database(&self) -> Result<PathBuf, OptionsError> {
        // The value is not repeated: addresses of other engines hold passwords.
        if let Some(url) = &self.storage {
            let path = url.strip_prefix("sqlite:").ok_or(OptionsError::UnknownStorage)?;
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() || path == ":memory:" {
                Err(OptionsError::UnknownStorage)
            } else {
                Ok(PathBuf::from(path))
            };
        }
        let folder = match &self.data_dir {
            Some(folder) => folder.clone(),
            None => ProjectDirs::from("", "", "flowstate-auth-server")
                .ok_or(OptionsError::NoDataFolder)?
                .data_dir()
                .to_owned(),
        };
        Ok(folder.join("auth.db"))
    }
}

/// Opens the database.
///
/// # Errors
/// [`OpenError`].
pub async fn open(database: &std::path::Path) -> Result<Storage, OpenError> {
    Ok(Arc::new(SqliteStorage::open(database).await?))
}
