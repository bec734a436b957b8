//! The five engines, real ones, each empty.

use std::sync::Arc;

use auth_core::storage::AuthStorageAdapter;
use auth_storage::StorageUrl;
use tempfile::TempDir;
use testbed::{ObjectStore, Postgres, RxDB};

pub struct Engine {
    pub url: String,
    /// What a program needs in its environment to get in.
    pub variables: Vec<(&'static str, &'static str)>,
    kept: Kept,
}

enum Kept {
    Folder { _folder: TempDir },
    Postgres(Postgres),
    Objects(ObjectStore),
    RxDB(RxDB),
}

impl Engine {
    fn at(url: String, variables: &[(&'static str, &'static str)], kept: Kept) -> Self {
        let variables = variables.to_vec();
        Self { url, variables, kept }
    }

    pub fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite:{}/auth.db", folder.path().display());
        Self::at(url, &[], Kept::Folder { _folder: folder })
    }

    pub fn files() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("file:{}/data", folder.path().display());
        Self::at(url, &[], Kept::Folder { _folder: folder })
    }

    pub async fn postgres() -> Self {
        let postgres = Postgres::start().await.unwrap();
        Self::at(postgres.url(), &[], Kept::Postgres(postgres))
    }

    pub async fn s3() -> Self {
        let objects = ObjectStore::start().await.unwrap();
        Self::at(objects.url("auth"), &ObjectStore::variables(), Kept::Objects(objects))
    }

    /// None where there is no RxDB; `make rxdb` gets it.
    pub async fn rxdb() -> Option<Self> {
        let rxdb = RxDB::start().await.unwrap()?;
        Some(Self::at(rxdb.url("default"), &RxDB::variables(), Kept::RxDB(rxdb)))
    }

    pub async fn open(&self) -> Arc<dyn AuthStorageAdapter> {
        let value = |name: &str| {
            let found = self.variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        StorageUrl::parse(&self.url, &value).unwrap().open().await.unwrap()
    }

    /// Whether it is a program of its own, and ended now.
    pub async fn stop(&mut self) -> bool {
        match &mut self.kept {
            Kept::Folder { .. } => return false,
            Kept::Postgres(postgres) => postgres.kill().await.unwrap(),
            Kept::Objects(objects) => objects.stop().await,
            Kept::RxDB(rxdb) => rxdb.stop().await.unwrap(),
        }
        true
    }

    pub async fn restart(&mut self) {
        match &mut self.kept {
            Kept::Folder { .. } => {}
            Kept::Postgres(postgres) => postgres.restart().await.unwrap(),
            Kept::Objects(objects) => objects.restart().await.unwrap(),
            Kept::RxDB(rxdb) => rxdb.restart().await.unwrap(),
        }
    }
}
