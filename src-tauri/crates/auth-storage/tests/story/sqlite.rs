//! SQLite keeps the promises, and its file is its own and nobody else's.

use std::path::Path;
use std::sync::Arc;

use auth_core::models::AuthUserModel;
use auth_core::storage::{AuthStorageAdapter, Kind, Lookup, Page, SessionRecord, StorageError, Store, UniqueKey};
use auth_storage::{SqliteOpenError as OpenError, SqliteStorage};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use crate::conformance::whole_story;
use crate::processes::{full_disk, kill_and_restart, many_processes};
use crate::samples::{date, is_a_damaged_session, limit, session, user};

async fn open(path: &Path) -> Result<Arc<SqliteStorage>, OpenError> {
    SqliteStorage::open(path).await.map(Arc::new)
}

/// What another program does to the file.
async fn from_outside(path: &Path, statement: &str) {
    let url = format!("sqlite:{}?mode=rwc", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_promises() {
    let folder = tempfile::tempdir().unwrap();
    whole_story(open(&folder.path().join("auth.db")).await.unwrap()).await;
}

#[tokio::test]
async fn what_was_answered_survives_a_process_that_never_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.db");
    let first = open(&path).await.unwrap();
    Store::new(first.clone())
        .insert(&session("kept", "u", date()))
        .await
        .unwrap();
    // The first one still holds its connections and its log, as one that was killed leaves them.
    let second = Store::new(open(&path).await.unwrap());
    assert!(second.get::<SessionRecord>("kept").await.unwrap().is_some());
    drop(first);
}

#[cfg(unix)]
#[tokio::test]
async fn folder_and_files_are_the_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("new/data");
    let path = folder.join("auth.db");
    let store = Store::new(open(&path).await.unwrap());
    store.insert(&session("s", "u", date())).await.unwrap();
    assert_eq!(mode(&folder), 0o700);
    for file in std::fs::read_dir(&folder).unwrap() {
        let file = file.unwrap().path();
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    drop(store);

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    open(&path).await.unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[tokio::test]
async fn a_foreign_file_is_refused_and_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "these are my notes, and they are no database; ".repeat(40)).unwrap();
    let database = folder.path().join("other.db");
    from_outside(&database, "CREATE TABLE mine (x); INSERT INTO mine VALUES (1)").await;
    for path in [text, database] {
        let before = std::fs::read(&path).unwrap();
        assert!(
            matches!(open(&path).await, Err(OpenError::Foreign { .. })),
            "{}",
            path.display()
        );
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.db");
    open(&path).await.unwrap().close().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'later', TRUE, x'00', 0)";
    from_outside(&path, newer).await;
    assert!(matches!(open(&path).await, Err(OpenError::Newer { .. })));
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let error = open(&folder.path().join("file/auth.db")).await.unwrap_err();
    assert!(matches!(error, OpenError::File { .. }), "{error:?}");
    assert!(error.to_string().contains("file/auth.db"), "{error}");
}

#[tokio::test]
async fn a_damaged_record_is_corrupt_and_shows_nothing_of_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.db");
    let storage = open(&path).await.unwrap();
    from_outside(
        &path,
        r#"INSERT INTO sessions (id, version, doc) VALUES ('s', 1, '{"id": "s3cret"}')"#,
    )
    .await;
    is_a_damaged_session(&Store::new(storage), "s").await;
}

#[tokio::test]
async fn an_engine_that_is_away_is_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(&folder.path().join("auth.db")).await.unwrap();
    storage.close().await;
    assert!(matches!(storage.ping().await, Err(StorageError::Unavailable { .. })));
    let read = storage.get(Kind::User, "u").await;
    assert!(matches!(read, Err(StorageError::Unavailable { .. })), "{read:?}");
}

#[tokio::test]
async fn an_index_that_has_lost_its_way_is_told_and_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.db");
    let storage = open(&path).await.unwrap();
    Store::new(storage.clone())
        .insert(&session("s", "u", date()))
        .await
        .unwrap();
    storage.close().await;
    // The index is emptied behind the engine's back: its page is declared to be that of an empty one.
    from_outside(
        &path,
        "CREATE INDEX empty ON sessions (doc ->> '$.userId', id) WHERE FALSE; PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'empty') WHERE name = 'sessions_user';
        DELETE FROM sqlite_schema WHERE name = 'empty';",
    )
    .await;

    let storage = open(&path).await.unwrap();
    let told = storage.audit(false).await.unwrap();
    assert!(
        told.iter()
            .any(|damage| damage.fault.to_string().contains("sessions_user")),
        "{told:?}"
    );
    let found = async || {
        let by_user = Lookup::SessionsByUser { user_id: "u" };
        storage.find(by_user, &Page::first(9)).await.unwrap().len()
    };
    assert_eq!(found().await, 0);
    assert!(storage.audit(true).await.unwrap().iter().any(|damage| damage.mended));
    assert_eq!(found().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_writers_leave_what_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    kill_and_restart(&format!("sqlite:{}/auth.db", folder.path().display())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_processes_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    many_processes(&format!("sqlite:{}/auth.db", folder.path().display())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_takes_no_more_is_named_and_the_next_write_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let told = full_disk(&format!("sqlite:{}/auth.db", folder.path().display())).await;
    assert!(told.contains("the disk does not take what is written"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_that_share_a_commit_fail_and_succeed_each_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.db");
    let storage = open(&path).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..400 {
        let store = Store::new(storage.clone());
        // Every fourth takes an address that is taken.
        let address = format!("{}@example.com", if number % 4 == 0 { 0 } else { number });
        writers.spawn(async move {
            let inserted = store.insert(&user(&format!("u{number:03}"), "d", &address)).await;
            (number, inserted)
        });
    }
    let mut winners = 0;
    for (number, inserted) in writers.join_all().await {
        match inserted {
            Ok(_) if number % 4 == 0 => winners += 1,
            Ok(_) => {}
            Err(StorageError::Conflict { key, .. }) => assert!(number % 4 == 0 && key == UniqueKey::Address),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(winners, 1);
    assert_eq!(storage.count(Kind::User).await.unwrap(), 301);
    // What was answered is on the disk: another process sees it.
    let other = open(&path).await.unwrap();
    assert_eq!(other.count(Kind::User).await.unwrap(), 301);
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_are_shared_into_fewer_commits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.db");
    let storage = open(&path).await.unwrap();
    let frames = || std::fs::metadata(path.with_extension("db-wal")).unwrap().len() / 4_096;
    let before = frames();
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..640 {
        let store = Store::new(storage.clone());
        writers.spawn(async move { store.insert(&limit(&format!("l{number:03}"), date())).await.map(drop) });
    }
    for written in writers.join_all().await {
        written.unwrap();
    }
    // Alone each would write a table page and two index pages at least.
    let pages = frames() - before;
    assert!(pages < 640, "{pages} pages for 640 writes");
}

#[tokio::test(flavor = "multi_thread")]
async fn look_ups_that_go_together_are_answered_each_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(&folder.path().join("auth.db")).await.unwrap();
    let store = Store::new(storage.clone());
    for number in 0..40 {
        let (id, address) = (format!("u{number}"), format!("\"{number}'@example.com"));
        store.insert(&user(&id, "d", &address)).await.unwrap();
        store
            .insert(&session(&format!("s{number}"), &id, date()))
            .await
            .unwrap();
    }
    let mut asking = tokio::task::JoinSet::new();
    for round in 0..400 {
        let (store, number) = (store.clone(), round % 50);
        asking.spawn(async move {
            let (id, address) = (format!("u{number}"), format!("\"{number}'@example.com"));
            let by_address = Lookup::UserByEmail {
                domain_id: "d",
                email: &address,
            };
            let found = match round % 3 {
                0 => store
                    .get::<AuthUserModel>(&id)
                    .await
                    .unwrap()
                    .map(|found| found.record.id),
                1 => {
                    let found = store.find_one::<AuthUserModel>(by_address).await.unwrap();
                    found.map(|found| found.record.id)
                }
                _ => {
                    let found = store.get::<SessionRecord>(&format!("s{number}")).await.unwrap();
                    found.map(|found| found.record.session.user_id)
                }
            };
            // The last ten are nobody's.
            assert_eq!(found, (number < 40).then_some(id));
        });
    }
    asking.join_all().await;
}

#[tokio::test]
async fn a_closed_storage_writes_no_more_and_has_finished_what_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.db");
    let storage = open(&path).await.unwrap();
    let store = Store::new(storage.clone());
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..50 {
        let store = store.clone();
        writers.spawn(async move { store.insert(&limit(&format!("l{number}"), date())).await.is_ok() });
    }
    tokio::task::yield_now().await;
    storage.close().await;
    let done = writers.join_all().await.into_iter().filter(|done| *done).count();
    let late = store.insert(&limit("late", date())).await;
    assert!(matches!(late, Err(StorageError::Unavailable { .. })), "{late:?}");
    let again = open(&path).await.unwrap();
    assert_eq!(again.count(Kind::Limit).await.unwrap(), done as u64);
}
