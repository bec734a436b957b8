//! A disk that is full: whoever writes hears so, nothing is half written, and it heals by itself.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use auth_core::storage::{AuthStorageAdapter, Kind, StorageError, Store};
use testbed::{ObjectStore, Postgres};
use tokio::task::JoinSet;

use crate::processes::{open, open_as};
use crate::samples::{date, limit};

/// A small disk of its own, in memory; taken away when it is dropped.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    /// None where this user may not mount.
    fn mounted(folder: &'a Path) -> Option<Self> {
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=32m", "none"])
            .arg(folder)
            .status();
        mount.is_ok_and(|status| status.success()).then_some(Self(folder))
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(self.0).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            eprintln!("{} is still mounted", self.0.display());
        }
    }
}

/// Writes at once; how many were kept, and what the others heard.
async fn write(storage: &Arc<dyn AuthStorageAdapter>, name: &str) -> (u64, Vec<StorageError>) {
    let mut writers = JoinSet::new();
    for number in 0..200 {
        let (store, id) = (Store::new(storage.clone()), format!("{name}{number}"));
        writers.spawn(async move { store.insert(&limit(&id, date())).await });
    }
    let (mut kept, mut heard) = (0, Vec::new());
    for written in writers.join_all().await {
        match written {
            Ok(_) => kept += 1,
            Err(error) => heard.push(error),
        }
    }
    (kept, heard)
}

/// Fills the disk, looks at what writers hear, and makes room again; how many records there are then.
async fn fills_up_and_heals(storage: &Arc<dyn AuthStorageAdapter>, disk: &Path) -> u64 {
    let (before, heard) = write(storage, "before").await;
    assert_eq!((before, heard.len()), (200, 0), "{heard:?}");

    let filler = disk.join("filler");
    assert!(
        std::fs::write(&filler, vec![0; 64_000_000]).is_err(),
        "the disk is larger than it says"
    );
    let (mut meanwhile, mut heard) = (0, Vec::new());
    // What is left in the last pages and in the log takes some more.
    while heard.is_empty() {
        let (kept, errors) = write(storage, &format!("full{meanwhile}-")).await;
        (meanwhile, heard) = (meanwhile + kept, errors);
    }
    for error in heard {
        assert!(matches!(error, StorageError::Unavailable { .. }), "{error:?}");
    }
    // Reading goes on.
    assert_eq!(storage.count(Kind::Limit).await.unwrap(), before + meanwhile);

    std::fs::remove_file(&filler).unwrap();
    let (after, heard) = write(storage, "after").await;
    assert_eq!((after, heard.len()), (200, 0), "{heard:?}");
    let all = before + meanwhile + after;
    assert_eq!(storage.count(Kind::Limit).await.unwrap(), all);
    assert!(storage.audit(false).await.unwrap().is_empty());
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_says_so_loses_nothing_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mounted(folder.path()) else {
        return eprintln!("left out: this user may not mount");
    };
    let address = format!("sqlite:{}/auth.db", folder.path().display());
    let storage = open(&address).await;
    let all = fills_up_and_heals(&storage, folder.path()).await;
    storage.close().await;
    let again = open(&address).await;
    assert_eq!(again.count(Kind::Limit).await.unwrap(), all);
    again.close().await;
    drop(disk);
}

/// The tables are on the small disk, the log is not: PostgreSQL itself ends where its log has no room, which is an outage.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_says_so_loses_nothing_and_goes_on_when_there_is_room() {
    let postgres = Postgres::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mounted(folder.path()) else {
        return eprintln!("left out: this user may not mount");
    };
    postgres.give(folder.path()).unwrap();
    let small = format!("CREATE TABLESPACE small LOCATION '{}'", folder.path().display());
    postgres.execute(&small).await.unwrap();
    let there = "ALTER ROLE auth SET default_tablespace = small";
    postgres.execute(there).await.unwrap();
    let storage = open(&postgres.url()).await;
    fills_up_and_heals(&storage, folder.path()).await;
    storage.close().await;
    drop((postgres, disk));
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_says_so_loses_nothing_and_goes_on_when_there_is_room() {
    let objects = ObjectStore::start().await.unwrap();
    let bucket = objects.bucket();
    let root = bucket.parent().unwrap();
    let Some(disk) = Disk::mounted(root) else {
        return eprintln!("left out: this user may not mount");
    };
    std::fs::create_dir(&bucket).unwrap();
    let storage = open_as(&objects.url("some/prefix"), &ObjectStore::variables()).await;
    fills_up_and_heals(&storage, root).await;
    drop(disk);
}
