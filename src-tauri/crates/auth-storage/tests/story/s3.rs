//! S3 keeps the promises, where it keeps its own.

use std::sync::Arc;

use auth_core::models::AuthUserModel;
use auth_core::storage::{AuthStorageAdapter, CodeRecord, Fault, Kind, Lookup, SessionRecord, StorageError, Store};
use auth_storage::{OpenError, S3OpenError};
use testbed::{DEADLINE, ObjectStore, eventually};
use tokio::task::JoinSet;

use crate::conformance::whole_story;
use crate::processes::{kill_and_restart_with, many_processes_with, try_open_as, whole_text};
use crate::samples::{code, date, session, user};

async fn try_open(url: &str) -> Result<Arc<dyn AuthStorageAdapter>, OpenError> {
    try_open_as(url, &ObjectStore::variables()).await
}

async fn open(store: &ObjectStore) -> Arc<dyn AuthStorageAdapter> {
    try_open(&store.url("some/prefix")).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_keeps_the_promises() {
    let objects = ObjectStore::start().await.unwrap();
    whole_story(open(&objects).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_writers_leave_what_was_answered_and_many_share_a_bucket() {
    let objects = ObjectStore::start().await.unwrap();
    kill_and_restart_with(&objects.url("killed"), &ObjectStore::variables()).await;
    many_processes_with(&objects.url("shared"), &ObjectStore::variables()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_ignores_conditions_is_refused_before_anything_is_written() {
    let objects = ObjectStore::start().await.unwrap();
    for (new, same) in [(true, false), (false, true), (true, true)] {
        objects.forget_conditions(new, same);
        let refused = try_open(&objects.url("x")).await.unwrap_err();
        let unconditional = matches!(
            refused,
            OpenError::S3 {
                source: S3OpenError::Unconditional { .. }
            }
        );
        assert!(unconditional, "{refused:?}");
        assert!(refused.to_string().contains("honours conditional writes"), "{refused}");
        assert!(!objects.bucket().join("x/flowstate-auth.json").exists());
    }
    objects.forget_conditions(false, false);
    try_open(&objects.url("x")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_at_the_start_is_told() {
    let mut objects = ObjectStore::start().await.unwrap();
    let fault =
        async |url: &str, variables: &[(&str, &str)]| try_open_as(url, variables).await.unwrap_err().to_string();
    let ours = ObjectStore::variables();
    let strange = [
        ("AWS_ACCESS_KEY_ID", "only-for-tests"),
        ("AWS_SECRET_ACCESS_KEY", "s3cret"),
    ];
    let told = fault(&objects.url("x"), &strange).await;
    assert!(
        told.contains("lets nobody in with these credentials") && !told.contains("s3cret"),
        "{told}"
    );
    let told = fault(&objects.url("x").replace("//auth/", "//nobody/"), &ours).await;
    assert!(
        told.contains("s3://nobody/x") && told.contains("has no such bucket"),
        "{told}"
    );

    std::fs::create_dir(objects.bucket().join("foreign")).unwrap();
    std::fs::write(objects.bucket().join("foreign/photo.jpg"), "mine").unwrap();
    let told = fault(&objects.url("foreign"), &ours).await;
    assert!(told.contains("not of this server"), "{told}");
    assert_eq!(std::fs::read_dir(objects.bucket().join("foreign")).unwrap().count(), 1);

    try_open(&objects.url("x")).await.unwrap();
    let format = objects.bucket().join("x/flowstate-auth.json");
    std::fs::write(&format, r#"{"format":2,"more":true}"#).unwrap();
    assert!(fault(&objects.url("x"), &ours).await.contains("newer version"));
    std::fs::write(&format, "").unwrap();
    assert!(fault(&objects.url("x"), &ours).await.contains("not of which format"));

    objects.stop().await;
    let told = fault(&objects.url("x"), &ours).await;
    assert!(told.contains("does not answer; check that it runs"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_at_once_share_a_prefix() {
    let objects = ObjectStore::start().await.unwrap();
    let mut opening = JoinSet::new();
    for _ in 0..12 {
        let url = objects.url("x");
        opening.spawn(async move { try_open(&url).await.unwrap().ping().await.unwrap() });
    }
    opening.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_away_is_unavailable_and_comes_back() {
    let mut objects = ObjectStore::start().await.unwrap();
    let storage = open(&objects).await;
    let store = Store::new(storage.clone());
    store.insert(&session("s1", "u", date())).await.unwrap();
    let version = store.get::<SessionRecord>("s1").await.unwrap().unwrap().version;
    let emptied = objects.bucket().with_file_name("elsewhere");
    for outage in ["stopped", "failing", "emptied"] {
        match outage {
            "stopped" => objects.stop().await,
            "failing" => objects.fail(true),
            _ => {
                // What was seen a moment ago is trusted for a moment.
                std::fs::rename(objects.bucket(), &emptied).unwrap();
                let told = async || match store.get::<SessionRecord>("s1").await {
                    Err(_) => Ok(()),
                    Ok(found) => Err(anyhow::anyhow!("{}", found.is_some())),
                };
                eventually("the loss to be seen", DEADLINE, told).await.unwrap();
            }
        }
        for answer in [
            store.ping().await.unwrap_err(),
            store.get::<SessionRecord>("s1").await.unwrap_err(),
            store.get::<SessionRecord>("unknown").await.unwrap_err(),
            store.insert(&session("s2", "u", date())).await.unwrap_err(),
            store.replace(&session("s1", "u", date()), &version).await.unwrap_err(),
            store
                .find_one::<SessionRecord>(Lookup::SessionsByUser { user_id: "u" })
                .await
                .unwrap_err(),
        ] {
            assert!(
                matches!(answer, StorageError::Unavailable { .. }),
                "{outage}: {answer:?}"
            );
            assert!(!whole_text(&answer).contains("s1"), "{answer:?}");
        }
        match outage {
            "stopped" => objects.restart().await.unwrap(),
            "failing" => objects.fail(false),
            _ => std::fs::rename(&emptied, objects.bucket()).unwrap(),
        }
        store.ping().await.unwrap();
        assert!(store.get::<SessionRecord>("s1").await.unwrap().is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_was_left_by_a_dead_writer_is_taken_over() {
    let objects = ObjectStore::start().await.unwrap();
    let store = Store::new(open(&objects).await);
    store.insert(&user("u0", "d", "zoe@example.com")).await.unwrap();
    let index = objects.bucket().join("some/prefix/users/by-address");
    std::fs::write(
        index.join("d,ada@example.com"),
        r#"{"id":"dead","state":"claimed","turn":0}"#,
    )
    .unwrap();
    let by_email = Lookup::UserByEmail {
        domain_id: "d",
        email: "ada@example.com",
    };
    assert!(store.find_one::<AuthUserModel>(by_email).await.unwrap().is_none());
    store.insert(&user("u1", "d", "ada@example.com")).await.unwrap();
    assert_eq!(
        store
            .find_one::<AuthUserModel>(by_email)
            .await
            .unwrap()
            .unwrap()
            .record
            .id,
        "u1"
    );
    let twin = store.insert(&user("u2", "d", "ada@example.com")).await;
    assert!(matches!(twin, Err(StorageError::Conflict { .. })), "{twin:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_told_and_what_can_be_mended_is() {
    let objects = ObjectStore::start().await.unwrap();
    let storage = open(&objects).await;
    let store = Store::new(storage.clone());
    store.insert(&user("u1", "d", "ada@example.com")).await.unwrap();
    store.insert(&session("s1", "u1", date())).await.unwrap();
    store.insert(&code("c1", date())).await.unwrap();
    let at = objects.bucket().join("some/prefix");
    std::fs::write(
        at.join("verification_tokens/records/c1.json"),
        r#"{"version":"s3cret"}"#,
    )
    .unwrap();
    let error = store.get::<CodeRecord>("c1").await.unwrap_err();
    assert!(
        matches!(error, StorageError::Corrupt { kind: Kind::Code, .. }),
        "{error:?}"
    );
    assert!(!format!("{error:?}").contains("s3cret"));
    let listed = storage.list(Kind::Code, None, 9).await.unwrap();
    assert!(listed.len() == 1 && listed[0].stored.is_err());

    for folder in ["users/by-address", "sessions/by-user", "sessions/by-end"] {
        std::fs::remove_dir_all(at.join(folder)).unwrap();
    }
    let told = storage.audit(false).await.unwrap();
    assert_eq!(
        told.iter().filter(|damage| damage.fault == Fault::NotIndexed).count(),
        3,
        "{told:?}"
    );
    assert!(storage.audit(true).await.unwrap().iter().all(|damage| damage.mended));
    assert_eq!(storage.audit(false).await.unwrap(), []);
    let by_email = Lookup::UserByEmail {
        domain_id: "d",
        email: "ada@example.com",
    };
    assert!(store.find_one::<AuthUserModel>(by_email).await.unwrap().is_some());
    assert!(
        store
            .find_one::<SessionRecord>(Lookup::SessionsByUser { user_id: "u1" })
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(store.sweep(date().plus_seconds(1)).await.unwrap(), 1);
}
