use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use accounts::StoreKind;
use accounts::ports::{Vault, VaultError, VaultKey};
use async_trait::async_trait;
use auth_core::Secret;

use super::file::StoreFile;
use super::items::Items;
use super::seal::{Derived, Header, SealError, Sealed, seal};
use super::{LONGEST, off_thread, passphrase};
use crate::Paths;

/// Whether somebody has to be asked for the passphrase of the encrypted file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassphraseNeed {
    /// It is known, or a file holds it.
    No,
    /// The one that opens the file.
    Known,
    /// There is no file yet: whatever is given becomes its passphrase, so it is best asked for twice.
    New,
}

/// Secrets in one file that a passphrase opens (Argon2id, XChaCha20-Poly1305).
///
/// The key is made once a process and kept in memory, zeroed on drop. All of this blocks, so it runs off the async workers.
#[derive(Debug, Clone)]
pub struct EncryptedFile {
    file: StoreFile,
    passphrase_file: Option<PathBuf>,
    /// What opens it. Held while a key is made, so that it is made once.
    known: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    /// What a person typed, or what the passphrase file held: it may be a pipe that gives it once.
    passphrase: Option<Secret>,
    key: Option<Derived>,
}

impl EncryptedFile {
    /// The encrypted file that goes with the shared file of `paths`; it need not be there. `passphrase_file` is that of
    /// `FLOWSTATE_STORE_PASSPHRASE_FILE`.
    pub fn new(paths: &Paths, passphrase_file: Option<PathBuf>) -> Self {
        Self {
            file: StoreFile::new(paths.state_dir().join("credentials.encrypted")),
            passphrase_file,
            known: Arc::default(),
        }
    }

    /// Where it lies.
    pub fn path(&self) -> PathBuf {
        self.file.path().to_owned()
    }

    /// Whether somebody has to be asked.
    ///
    /// # Errors
    /// [`VaultError`] where it cannot be seen whether there is a file, or the passphrase file holds none.
    pub async fn passphrase_need(&self) -> Result<PassphraseNeed, VaultError> {
        let this = self.clone();
        off_thread(&self.file, move || {
            let mut known = this.known();
            if known.key.is_some() {
                return Ok(PassphraseNeed::No);
            }
            match this.passphrase(&mut known) {
                Err(VaultError::PassphraseNeeded) => {}
                found => return found.map(|_| PassphraseNeed::No),
            }
            let there = this.file.read()?.is_some();
            Ok(if there {
                PassphraseNeed::Known
            } else {
                PassphraseNeed::New
            })
        })
        .await
    }

    /// Opens the file with a passphrase that a person typed, and keeps it in memory. Where there is no file yet, one is made that
    /// this passphrase opens.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`], [`VaultError::PassphraseNeeded`] for an empty one, or what is wrong with the file; then
    /// nothing is kept.
    pub async fn unlock(&self, passphrase: &Secret) -> Result<(), VaultError> {
        let (this, passphrase) = (self.clone(), passphrase.clone());
        off_thread(&self.file, move || this.unlock_blocking(passphrase)).await
    }

    fn unlock_blocking(&self, passphrase: Secret) -> Result<(), VaultError> {
        if passphrase.is_empty() {
            return Err(VaultError::PassphraseNeeded);
        }
        let mut bytes = self.file.read()?;
        let mut lock = None;
        if bytes.is_none() {
            lock = Some(self.file.lock()?);
            bytes = self.file.read()?;
        }
        // After the lock, as everywhere: two that wait for each other would wait for ever.
        let mut known = self.known();
        let key = match (bytes, &lock) {
            (None, Some(lock)) => {
                let key = Derived::anew(&passphrase).map_err(|error| self.fault(&error))?;
                self.write_items(lock, &key, &Items::default())?;
                key
            }
            (bytes, _) => {
                let bytes = bytes.unwrap_or_default();
                let sealed = self.parse(&bytes)?;
                let key = Derived::of(&passphrase, &sealed.header).map_err(|error| self.fault(&error))?;
                if !key.opens(&sealed.header) {
                    return Err(VaultError::WrongPassphrase);
                }
                sealed.open(&key).map_err(|error| self.fault(&error))?;
                key
            }
        };
        (known.passphrase, known.key) = (Some(passphrase), Some(key));
        Ok(())
    }

    /// Fails where nothing could be kept because no passphrase is at hand.
    pub(super) async fn check_ready(&self) -> Result<(), VaultError> {
        let this = self.clone();
        off_thread(&self.file, move || match this.file.read()? {
            Some(_) => Ok(()),
            None => this.passphrase(&mut this.known()).map(drop),
        })
        .await
    }

    /// Removes the file where it holds nothing, so that the next use begins with a passphrase of its own.
    pub(super) fn retire_blocking(&self) -> Result<(), VaultError> {
        if self.file.read()?.is_none() {
            return Ok(());
        }
        let lock = self.file.lock()?;
        let Some(bytes) = self.file.read()? else { return Ok(()) };
        if self.open(&mut self.known(), &bytes)?.is_empty() {
            self.file.remove(&lock)?;
        }
        Ok(())
    }

    pub(super) fn file(&self) -> &StoreFile {
        &self.file
    }

    fn read_blocking(&self, key: &VaultKey) -> Result<Option<Secret>, VaultError> {
        let Some(bytes) = self.file.read()? else {
            return Ok(None);
        };
        Ok(self.open(&mut self.known(), &bytes)?.get(key))
    }

    fn write_blocking(&self, key: &VaultKey, secret: &Secret) -> Result<(), VaultError> {
        let length = secret.expose().len();
        if length > LONGEST {
            return Err(VaultError::TooLong { length });
        }
        let lock = self.file.lock()?;
        let mut known = self.known();
        let mut items = match self.file.read()? {
            Some(bytes) => self.open(&mut known, &bytes)?,
            None => {
                self.begin(&mut known)?;
                Items::default()
            }
        };
        items.put(key, secret);
        let key = known.key.as_ref().ok_or(VaultError::PassphraseNeeded)?;
        self.write_items(&lock, key, &items)
    }

    fn delete_blocking(&self, key: &VaultKey) -> Result<(), VaultError> {
        if self.file.read()?.is_none() {
            return Ok(());
        }
        let lock = self.file.lock()?;
        let Some(bytes) = self.file.read()? else { return Ok(()) };
        let mut known = self.known();
        let mut items = self.open(&mut known, &bytes)?;
        match &known.key {
            Some(derived) if items.remove(key) => self.write_items(&lock, derived, &items),
            _ => Ok(()),
        }
    }

    /// What the file holds; afterwards its key is known.
    fn open(&self, known: &mut Known, bytes: &[u8]) -> Result<Items, VaultError> {
        let sealed = self.parse(bytes)?;
        let key = self.key(known, &sealed.header)?;
        let content = sealed.open(key).map_err(|error| self.fault(&error))?;
        let what = "its content";
        serde_json::from_slice(&content).map_err(|_| self.fault(&SealError::Damaged { what }))
    }

    /// The key of that file: the one in memory, else one that is made of the passphrase.
    fn key<'a>(&self, known: &'a mut Known, header: &Header) -> Result<&'a Derived, VaultError> {
        if !known.key.as_ref().is_some_and(|key| key.opens(header)) {
            known.key = None;
            if let Some(passphrase) = known.passphrase.take()
                && let Some(key) = self.try_passphrase(&passphrase, header)?
            {
                (known.passphrase, known.key) = (Some(passphrase), Some(key));
            } else {
                // The one that was known opened a file that somebody has replaced since.
                let passphrase = self.passphrase(known)?;
                known.key = self.try_passphrase(&passphrase, header)?;
                if known.key.is_none() {
                    known.passphrase = None;
                    return Err(VaultError::WrongPassphrase);
                }
            }
        }
        known.key.as_ref().ok_or(VaultError::PassphraseNeeded)
    }

    fn try_passphrase(&self, passphrase: &Secret, header: &Header) -> Result<Option<Derived>, VaultError> {
        let key = Derived::of(passphrase, header).map_err(|error| self.fault(&error))?;
        Ok(key.opens(header).then_some(key))
    }

    fn passphrase(&self, known: &mut Known) -> Result<Secret, VaultError> {
        if known.passphrase.is_none() {
            let path = self.passphrase_file.as_ref().ok_or(VaultError::PassphraseNeeded)?;
            known.passphrase = Some(passphrase::from_file(path)?);
        }
        known.passphrase.clone().ok_or(VaultError::PassphraseNeeded)
    }

    /// The first write of all makes the key, unless one is at hand.
    fn begin(&self, known: &mut Known) -> Result<(), VaultError> {
        if known.key.is_none() {
            let passphrase = self.passphrase(known)?;
            known.key = Some(Derived::anew(&passphrase).map_err(|error| self.fault(&error))?);
        }
        Ok(())
    }

    fn write_items(&self, lock: &crate::lock_file::LockFile, key: &Derived, items: &Items) -> Result<(), VaultError> {
        let mut content = items.buffer();
        let what = "it could not be made";
        serde_json::to_writer(&mut *content, items).map_err(|_| self.fault(&SealError::Damaged { what }))?;
        let sealed = seal(key, &content).map_err(|error| self.fault(&error))?;
        self.file.replace(lock, &sealed)
    }

    fn parse<'a>(&self, bytes: &'a [u8]) -> Result<Sealed<'a>, VaultError> {
        Sealed::parse(bytes).map_err(|error| self.fault(&error))
    }

    fn fault(&self, error: &SealError) -> VaultError {
        self.file.fault(&error.to_string())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // A panic meanwhile leaves a key that is checked before each use.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Vault for EncryptedFile {
    async fn read(&self, key: &VaultKey) -> Result<Option<Secret>, VaultError> {
        let (this, key) = (self.clone(), key.clone());
        off_thread(&self.file, move || this.read_blocking(&key)).await
    }

    async fn write(&self, key: &VaultKey, secret: &Secret) -> Result<(), VaultError> {
        let (this, key, secret) = (self.clone(), key.clone(), secret.clone());
        off_thread(&self.file, move || this.write_blocking(&key, &secret)).await
    }

    async fn delete(&self, key: &VaultKey) -> Result<(), VaultError> {
        let (this, key) = (self.clone(), key.clone());
        off_thread(&self.file, move || this.delete_blocking(&key)).await
    }

    async fn check_writable(&self) -> Result<(), VaultError> {
        let file = self.file.clone();
        off_thread(&self.file, move || file.check_writable()).await
    }

    fn kind(&self) -> StoreKind {
        StoreKind::EncryptedFile
    }
}
