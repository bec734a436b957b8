//! Fifty writers at once.

use auth_core::storage::{LimitRecord, SessionRecord, StorageError, Store};
use tokio::task::JoinSet;

use crate::samples::{date, limit, session, user};

pub async fn fifty_writers_lose_nothing(store: &Store) {
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
                    Err(error) => panic!("{error:?}"),
                }
            }
        });
    }
    writers.join_all().await;
    let stored = store.get::<SessionRecord>("race").await.unwrap().unwrap();
    assert_eq!(stored.record.generation, 50);
}

pub async fn fifty_inserts_have_one_winner(store: &Store) {
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

pub async fn fifty_changes_to_one_key_have_one_winner(store: &Store) {
    let mut writers = JoinSet::new();
    for number in 0..50 {
        let store = store.clone();
        writers.spawn(async move {
            let mut record = user(&format!("c{number}"), "change", &format!("c{number}@example.com"));
            let version = store.insert(&record).await.unwrap();
            record.email = "same@example.com".to_owned();
            match store.replace(&record, &version).await {
                Ok(_) => true,
                Err(StorageError::Conflict { .. }) => false,
                Err(error) => panic!("{error:?}"),
            }
        });
    }
    let won = writers.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
}

pub async fn fifty_first_uses_are_all_counted(store: &Store) {
    let mut writers = JoinSet::new();
    for _ in 0..50 {
        let store = store.clone();
        writers.spawn(async move {
            let used = store.put("uses", |before: Option<LimitRecord>| {
                let mut uses = before.map(|record| record.uses).unwrap_or_default();
                uses.push((uses.len() as u64, 1));
                Ok::<_, StorageError>(LimitRecord {
                    uses,
                    ..limit("uses", date())
                })
            });
            used.await.unwrap();
        });
    }
    writers.join_all().await;
    let stored = store.get::<LimitRecord>("uses").await.unwrap().unwrap();
    assert_eq!(stored.record.uses, (0..50).map(|at| (at, 1)).collect::<Vec<_>>());
}
