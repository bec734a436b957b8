use std::path::PathBuf;

use accounts::StoreKind;
use accounts::ports::{Vault, VaultError, VaultKey};
use async_trait::async_trait;
use auth_core::Secret;
use serde::{Deserialize, Serialize};

use super::file::StoreFile;
use super::items::Items;
use super::{LONGEST, off_thread};
use crate::Paths;
use crate::lock_file::LockFile;

const FORMAT: &str = "flowstate-credentials-plaintext";
const VERSION: u32 = 1;

/// Secrets in a file that everybody who can read it can use: only where a person chose it in words.
#[derive(Debug, Clone)]
pub struct PlaintextFile {
    file: StoreFile,
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    version: u32,
    items: Items,
}

#[derive(Deserialize)]
struct AnyVersion {
    format: String,
    version: u64,
}

impl PlaintextFile {
    /// The plaintext file that goes with the shared file of `paths`; it need not be there.
    pub fn new(paths: &Paths) -> Self {
        Self {
            file: StoreFile::new(paths.state_dir().join("credentials.plaintext.json")),
        }
    }

    /// Where it lies.
    pub fn path(&self) -> PathBuf {
        self.file.path().to_owned()
    }

    pub(super) fn file(&self) -> &StoreFile {
        &self.file
    }

    fn items(&self) -> Result<Option<Items>, VaultError> {
        let Some(bytes) = self.file.read()? else {
            return Ok(None);
        };
        // The library's own words may quote a secret; the place is enough.
        let damaged = |error: serde_json::Error| {
            let (line, column) = (error.line(), error.column());
            self.file.fault(&format!(
                "is not valid at line {line}, column {column}, so it is left as it is; mend it, or delete it and sign in again"
            ))
        };
        let any: AnyVersion = serde_json::from_slice(&bytes).map_err(damaged)?;
        if any.format != FORMAT {
            return Err(self
                .file
                .fault("was not written by this program, so it is left as it is; move it away and try again"));
        }
        if any.version > u64::from(VERSION) {
            return Err(self
                .file
                .fault("was written by a newer version of this program; update this one"));
        }
        let document: Document = serde_json::from_slice(&bytes).map_err(damaged)?;
        Ok(Some(document.items))
    }

    fn write_blocking(&self, key: &VaultKey, secret: &Secret) -> Result<(), VaultError> {
        let length = secret.expose().len();
        if length > LONGEST {
            return Err(VaultError::TooLong { length });
        }
        let lock = self.file.lock()?;
        let mut items = self.items()?.unwrap_or_default();
        items.put(key, secret);
        self.keep(&lock, items)
    }

    fn delete_blocking(&self, key: &VaultKey) -> Result<(), VaultError> {
        if self.file.read()?.is_none() {
            return Ok(());
        }
        let lock = self.file.lock()?;
        let Some(mut items) = self.items()? else { return Ok(()) };
        if items.remove(key) {
            self.keep(&lock, items)
        } else {
            Ok(())
        }
    }

    fn keep(&self, lock: &LockFile, items: Items) -> Result<(), VaultError> {
        let mut text = items.buffer();
        let document = Document {
            format: FORMAT.to_owned(),
            version: VERSION,
            items,
        };
        let written = serde_json::to_writer_pretty(&mut *text, &document);
        written.map_err(|error| self.file.io("written", &error.into()))?;
        text.push(b'\n');
        self.file.replace(lock, &text)
    }

    /// Removes the file where it holds nothing.
    pub(super) fn retire_blocking(&self) -> Result<(), VaultError> {
        if self.file.read()?.is_none() {
            return Ok(());
        }
        let lock = self.file.lock()?;
        match self.items()? {
            Some(items) if items.is_empty() => self.file.remove(&lock),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Vault for PlaintextFile {
    async fn read(&self, key: &VaultKey) -> Result<Option<Secret>, VaultError> {
        let (this, key) = (self.clone(), key.clone());
        off_thread(&self.file, move || Ok(this.items()?.and_then(|items| items.get(&key)))).await
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
        StoreKind::Plaintext
    }
}
