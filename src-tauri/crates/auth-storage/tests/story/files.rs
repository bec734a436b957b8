//! Folders and files keep the promises, and say what is wrong with them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use auth_core::models::{AuthUserModel, FilesystemStorageConfig};
use auth_core::storage::{
    AuthStorageAdapter, CodeRecord, Fault, Kind, Lookup, Page, SessionRecord, StorageError, Store, UniqueKey,
};
use auth_storage::{FilesOpenError, FilesStorage, Obstacle};

use crate::conformance::whole_story;
use crate::processes::{full_disk, kill_and_restart, many_processes, whole_text};
use crate::samples::{code, date, session, user};

async fn open(path: &Path) -> Result<Arc<FilesStorage>, FilesOpenError> {
    let data_dir = path.to_owned();
    FilesStorage::open(&FilesystemStorageConfig { data_dir })
        .await
        .map(Arc::new)
}

fn address(folder: &Path) -> String {
    format!("file:{}", folder.display())
}

/// Every file under the folder.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_in(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// The one file whose path ends so.
fn file_like(folder: &Path, ending: &str) -> PathBuf {
    let mut like = files_in(folder).into_iter().filter(|path| path.ends_with(ending));
    let found = like.next().unwrap_or_else(|| panic!("no {ending}"));
    assert_eq!(like.next(), None);
    found
}

fn by_email(email: &str) -> Lookup<'_> {
    Lookup::UserByEmail {
        domain_id: "default",
        email,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_keep_the_promises() {
    let folder = tempfile::tempdir().unwrap();
    whole_story(open(&folder.path().join("new/data")).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_writers_leave_what_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    kill_and_restart(&address(folder.path())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_processes_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    many_processes(&address(folder.path())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_takes_no_more_is_named_and_the_next_write_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let told = full_disk(&address(folder.path())).await;
    assert!(told.contains("the disk is full or a quota is used up"), "{told}");
    let left = files_in(folder.path());
    assert!(
        !left.iter().any(|path| path.to_string_lossy().contains(".tmp-")),
        "{left:?}"
    );
}

#[tokio::test]
async fn a_person_can_read_the_folders() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(open(folder.path()).await.unwrap());
    store.insert(&user("u1", "default", "ada@example.com")).await.unwrap();
    store.insert(&session("s1", "u1", date())).await.unwrap();
    let record = fs::read_to_string(file_like(&folder.path().join("users"), "u1.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["document"]["email"], "ada@example.com");
    assert_eq!(record["version"], 1);
    file_like(&folder.path().join("users/by-address"), "default,ada@example.com");
    file_like(&folder.path().join("sessions/by-user"), "u1/s1");
    file_like(folder.path(), "sessions/by-end/2026-01-31/093000000,s1");
}

#[cfg(unix)]
#[tokio::test]
async fn folders_and_files_are_the_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("data");
    let store = Store::new(open(&folder).await.unwrap());
    store.insert(&user("u1", "default", "ada@example.com")).await.unwrap();
    for file in files_in(&folder) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
        assert_eq!(mode(file.parent().unwrap()), 0o700, "{}", file.display());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_the_superuser_writes_is_the_server_s() {
    use std::os::unix::fs::{MetadataExt, chown};
    const SERVER: (u32, u32) = (4711, 4712);
    const ANOTHER: (u32, u32) = (4713, 4714);
    let owner = |path: &Path| fs::metadata(path).map(|found| (found.uid(), found.gid())).unwrap();
    let outer = tempfile::tempdir().unwrap();
    if owner(outer.path()).0 != 0 {
        eprintln!("not the superuser: nothing can be given away");
        return;
    }
    let folder = outer.path().join("data");
    fs::create_dir(&folder).unwrap();
    chown(&folder, Some(SERVER.0), Some(SERVER.1)).unwrap();
    let store = Store::new(open(&folder).await.unwrap());
    store.insert(&user("u1", "default", "ada@example.com")).await.unwrap();
    let version = store.insert(&session("s1", "u1", date())).await.unwrap();
    for file in files_in(&folder) {
        for made in file.ancestors().take_while(|above| *above != outer.path()) {
            assert_eq!(owner(made), SERVER, "{}", made.display());
        }
    }
    assert_eq!(owner(outer.path()).0, 0);

    // A lock that was there stays whose it is.
    let record = file_like(&folder, "s1.json");
    let lock = record.with_file_name(".lock");
    chown(&lock, Some(ANOTHER.0), Some(ANOTHER.1)).unwrap();
    store.replace(&session("s1", "u1", date()), &version).await.unwrap();
    assert_eq!((owner(&record), owner(&lock)), (SERVER, ANOTHER));
}

#[tokio::test]
async fn folders_of_others_and_of_other_versions_are_refused_and_stay_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes.txt");
    fs::write(&notes, "mine").unwrap();
    let foreign = open(folder.path()).await.unwrap_err();
    assert!(matches!(foreign, FilesOpenError::Foreign { .. }), "{foreign:?}");
    assert_eq!(files_in(folder.path()), [notes]);

    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).await.unwrap();
    let format = folder.path().join("flowstate-auth.json");
    fs::write(&format, r#"{"format":2,"more":true}"#).unwrap();
    let newer = open(folder.path()).await.unwrap_err();
    assert!(matches!(newer, FilesOpenError::Newer { .. }), "{newer:?}");
    fs::write(&format, "").unwrap();
    let damaged = open(folder.path()).await.unwrap_err();
    assert!(matches!(damaged, FilesOpenError::Damaged { .. }), "{damaged:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_folder_that_may_not_be_written_is_named() {
    // Not even root may.
    let error = open(Path::new("/sys/flowstate-auth")).await.unwrap_err();
    let no_rights = matches!(
        error,
        FilesOpenError::Folder {
            obstacle: Obstacle::NoRights,
            ..
        }
    );
    assert!(no_rights, "{error:?}");
    assert!(error.to_string().contains("/sys/flowstate-auth"), "{error}");
}

#[tokio::test]
async fn a_damaged_record_is_told_shows_nothing_and_keeps_nobody_else_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path()).await.unwrap();
    let store = Store::new(storage.clone());
    for id in ["c1", "c2"] {
        store.insert(&code(id, date())).await.unwrap();
    }
    let file = file_like(folder.path(), "c1.json");
    let whole = fs::read_to_string(&file).unwrap();
    for damage in [
        &whole[..whole.len() / 2],
        r#"{"version":"s3cret"}"#,
        "",
        &whole.replace("c1", "c9"),
    ] {
        fs::write(&file, damage).unwrap();
        let error = store.get::<CodeRecord>("c1").await.unwrap_err();
        assert!(
            matches!(error, StorageError::Corrupt { kind: Kind::Code, .. }),
            "{error:?}"
        );
        assert!(!format!("{error:?}").contains("s3cret"));
        assert!(store.get::<CodeRecord>("c2").await.unwrap().is_some());
    }
    fs::write(&file, "").unwrap();
    let listed = storage.list(Kind::Code, None, 9).await.unwrap();
    let unreadable: Vec<_> = listed.iter().filter(|listed| listed.stored.is_err()).collect();
    assert_eq!((listed.len(), unreadable.len()), (2, 1));
    assert!(unreadable[0].place.0.ends_with("c1.json"));
    assert_eq!(store.sweep(date().plus_seconds(1)).await.unwrap(), 1);
    assert!(store.get::<CodeRecord>("c2").await.unwrap().is_none());
}

#[tokio::test]
async fn a_missing_index_is_told_before_it_misleads_and_can_be_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path()).await.unwrap();
    let store = Store::new(storage.clone());
    store.insert(&user("u1", "default", "ada@example.com")).await.unwrap();
    store.insert(&session("s1", "u1", date())).await.unwrap();
    for index in ["users/by-address", "sessions/by-user", "sessions/by-end"] {
        fs::remove_dir_all(folder.path().join(index)).unwrap();
    }
    let storage = {
        storage.close().await;
        open(folder.path()).await.unwrap()
    };
    let store = Store::new(storage.clone());
    let missing = store
        .find_one::<AuthUserModel>(by_email("ada@example.com"))
        .await
        .unwrap_err();
    assert!(
        matches!(missing, StorageError::Corrupt { kind: Kind::User, .. }),
        "{missing:?}"
    );
    assert!(whole_text(&missing).contains("storage check --mend"), "{missing:?}");
    let twin = store.insert(&user("u2", "default", "ada@example.com")).await;
    assert!(matches!(twin, Err(StorageError::Corrupt { .. })), "{twin:?}");
    let by_user = Lookup::SessionsByUser { user_id: "u1" };
    assert!(store.find_one::<SessionRecord>(by_user).await.is_err());
    assert!(store.sweep(date().plus_seconds(1)).await.is_err());

    let told = storage.audit(false).await.unwrap();
    assert_eq!(
        told.iter().filter(|damage| damage.fault == Fault::IndexMissing).count(),
        3
    );
    let mended = storage.audit(true).await.unwrap();
    assert!(mended.iter().all(|damage| damage.mended), "{mended:?}");
    assert_eq!(storage.audit(false).await.unwrap(), []);
    let found = store
        .find_one::<AuthUserModel>(by_email("ada@example.com"))
        .await
        .unwrap();
    assert_eq!(found.unwrap().record.id, "u1");
    assert!(store.find_one::<SessionRecord>(by_user).await.unwrap().is_some());
    assert_eq!(store.sweep(date().plus_seconds(1)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_lost_entry_is_made_anew_unless_another_record_has_taken_it() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path()).await.unwrap();
    let store = Store::new(storage.clone());
    store.insert(&user("u1", "default", "ada@example.com")).await.unwrap();
    let entry = file_like(folder.path(), "default,ada@example.com");
    fs::remove_file(&entry).unwrap();
    store.insert(&user("u2", "default", "ada@example.com")).await.unwrap();
    let told = storage.audit(true).await.unwrap();
    let key = UniqueKey::Address;
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0].fault, told[0].mended), (&Fault::Shared { key }, false));
    assert!(told[0].place.0.ends_with("u1.json"), "{}", told[0].place.0);

    fs::remove_file(file_like(folder.path(), "u2.json")).unwrap();
    let told = storage.audit(true).await.unwrap();
    let faults: Vec<_> = told
        .iter()
        .map(|damage| (damage.fault.clone(), damage.mended))
        .collect();
    assert_eq!(faults, [(Fault::NotIndexed, true)]);
    assert_eq!(storage.audit(false).await.unwrap(), []);
    fs::write(&entry, "not what was written").unwrap();
    let unclear = store.find_one::<AuthUserModel>(by_email("ada@example.com")).await;
    assert!(matches!(unclear, Err(StorageError::Corrupt { .. })), "{unclear:?}");
    assert!(storage.audit(true).await.unwrap()[0].mended);
    assert!(
        store
            .find_one::<AuthUserModel>(by_email("ada@example.com"))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_folder_that_is_away_says_nothing_about_its_records_and_comes_back() {
    let outer = tempfile::tempdir().unwrap();
    let (folder, elsewhere) = (outer.path().join("data"), outer.path().join("elsewhere"));
    let storage = open(&folder).await.unwrap();
    let store = Store::new(storage.clone());
    store.insert(&session("s1", "u1", date())).await.unwrap();
    let version = store.get::<SessionRecord>("s1").await.unwrap().unwrap().version;
    fs::rename(&folder, &elsewhere).unwrap();
    // As a mount point looks whose disk is away.
    for there in [false, true] {
        if there {
            fs::create_dir(&folder).unwrap();
        }
        let page = Page::first(9);
        let answers = [
            store.ping().await.unwrap_err(),
            store.get::<SessionRecord>("s1").await.unwrap_err(),
            store.get::<SessionRecord>("unknown").await.unwrap_err(),
            store.insert(&session("s2", "u1", date())).await.unwrap_err(),
            store.replace(&session("s1", "u1", date()), &version).await.unwrap_err(),
            store
                .find_one::<AuthUserModel>(by_email("ada@example.com"))
                .await
                .unwrap_err(),
            store
                .find::<SessionRecord>(Lookup::SessionsByUser { user_id: "u1" }, &page)
                .await
                .unwrap_err(),
            store.sweep(date()).await.unwrap_err(),
            storage.audit(true).await.unwrap_err(),
        ];
        for answer in answers {
            assert!(matches!(answer, StorageError::Unavailable { .. }), "{answer:?}");
        }
    }
    fs::remove_dir(&folder).unwrap();
    fs::rename(&elsewhere, &folder).unwrap();
    store.ping().await.unwrap();
    assert!(store.get::<SessionRecord>("s1").await.unwrap().is_some());
    store.insert(&session("s2", "u1", date())).await.unwrap();
}

#[tokio::test]
async fn a_lock_that_is_never_given_back_is_named_and_does_not_stop_reading() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(open(folder.path()).await.unwrap());
    let version = store.insert(&session("s1", "u1", date())).await.unwrap();
    let lock = file_like(folder.path(), "s1.json").with_file_name(".lock");
    let held = fs::File::open(lock).unwrap();
    held.lock().unwrap();
    let stuck = store.replace(&session("s1", "u1", date()), &version).await.unwrap_err();
    assert!(matches!(stuck, StorageError::Unavailable { .. }), "{stuck:?}");
    assert!(whole_text(&stuck).contains("holds the lock"), "{stuck:?}");
    assert!(store.get::<SessionRecord>("s1").await.unwrap().is_some());
    drop(held);
    store.replace(&session("s1", "u1", date()), &version).await.unwrap();
}
