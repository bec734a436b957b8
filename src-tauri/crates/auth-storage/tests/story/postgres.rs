//! PostgreSQL keeps the promises.

use auth_core::models::AuthUserModel;
use auth_core::storage::{AuthStorageAdapter, Fault, Kind, Lookup, SessionRecord, StorageError, Store};
use auth_storage::{PostgresConfig, PostgresOpenError, PostgresStorage};
use testbed::{DEADLINE, Postgres, eventually};
use tokio::task::JoinSet;

use crate::conformance::whole_story;
use crate::processes::{kill_and_restart, many_processes, open, whole_text};
use crate::samples::{date, is_a_damaged_session, session, user};

async fn try_open(url: &str) -> Result<PostgresStorage, PostgresOpenError> {
    PostgresStorage::open(&PostgresConfig::parse(url)?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_keeps_the_promises() {
    let postgres = Postgres::start().await.unwrap();
    whole_story(open(&postgres.url()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_writers_leave_what_was_answered_and_many_share_a_database() {
    let postgres = Postgres::start().await.unwrap();
    kill_and_restart(&postgres.url()).await;
    many_processes(&postgres.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_at_once_set_the_tables_up_once_and_leave_others_alone() {
    let postgres = Postgres::start().await.unwrap();
    // Another program's tables of the same names, and its migrations.
    let others = "CREATE TABLE users (mine int); CREATE TABLE _sqlx_migrations (version bigint)";
    postgres.execute(others).await.unwrap();
    let mut opening = JoinSet::new();
    for _ in 0..12 {
        let url = postgres.url();
        opening.spawn(async move { try_open(&url).await.unwrap().ping().await.unwrap() });
    }
    opening.join_all().await;
    let applied = postgres.execute("SELECT count(*) FROM flowstate_auth._sqlx_migrations");
    assert_eq!(applied.await.unwrap(), "1");
    assert_eq!(postgres.execute("SELECT count(*) FROM users").await.unwrap(), "0");

    let newer = "INSERT INTO flowstate_auth._sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'later', TRUE, '\\x00', 0)";
    postgres.execute(newer).await.unwrap();
    let refused = try_open(&postgres.url()).await.unwrap_err();
    assert!(matches!(refused, PostgresOpenError::Newer), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_unavailable_and_comes_back() {
    let mut postgres = Postgres::start().await.unwrap();
    let storage = open(&postgres.url()).await;
    let store = Store::new(storage.clone());
    store.insert(&session("s1", "u", date())).await.unwrap();
    for crash in [false, true] {
        if crash {
            postgres.kill().await.unwrap();
        } else {
            postgres.stop().await.unwrap();
        }
        let version = auth_core::storage::Version("1".to_owned());
        // Together: each waits a while for the database to come back.
        let record = session("s1", "u", date());
        let (ping, get, replace) = tokio::join!(
            store.ping(),
            store.get::<SessionRecord>("s1"),
            store.replace(&record, &version)
        );
        for answer in [ping.unwrap_err(), get.unwrap_err(), replace.unwrap_err()] {
            assert!(matches!(answer, StorageError::Unavailable { .. }), "{answer:?}");
        }
        postgres.restart().await.unwrap();
        eventually("the storage to heal", DEADLINE, async || Ok(store.ping().await?))
            .await
            .unwrap();
        assert!(store.get::<SessionRecord>("s1").await.unwrap().is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_to_it_can_be_secured_and_what_is_wrong_with_it_is_told() {
    let postgres = Postgres::start().await.unwrap();
    let port = postgres.address().port();
    let at = |host: &str, parameters: &str| {
        postgres
            .url()
            .replace("127.0.0.1", host)
            .replace("sslmode=disable", parameters)
    };
    let trusted = format!("sslmode=verify-full&sslrootcert={}", postgres.certificate().display());
    let storage = try_open(&at("localhost", &trusted)).await.unwrap();
    storage.ping().await.unwrap();
    let secured = postgres.execute(
        "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'flowstate-auth-server'",
    );
    assert_eq!(secured.await.unwrap(), "t");
    // Its certificate is of no other name, and nobody else vouches for it.
    for untrusted in [at("127.0.0.2", &trusted), at("localhost", "sslmode=verify-full")] {
        let error = try_open(&untrusted).await.unwrap_err();
        assert!(matches!(error, PostgresOpenError::Tls { .. }), "{error:?}");
    }

    let wrong = [
        postgres.url().replace("only-for-tests", "s3cret"),
        postgres.url().replace("/auth?", "/no-such-database?"),
    ];
    for url in wrong {
        let error = try_open(&url).await.unwrap_err();
        assert!(matches!(error, PostgresOpenError::Refused { .. }), "{error:?}");
        assert!(!whole_text(&error).contains("s3cret"), "{error:?}");
    }
    let nobody = postgres.url().replace(&port.to_string(), "1");
    let error = try_open(&nobody).await.unwrap_err();
    assert!(matches!(error, PostgresOpenError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");

    postgres.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'; REVOKE ALL ON DATABASE auth FROM PUBLIC; GRANT CONNECT ON DATABASE auth TO guest")
        .await
        .unwrap();
    postgres.execute("DROP SCHEMA flowstate_auth CASCADE").await.unwrap();
    let guest = postgres.url().replace("auth:only-for-tests", "guest:guest");
    let error = try_open(&guest).await.unwrap_err();
    assert!(matches!(error, PostgresOpenError::NoRights { .. }), "{error:?}");
    assert!(error.to_string().contains("GRANT CREATE"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_were_changed_by_hand_are_told_and_indexed_anew() {
    let postgres = Postgres::start().await.unwrap();
    let storage = open(&postgres.url()).await;
    let store = Store::new(storage.clone());
    store.insert(&user("u1", "d", "ada@example.com")).await.unwrap();
    store.insert(&session("s1", "u1", date())).await.unwrap();
    let by_hand = "UPDATE flowstate_auth.users SET doc = replace(doc, 'ada@', 'grace@');
        UPDATE flowstate_auth.sessions SET doc = '{\"id\": \"s3cret\"}'";
    postgres.execute(by_hand).await.unwrap();
    let told = storage.audit(true).await.unwrap();
    let faults: Vec<_> = told
        .iter()
        .map(|damage| (damage.kind, damage.fault.clone(), damage.mended))
        .collect();
    assert_eq!(
        faults,
        [
            (Some(Kind::User), Fault::NotIndexed, true),
            (Some(Kind::Session), Fault::NotIndexed, true),
        ]
    );
    assert_eq!(storage.audit(false).await.unwrap(), []);
    let lookup = Lookup::UserByEmail {
        domain_id: "d",
        email: "grace@example.com",
    };
    assert!(store.find_one::<AuthUserModel>(lookup).await.unwrap().is_some());
    is_a_damaged_session(&store, "s1").await;
}
