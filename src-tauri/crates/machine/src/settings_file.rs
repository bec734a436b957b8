//! Our own settings: one JSON file in the app's data folder.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use accounts::ports::{Settings, SettingsEdit, SettingsError, SettingsStore};
use async_trait::async_trait;

use crate::lock_file::LockFile;
use crate::lock_queue::{self, Missed};
use crate::{Paths, new_file, platform};

/// How long another may keep the file locked.
const DEADLINE: Duration = Duration::from_secs(10);

/// `settings.json` on this disk. Neither it nor its folder needs to be there.
#[derive(Debug, Clone)]
pub struct SettingsFile {
    path: PathBuf,
    /// What was last read or written: with a thousand sessions it takes milliseconds to parse.
    last: Arc<Mutex<Option<Known>>>,
}

#[derive(Debug)]
struct Known {
    bytes: Vec<u8>,
    settings: Arc<Settings>,
}

impl SettingsFile {
    /// The settings that go with the shared file of `paths`.
    pub fn new(paths: &Paths) -> Self {
        Self {
            path: paths.state_dir().join("settings.json"),
            last: Arc::default(),
        }
    }

    /// [`SettingsStore::read`] for callers without an async runtime.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn read_blocking(&self) -> Result<Arc<Settings>, SettingsError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Arc::default()),
            Err(source) => return Err(self.fault("read", source)),
        };
        if let Some(known) = self.last().as_ref().filter(|known| known.bytes == bytes) {
            return Ok(known.settings.clone());
        }
        let settings: Settings = serde_json::from_slice(&bytes).map_err(|error| SettingsError::Broken {
            path: self.path.clone(),
            line: error.line(),
            column: error.column(),
        })?;
        Ok(self.keep(bytes, settings))
    }

    /// Remembers what those bytes of the file say.
    fn keep(&self, bytes: Vec<u8>, settings: Settings) -> Arc<Settings> {
        let settings = Arc::new(settings);
        *self.last() = Some(Known {
            bytes,
            settings: settings.clone(),
        });
        settings
    }

    fn last(&self) -> MutexGuard<'_, Option<Known>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// [`SettingsStore::update`] for callers without an async runtime.
    ///
    /// # Errors
    /// [`SettingsError`]; then the file is as it was.
    pub fn update_blocking(&self, edit: impl FnOnce(&mut Settings)) -> Result<Arc<Settings>, SettingsError> {
        let folder = self.path.parent().unwrap_or(&self.path);
        platform::create_folder(folder).map_err(|source| self.fault("written", source))?;
        let _held = self.lock()?;
        let before = self.read_blocking()?;
        let mut settings = Settings::clone(&before);
        edit(&mut settings);
        if settings == *before && self.path.exists() {
            return Ok(before);
        }
        let written = self.replace(&settings);
        let bytes = written.map_err(|source| self.fault("written", source))?;
        Ok(self.keep(bytes, settings))
    }

    /// Gives the bytes of the file.
    fn replace(&self, settings: &Settings) -> io::Result<Vec<u8>> {
        let folder = self.path.parent().unwrap_or(&self.path);
        let mut temp = new_file::temporary(folder)?;
        let mut text = serde_json::to_string_pretty(settings)?;
        text.push('\n');
        temp.write_all(text.as_bytes())?;
        temp.as_file().sync_all()?;
        temp.persist(&self.path)?;
        new_file::settle(folder);
        Ok(text.into_bytes())
    }

    fn lock(&self) -> Result<LockFile, SettingsError> {
        let path = self.path.with_extension("json.lock");
        lock_queue::acquire_blocking(&path, DEADLINE).map_err(|missed| match missed {
            Missed::Io(source) => self.fault("locked", source),
            Missed::TimedOut { holder } => SettingsError::LockTimedOut {
                path: self.path.clone(),
                holder,
            },
        })
    }

    fn fault(&self, doing: &'static str, source: io::Error) -> SettingsError {
        let path = self.path.clone();
        SettingsError::Io { path, doing, source }
    }
}

#[async_trait]
impl SettingsStore for SettingsFile {
    async fn read(&self) -> Result<Arc<Settings>, SettingsError> {
        let file = self.clone();
        self.off_thread(move || file.read_blocking()).await
    }

    async fn update(&self, edit: SettingsEdit) -> Result<Arc<Settings>, SettingsError> {
        let file = self.clone();
        self.off_thread(move || file.update_blocking(edit)).await
    }
}

impl SettingsFile {
    async fn off_thread(
        &self,
        work: impl FnOnce() -> Result<Arc<Settings>, SettingsError> + Send + 'static,
    ) -> Result<Arc<Settings>, SettingsError> {
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(stopped) => Err(self.fault("read", io::Error::other(stopped))),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use accounts::{Sharing, StoreKind};
    use serde_json::json;

    use super::*;

    fn file(root: &std::path::Path) -> SettingsFile {
        SettingsFile {
            path: root.join("data/settings.json"),
            last: Arc::default(),
        }
    }

    #[test]
    fn what_is_kept_comes_back_and_other_versions_keys_stay() {
        let root = tempfile::tempdir().unwrap();
        let file = file(root.path());
        assert_eq!(*file.read_blocking().unwrap(), Settings::default());
        file.update_blocking(|settings| {
            settings.store = StoreKind::Plaintext;
            settings.sharing.insert("prod".to_owned(), Sharing::None);
            settings.others.insert("theme".to_owned(), json!("dark"));
        })
        .unwrap();
        let text = fs::read_to_string(&file.path).unwrap();
        assert!(
            text.contains("\"plaintext\"") && text.contains("\"theme\": \"dark\""),
            "{text}"
        );
        let again = file.update_blocking(|settings| settings.sharing.clear()).unwrap();
        assert_eq!(again.store, StoreKind::Plaintext);
        assert_eq!(again.others["theme"], "dark");
        assert_eq!(file.read_blocking().unwrap(), again);
        // What another program wrote is seen, also where it is as long.
        fs::write(&file.path, text.replace("dark", "kard")).unwrap();
        assert_eq!(file.read_blocking().unwrap().others["theme"], "kard");
    }

    #[test]
    fn a_broken_file_is_named_with_its_place_and_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let file = file(root.path());
        fs::create_dir(root.path().join("data")).unwrap();
        fs::write(&file.path, "{\n  \"store\": 7\n}").unwrap();
        for error in [
            file.read_blocking().unwrap_err(),
            file.update_blocking(|settings| settings.sharing.clear()).unwrap_err(),
        ] {
            assert!(error.to_string().contains("line 2"), "{error}");
        }
        assert_eq!(fs::read_to_string(&file.path).unwrap(), "{\n  \"store\": 7\n}");
    }
}
