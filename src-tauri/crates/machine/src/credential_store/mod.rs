//! Where refresh tokens are kept: the keychain, or a file where a person chose one. Never one in place of the other.

mod choice;
mod encrypted;
mod file;
mod items;
mod passphrase;
mod plaintext;
mod seal;

pub use choice::{StoreOptions, StoreOptionsError};
pub use encrypted::{EncryptedFile, PassphraseNeed};
pub(crate) use file::is_unfinished;
pub use plaintext::PlaintextFile;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use accounts::StoreKind;
use accounts::ports::{SettingsStore, Vault, VaultError, VaultKey};
use async_trait::async_trait;
use auth_core::Secret;

use self::file::StoreFile;
use crate::{Keychain, Paths, SettingsFile};

/// No token is so long; more would be a way to fill the disk. As in the keychain.
const LONGEST: usize = 64 * 1024;

/// The store that is in use: the one that `FLOWSTATE_CREDENTIAL_STORE` names, else the one of the settings, which are read on each
/// call, so that a program that runs follows a move that another one makes.
#[derive(Debug, Clone)]
pub struct CredentialStore {
    keychain: Keychain,
    encrypted: EncryptedFile,
    plaintext: PlaintextFile,
    settings: SettingsFile,
    fixed: Option<StoreKind>,
    last: Arc<Mutex<StoreKind>>,
}

impl CredentialStore {
    /// The stores that go with the shared file of `paths`. Reads the settings once, without an async runtime, so that
    /// [`Vault::kind`] is right from the beginning.
    pub fn open(paths: &Paths, options: StoreOptions) -> Self {
        let settings = SettingsFile::new(paths);
        // Settings that cannot be read are an error of every call; until then there is nothing to show but the usual.
        let last = options
            .kind
            .or_else(|| settings.read_blocking().ok().map(|settings| settings.store))
            .unwrap_or_default();
        Self {
            keychain: Keychain::new(paths.scope()),
            encrypted: EncryptedFile::new(paths, options.passphrase_file),
            plaintext: PlaintextFile::new(paths),
            settings,
            fixed: options.kind,
            last: Arc::new(Mutex::new(last)),
        }
    }

    /// The store that the environment names; then the settings do not count.
    pub fn fixed(&self) -> Option<StoreKind> {
        self.fixed
    }

    /// The store that is in use now.
    ///
    /// # Errors
    /// [`VaultError::Unchosen`] where the settings cannot be read: no other store is taken instead.
    pub async fn chosen(&self) -> Result<StoreKind, VaultError> {
        let kind = match self.fixed {
            Some(kind) => kind,
            None => self
                .settings
                .read()
                .await
                .map(|settings| settings.store)
                .map_err(|error| VaultError::Unchosen {
                    reason: error.to_string(),
                })?,
        };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = kind;
        Ok(kind)
    }

    /// The store of one kind, whether it is in use or not. What was unlocked here is unlocked there.
    pub fn of_kind(&self, kind: StoreKind) -> Arc<dyn Vault> {
        match kind {
            StoreKind::Keychain => Arc::new(self.keychain.clone()),
            StoreKind::EncryptedFile => Arc::new(self.encrypted.clone()),
            StoreKind::Plaintext => Arc::new(self.plaintext.clone()),
        }
    }

    /// The file of a store that is one.
    pub fn path(&self, kind: StoreKind) -> Option<PathBuf> {
        match kind {
            StoreKind::Keychain => None,
            StoreKind::EncryptedFile => Some(self.encrypted.path()),
            StoreKind::Plaintext => Some(self.plaintext.path()),
        }
    }

    /// Whether the store in use waits for a passphrase that somebody has to be asked for.
    ///
    /// # Errors
    /// [`VaultError`] where that cannot be seen.
    pub async fn needs_passphrase(&self) -> Result<PassphraseNeed, VaultError> {
        self.passphrase_need(self.chosen().await?).await
    }

    /// The same for one kind of store, in use or not.
    ///
    /// # Errors
    /// [`VaultError`] where that cannot be seen.
    pub async fn passphrase_need(&self, kind: StoreKind) -> Result<PassphraseNeed, VaultError> {
        match kind {
            StoreKind::EncryptedFile => self.encrypted.passphrase_need().await,
            StoreKind::Keychain | StoreKind::Plaintext => Ok(PassphraseNeed::No),
        }
    }

    /// Opens the encrypted file with a passphrase that a person typed, for as long as this process runs; makes it where there is none.
    ///
    /// # Errors
    /// As [`EncryptedFile::unlock`].
    pub async fn unlock(&self, passphrase: &Secret) -> Result<(), VaultError> {
        self.encrypted.unlock(passphrase).await
    }

    /// Removes the file of a store that was moved away from, if it holds nothing any more.
    ///
    /// # Errors
    /// [`VaultError`]; then it is still there.
    pub async fn retire(&self, kind: StoreKind) -> Result<(), VaultError> {
        match kind {
            StoreKind::Keychain => Ok(()),
            StoreKind::EncryptedFile => {
                let this = self.encrypted.clone();
                off_thread(self.encrypted.file(), move || this.retire_blocking()).await
            }
            StoreKind::Plaintext => {
                let this = self.plaintext.clone();
                off_thread(self.plaintext.file(), move || this.retire_blocking()).await
            }
        }
    }
}

#[async_trait]
impl Vault for CredentialStore {
    async fn read(&self, key: &VaultKey) -> Result<Option<Secret>, VaultError> {
        let kind = self.chosen().await?;
        // Whoever looks before a sign-in has to learn now that nothing could be kept.
        if kind == StoreKind::EncryptedFile {
            self.encrypted.check_ready().await?;
        }
        self.of_kind(kind).read(key).await
    }

    async fn write(&self, key: &VaultKey, secret: &Secret) -> Result<(), VaultError> {
        self.of_kind(self.chosen().await?).write(key, secret).await
    }

    async fn delete(&self, key: &VaultKey) -> Result<(), VaultError> {
        self.of_kind(self.chosen().await?).delete(key).await
    }

    async fn check_writable(&self) -> Result<(), VaultError> {
        self.of_kind(self.chosen().await?).check_writable().await
    }

    /// The one that the last call found in use.
    fn kind(&self) -> StoreKind {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Files block, and a passphrase is stretched for a tenth of a second or two.
async fn off_thread<T: Send + 'static>(
    file: &StoreFile,
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(stopped) => Err(file.io("read", &std::io::Error::other(stopped))),
        },
    }
}
