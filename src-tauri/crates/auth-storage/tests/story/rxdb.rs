//! An RxDB server keeps the promises, as far as it keeps its documents.

use std::sync::Arc;

use auth_core::models::AuthUserModel;
use auth_core::storage::{AuthStorageAdapter, Fault, Kind, Lookup, SessionRecord, StorageError, Store};
use testbed::RxDB;

use crate::conformance::whole_story;
use crate::processes::{kill_and_restart_with, many_processes_with, open_as, try_open_as, whole_text};
use crate::samples::{date, is_a_damaged_session, session, user};

async fn open(rxdb: &RxDB, domain: &str) -> Arc<dyn AuthStorageAdapter> {
    open_as(&rxdb.url(domain), &RxDB::variables()).await
}

/// Where there is no RxDB the story says so and is done.
macro_rules! rxdb {
    () => {
        match RxDB::start().await.unwrap() {
            Some(rxdb) => rxdb,
            None => return eprintln!("there is no RxDB here: make rxdb"),
        }
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn rxdb_keeps_the_promises() {
    let rxdb = rxdb!();
    whole_story(open(&rxdb, "default").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_writers_leave_what_was_answered_and_many_share_a_server() {
    let rxdb = rxdb!();
    kill_and_restart_with(&rxdb.url("killed"), &RxDB::variables()).await;
    many_processes_with(&rxdb.url("shared"), &RxDB::variables()).await;
    // Domains on one server know nothing of each other.
    let other = open(&rxdb, "other").await;
    for kind in Kind::ALL {
        assert_eq!(other.count(kind).await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_unavailable_and_comes_back() {
    let mut rxdb = rxdb!();
    let store = Store::new(open(&rxdb, "default").await);
    store.insert(&session("s1", "u", date())).await.unwrap();
    let version = store.get::<SessionRecord>("s1").await.unwrap().unwrap().version;
    rxdb.stop().await.unwrap();
    for answer in [
        store.ping().await.unwrap_err(),
        store.get::<SessionRecord>("s1").await.unwrap_err(),
        store.insert(&session("s2", "u", date())).await.unwrap_err(),
        store.replace(&session("s1", "u", date()), &version).await.unwrap_err(),
    ] {
        assert!(matches!(answer, StorageError::Unavailable { .. }), "{answer:?}");
        assert!(whole_text(&answer).contains("does not answer"), "{answer:?}");
    }
    rxdb.restart().await.unwrap();
    store.ping().await.unwrap();
    let stored = store.get::<SessionRecord>("s1").await.unwrap().unwrap();
    store.replace(&stored.record, &stored.version).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_server_is_told() {
    let mut rxdb = rxdb!();
    let storage = open(&rxdb, "default").await;
    let token = RxDB::variables()[0].0;
    let fault = async |url: &str, token: &[(&str, &str)]| try_open_as(url, token).await.unwrap_err().to_string();
    let told = fault(&rxdb.url("default"), &[(token, "s3cret")]).await;
    assert!(told.contains("lets nobody in") && !told.contains("s3cret"), "{told}");
    let told = fault(&format!("{}&version=7", rxdb.url("default")), &RxDB::variables()).await;
    assert!(
        told.contains("does not offer the collection") && told.contains("rxdb/collections.json"),
        "{told}"
    );

    // The server goes on to another version, under one that runs and before one that starts.
    rxdb.stop().await.unwrap();
    rxdb.set_version(1);
    rxdb.restart().await.unwrap();
    let outdated = storage.ping().await.unwrap_err();
    assert!(matches!(outdated, StorageError::Unavailable { .. }), "{outdated:?}");
    assert!(
        whole_text(&outdated).contains("newer version of the documents (426)"),
        "{outdated:?}"
    );
    let told = fault(&rxdb.url("default"), &RxDB::variables()).await;
    assert!(told.contains("?version=N"), "{told}");
    let newer = format!("{}&version=1", rxdb.url("default"));
    open_as(&newer, &RxDB::variables()).await.ping().await.unwrap();

    rxdb.stop().await.unwrap();
    let told = fault(&rxdb.url("default"), &RxDB::variables()).await;
    assert!(told.contains("does not answer"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_others_have_changed_are_told_and_mended() {
    let rxdb = rxdb!();
    let storage = open(&rxdb, "default").await;
    let store = Store::new(storage.clone());
    store.insert(&user("u1", "d", "ada@example.com")).await.unwrap();
    store.insert(&session("s1", "u1", date())).await.unwrap();
    let change = async |collection: &str, change: serde_json::Value| {
        rxdb.post(&format!("{collection}/0/set"), &serde_json::json!([change]))
            .await
            .unwrap();
    };
    change(
        "users",
        serde_json::json!({"id": "default,u1", "email": "grace@example.com"}),
    )
    .await;
    change(
        "sessions",
        serde_json::json!({"id": "default,s1", "doc": "{\"id\": \"s3cret\""}),
    )
    .await;
    rxdb.post(
        "unique_values/0/delete",
        &serde_json::json!(["default,users,by-address,d%2cada@example.com"]),
    )
    .await
    .unwrap();
    let by_email = Lookup::UserByEmail {
        domain_id: "d",
        email: "ada@example.com",
    };
    assert!(store.find_one::<AuthUserModel>(by_email).await.unwrap().is_none());

    is_a_damaged_session(&store, "s1").await;
    let told = storage.audit(true).await.unwrap();
    let faults: Vec<_> = told
        .iter()
        .map(|damage| (damage.kind, damage.fault.clone(), damage.mended))
        .collect();
    assert_eq!(faults, [(Some(Kind::User), Fault::NotIndexed, true)]);
    assert_eq!(storage.audit(false).await.unwrap(), []);
    assert!(store.find_one::<AuthUserModel>(by_email).await.unwrap().is_some());
}
