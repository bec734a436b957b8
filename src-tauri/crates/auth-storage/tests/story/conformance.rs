//! The promises of the port. An engine passes when [`whole_story`] does, on an empty storage.

use std::fmt::Debug;
use std::sync::Arc;

use auth_core::models::{AuthAccountModel, AuthUserModel, ServiceAccountModel};
use auth_core::storage::{
    AuthStorageAdapter, CodeRecord, Kind, LimitRecord, Lookup, Page, Record, SessionRecord, SigningKeyRecord,
    StorageError, Store, UniqueKey, Version,
};
use tokio::task::JoinSet;

use crate::samples::{account, api_token, code, date, ending_key, limit, service_account, session, signing_key, user};

pub async fn whole_story(storage: Arc<dyn AuthStorageAdapter>) {
    let store = Store::new(storage);
    store.ping().await.unwrap();
    every_kind_comes_back_as_it_was_stored(&store).await;
    ids_and_keys_are_unique(&store).await;
    writes_are_compare_and_set(&store).await;
    look_ups_find_what_they_name_and_nothing_else(&store).await;
    answers_come_in_pages(&store).await;
    fifty_writers_lose_nothing(&store).await;
    fifty_inserts_have_one_winner(&store).await;
    a_sweep_takes_what_has_ended_and_nothing_else(&store).await;
}

async fn comes_back<T: Record + PartialEq + Debug>(store: &Store, record: T) {
    assert!(store.get::<T>(record.id()).await.unwrap().is_none());
    let version = store.insert(&record).await.unwrap();
    let stored = store.get::<T>(record.id()).await.unwrap().unwrap();
    assert_eq!((stored.record, stored.version), (record, version));
}

async fn every_kind_comes_back_as_it_was_stored(store: &Store) {
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

async fn ids_and_keys_are_unique(store: &Store) {
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

async fn writes_are_compare_and_set(store: &Store) {
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

async fn found<T: Record>(store: &Store, lookup: Lookup<'_>) -> Vec<String> {
    let found = store.find::<T>(lookup, &Page::first(100)).await.unwrap();
    found.iter().map(|stored| stored.record.id().to_owned()).collect()
}

async fn look_ups_find_what_they_name_and_nothing_else(store: &Store) {
    let by_email = |domain_id, email| Lookup::UserByEmail { domain_id, email };
    assert_eq!(
        found::<AuthUserModel>(store, by_email("another domain", "one@example.com")).await,
        ["u3"]
    );
    for (domain, email) in [
        ("unique", "nobody@example.com"),
        ("no domain", "one@example.com"),
        ("", ""),
    ] {
        assert!(found::<AuthUserModel>(store, by_email(domain, email)).await.is_empty());
    }
    store.insert(&session("s2", "look", date())).await.unwrap();
    store.insert(&session("s1", "look", date())).await.unwrap();
    assert_eq!(
        found::<SessionRecord>(store, Lookup::SessionsByUser { user_id: "look" }).await,
        ["s1", "s2"]
    );
    let at_provider = Lookup::AccountByProvider {
        domain_id: "unique",
        provider: "github",
        provider_account_id: "7",
    };
    assert_eq!(found::<AuthAccountModel>(store, at_provider).await, ["a1"]);
    assert_eq!(
        found::<AuthAccountModel>(store, Lookup::AccountsByUser { user_id: "u3" }).await,
        ["a2"]
    );
    for (id, org) in [("sa1", "x"), ("sa2", "y")] {
        store.insert(&service_account(id, "look", org)).await.unwrap();
    }
    let by_org = Lookup::ServiceAccountsByOrg {
        domain_id: "look",
        org_id: "y",
    };
    assert_eq!(found::<ServiceAccountModel>(store, by_org).await, ["sa2"]);
    let by_prefix = Lookup::ApiTokenByPrefix { prefix: "epic_live_1" };
    let token = store
        .find_one::<auth_core::models::ApiTokenModel>(by_prefix)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(token.record.id, "t1");
    let by_account = Lookup::ApiTokensByServiceAccount {
        service_account_id: "s",
    };
    assert_eq!(
        found::<auth_core::models::ApiTokenModel>(store, by_account).await,
        ["t1"]
    );
    assert_eq!(
        found::<SigningKeyRecord>(store, Lookup::SigningKeys).await,
        ["access-1", "round"]
    );
    let service_accounts = Lookup::All {
        kind: Kind::ServiceAccount,
    };
    assert_eq!(
        found::<ServiceAccountModel>(store, service_accounts).await,
        ["round", "sa1", "sa2"]
    );

    // A look-up follows a change of the field at once.
    let mut moved = store.get::<AuthUserModel>("u3").await.unwrap().unwrap();
    moved.record.email = "moved@example.com".to_owned();
    store.replace(&moved.record, &moved.version).await.unwrap();
    assert!(
        found::<AuthUserModel>(store, by_email("another domain", "one@example.com"))
            .await
            .is_empty()
    );
    assert_eq!(
        found::<AuthUserModel>(store, by_email("another domain", "moved@example.com")).await,
        ["u3"]
    );
}

async fn answers_come_in_pages(store: &Store) {
    for number in 0..7 {
        store
            .insert(&session(&format!("page-{number}"), "pages", date()))
            .await
            .unwrap();
    }
    let (mut page, mut sizes, mut ids) = (Page::first(3), Vec::new(), Vec::new());
    loop {
        let part = store
            .find::<SessionRecord>(Lookup::SessionsByUser { user_id: "pages" }, &page)
            .await
            .unwrap();
        let Some(last) = part.last() else { break };
        page.after = Some(last.record.session.id.clone());
        sizes.push(part.len());
        ids.extend(part.into_iter().map(|stored| stored.record.session.id));
    }
    assert_eq!(sizes, [3, 3, 1]);
    assert!(ids.is_sorted() && ids.len() == 7, "{ids:?}");
}

async fn fifty_writers_lose_nothing(store: &Store) {
    store.insert(&session("race", "race", date())).await.unwrap();
    let mut writers = JoinSet::new();
    for _ in 0..50 {
        let store = store.clone();
        writers.spawn(async move {
            loop {
                let mut stored = store.get::<SessionRecord>("race").await.unwrap().unwrap();
                stored.record.generation += 1;
                match store.replace(&stored.record, &stored.version).await {
                    Ok(_) => break,
                    Err(StorageError::Stale { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        });
    }
    writers.join_all().await;
    let stored = store.get::<SessionRecord>("race").await.unwrap().unwrap();
    assert_eq!(stored.record.generation, 50);
}

async fn fifty_inserts_have_one_winner(store: &Store) {
    let mut writers = JoinSet::new();
    for number in 0..50 {
        let store = store.clone();
        writers.spawn(async move {
            store
                .insert(&user(&format!("r{number}"), "race", "same@example.com"))
                .await
                .is_ok()
        });
    }
    let won = writers.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
}

async fn a_sweep_takes_what_has_ended_and_nothing_else(store: &Store) {
    let (before, end) = (date().plus_seconds(1_000), date().plus_seconds(2_000));
    store.sweep(end).await.unwrap();
    for (id, expires) in [("ended", before), ("ends now", end), ("later", end.plus_seconds(1))] {
        store.insert(&session(id, "sweep", expires)).await.unwrap();
        store.insert(&code(id, expires)).await.unwrap();
        store.insert(&limit(id, expires)).await.unwrap();
        store.insert(&ending_key(id, expires)).await.unwrap();
    }
    assert_eq!(store.sweep(end).await.unwrap(), 4);
    for id in ["ends now", "later"] {
        assert!(store.get::<SessionRecord>(id).await.unwrap().is_some());
        assert!(store.get::<CodeRecord>(id).await.unwrap().is_some());
        assert!(store.get::<LimitRecord>(id).await.unwrap().is_some());
        assert!(store.get::<SigningKeyRecord>(id).await.unwrap().is_some());
    }
    let endless = store.get::<SigningKeyRecord>("round").await.unwrap();
    assert!(endless.is_some(), "what has no end is not swept");
    assert!(store.get::<CodeRecord>("ended").await.unwrap().is_none());
    assert!(store.get::<AuthUserModel>("round").await.unwrap().is_some());
}
