//! The contract's section 1, against a real file system.

mod backups;
mod bad_files;
mod contention;
mod links;
mod undo;
mod writing;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use auth_core::Secret;
use auth_core::config::{ConfigDocument, DocumentError, ServerProfile, StoredAuth};
use machine::{Paths, SettingsFile, SharedConfigFile};
use tempfile::TempDir;

/// A config folder and the file in it.
struct World {
    root: TempDir,
}

impl World {
    fn new() -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
        }
    }

    /// With a file that somebody else has written.
    fn with(text: &str) -> Self {
        let world = Self::new();
        world.put(text);
        world
    }

    fn put(&self, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.folder()).unwrap();
        fs::write(self.path(), text).unwrap();
    }

    fn folder(&self) -> PathBuf {
        self.root.path().join("flowstate")
    }

    fn path(&self) -> PathBuf {
        self.folder().join("config.json")
    }

    fn file(&self) -> SharedConfigFile {
        SharedConfigFile::new(&self.folder())
    }

    fn settings(&self) -> SettingsFile {
        let home = self.root.path().to_owned();
        SettingsFile::new(&Paths::new(Some(self.folder().into()), Some(home), None).unwrap())
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }

    /// The names in the config folder, apart from the file and its lock.
    fn others(&self) -> Vec<String> {
        names(&self.folder())
            .into_iter()
            .filter(|name| name != "config.json" && name != "config.json.lock")
            .collect()
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn profile(id: &str) -> ServerProfile {
    ServerProfile {
        id: id.to_owned(),
        name: id.to_owned(),
        url: "https://auth.example.com".to_owned(),
        domain_id: "example".to_owned(),
        auth: None,
    }
}

/// A session of ada's whose tokens can be told from others.
fn session(token: &str) -> StoredAuth {
    StoredAuth {
        access_token: Secret::new(format!("access-{token}")),
        refresh_token: Secret::new(format!("refresh-{token}")),
        expires_at: 1_800_000_000_000,
        user_id: "ada".to_owned(),
        email: "ada@example.com".to_owned(),
    }
}

/// An edit that adds that server.
fn add(id: &str) -> impl FnOnce(&mut ConfigDocument) -> Result<(), DocumentError> + use<> {
    let profile = profile(id);
    move |document| document.add_server(&profile)
}

/// A file of another tool, with keys that are not ours.
const FOREIGN: &str = r#"{
    "version": "2.7.0",
    "dojo": {"token": "d", "apiUrl": "https://dojo"},
    "servers": {
        "prod": {"id": "prod", "name": "Prod", "url": "https://auth.example.com", "domainId": "example", "mcpUrl": "https://mcp"}
    }
}
"#;
