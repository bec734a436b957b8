//! Stores that are files, and which store is in use.

mod choice;
mod contention;
mod damage;
mod disks;
mod encrypted;
mod plaintext;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use accounts::ports::VaultKey;
use auth_core::{Secret, ServerId, ServerUrl};
use machine::{CredentialStore, EncryptedFile, Paths, PlaintextFile, StoreOptions};
use tempfile::TempDir;

const PASSPHRASE: &str = "correct horse battery staple";

/// A person's folders. Each program that opens a store there knows no passphrase yet.
struct World {
    root: TempDir,
}

impl World {
    fn new() -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
        }
    }

    fn paths(&self) -> Paths {
        paths(self.root.path())
    }

    fn encrypted(&self) -> EncryptedFile {
        EncryptedFile::new(&self.paths(), None)
    }

    /// Unlocked by a person.
    async fn unlocked(&self) -> EncryptedFile {
        let store = self.encrypted();
        store.unlock(&Secret::new(PASSPHRASE)).await.unwrap();
        store
    }

    /// Opened with what a file holds.
    fn with_passphrase_file(&self, content: &str) -> EncryptedFile {
        let path = self.passphrase_file();
        fs::write(&path, content).unwrap();
        EncryptedFile::new(&self.paths(), Some(path))
    }

    fn passphrase_file(&self) -> PathBuf {
        self.root.path().join("passphrase")
    }

    fn plaintext(&self) -> PlaintextFile {
        PlaintextFile::new(&self.paths())
    }

    fn store(&self, kind: &str) -> CredentialStore {
        CredentialStore::open(&self.paths(), StoreOptions::new(Some(kind.into()), None).unwrap())
    }

    /// What lies beside the credential file, apart from it and its lock.
    fn others(&self, file: &Path) -> Vec<String> {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let entries = fs::read_dir(file.parent().unwrap()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .filter(|other| *other != name && *other != format!("{name}.lock"))
            .collect()
    }
}

fn paths(root: &Path) -> Paths {
    let data = Some(root.join("data"));
    Paths::new(Some(root.join("flowstate").into()), None, data).unwrap()
}

fn key(server: &str) -> VaultKey {
    VaultKey {
        server: ServerId::existing(server),
        url: ServerUrl::parse("https://auth.example.com").unwrap(),
        domain_id: "default".to_owned(),
    }
}

fn secret() -> Secret {
    Secret::new("tok-1-of-ada")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
