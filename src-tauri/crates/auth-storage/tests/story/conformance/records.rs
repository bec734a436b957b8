//! One document at a time.

use std::fmt::Debug;

use auth_core::storage::{CodeRecord, Kind, Lookup, Record, SessionRecord, StorageError, Store, UniqueKey, Version};

use super::found;
use crate::samples::{account, api_token, code, date, limit, service_account, session, signing_key, user};

async fn comes_back<T: Record + PartialEq + Debug>(store: &Store, record: T) {
    assert!(store.get::<T>(record.id()).await.unwrap().is_none());
    let version = store.insert(&record).await.unwrap();
    let stored = store.get::<T>(record.id()).await.unwrap().unwrap();
    assert_eq!((stored.record, stored.version), (record, version));
}

pub async fn every_kind_comes_back_as_it_was_stored(store: &Store) {
    comes_back(store, user("round", "round", "ada@example.com")).await;
    comes_back(store, session("round", "round", date())).await;
    comes_back(store, code("round/ada+x'\"%_/..@example.com", date())).await;
    comes_back(store, account("round", "round", "round", "1")).await;
    comes_back(store, service_account("round", "round", "o")).await;
    comes_back(store, api_token("round", "round", "round")).await;
    comes_back(store, signing_key("round")).await;
    comes_back(store, limit("round", date())).await;
}

fn conflict_on<T: Debug>(result: Result<T, StorageError>) -> UniqueKey {
    match result {
        Err(StorageError::Conflict { key, .. }) => key,
        other => panic!("no conflict: {other:?}"),
    }
}

pub async fn ids_and_keys_are_unique(store: &Store) {
    store.insert(&user("u1", "unique", "one@example.com")).await.unwrap();
    let same_id = user("u1", "unique", "other@example.com");
    assert_eq!(conflict_on(store.insert(&same_id).await), UniqueKey::Id);
    let same_address = user("u2", "unique", "one@example.com");
    assert_eq!(conflict_on(store.insert(&same_address).await), UniqueKey::Address);
    let version = store.insert(&user("u2", "unique", "two@example.com")).await.unwrap();
    assert_eq!(
        conflict_on(store.replace(&same_address, &version).await),
        UniqueKey::Address
    );
    store
        .insert(&user("u3", "another domain", "one@example.com"))
        .await
        .unwrap();

    store.insert(&api_token("t1", "s", "epic_live_1")).await.unwrap();
    assert_eq!(
        conflict_on(store.insert(&api_token("t2", "s", "epic_live_1")).await),
        UniqueKey::Prefix
    );
    store.insert(&account("a1", "unique", "u1", "7")).await.unwrap();
    assert_eq!(
        conflict_on(store.insert(&account("a2", "unique", "u2", "7")).await),
        UniqueKey::ProviderAccount
    );
    store.insert(&account("a2", "another domain", "u3", "7")).await.unwrap();
    store.insert(&signing_key("access-1")).await.unwrap();
    assert_eq!(conflict_on(store.insert(&signing_key("access-1")).await), UniqueKey::Id);
}

pub async fn writes_are_compare_and_set(store: &Store) {
    let mut record = session("cas", "cas", date());
    let first = store.insert(&record).await.unwrap();
    record.generation = 1;
    let second = store.replace(&record, &first).await.unwrap();
    assert_ne!(first, second);
    record.generation = 2;
    let late = store.replace(&record, &first).await;
    assert!(
        matches!(late, Err(StorageError::Stale { kind: Kind::Session })),
        "{late:?}"
    );
    let stored = store.get::<SessionRecord>("cas").await.unwrap().unwrap();
    assert_eq!((stored.record.generation, stored.version), (1, second.clone()));

    let absent = store.replace(&session("nobody", "cas", date()), &second).await;
    assert!(matches!(absent, Err(StorageError::Stale { .. })), "{absent:?}");
    let strange = store
        .replace(&record, &Version("no version of this engine".into()))
        .await;
    assert!(matches!(strange, Err(StorageError::Stale { .. })), "{strange:?}");
}

/// Ids are made of addresses and of what callers send.
pub async fn ids_are_any_text(store: &Store) {
    let long = format!("default/{}@example.com", "ä".repeat(150));
    let ids = [
        "", "odd", "Odd", "ODD", "..", ".", "a/b", "a%2fb", "a\\b", "con", " ", "ends.", "ü☕", "-rf", &long,
    ];
    for id in ids {
        comes_back(store, code(id, date())).await;
    }
    for id in ids {
        let stored = store.get::<CodeRecord>(id).await.unwrap().unwrap();
        store.replace(&stored.record, &stored.version).await.unwrap();
    }
}

pub async fn a_key_that_was_given_up_is_free(store: &Store) {
    let mut record = user("gives", "given up", "kept@example.com");
    let first = store.insert(&record).await.unwrap();
    record.email = "new@example.com".to_owned();
    let second = store.replace(&record, &first).await.unwrap();
    store
        .insert(&user("takes", "given up", "kept@example.com"))
        .await
        .unwrap();
    // It cannot go back, and is as it was after trying.
    record.email = "kept@example.com".to_owned();
    assert_eq!(conflict_on(store.replace(&record, &second).await), UniqueKey::Address);
    record.email = "new@example.com".to_owned();
    record.name = Some("Grace".to_owned());
    store.replace(&record, &second).await.unwrap();
    for (email, id) in [("kept@example.com", "takes"), ("new@example.com", "gives")] {
        let by_email = Lookup::UserByEmail {
            domain_id: "given up",
            email,
        };
        assert_eq!(found::<auth_core::models::AuthUserModel>(store, by_email).await, [id]);
    }
}
