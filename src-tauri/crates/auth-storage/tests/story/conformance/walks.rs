//! Going through everything: lists, counts, sweeps.

use std::collections::HashSet;

use auth_core::models::AuthUserModel;
use auth_core::storage::{
    AuthStorageAdapter, CodeRecord, Kind, LimitRecord, SessionRecord, SigningKeyRecord, StorageError, Store,
};

use crate::samples::{code, date, ending_key, limit, session};

/// Of what the stories before have left.
pub async fn a_walk_passes_everything_once(storage: &dyn AuthStorageAdapter) {
    for kind in Kind::ALL {
        let (mut after, mut passed) = (None, HashSet::new());
        loop {
            let part = storage.list(kind, after.as_ref(), 7).await.unwrap();
            assert!(part.len() <= 7);
            let Some(last) = part.last() else { break };
            after = Some(last.place.clone());
            for listed in part {
                let stored = listed.stored.unwrap();
                let id = stored.document.id.clone();
                assert_eq!(storage.get(kind, &id).await.unwrap(), Some(stored));
                assert!(passed.insert(id));
            }
        }
        assert!(!passed.is_empty());
        assert_eq!(storage.count(kind).await.unwrap(), passed.len() as u64);
    }
}

pub async fn a_sweep_takes_what_has_ended_and_nothing_else(store: &Store) {
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

pub async fn a_sweep_goes_by_the_end_as_it_is_now(store: &Store) {
    let (soon, late) = (date().plus_seconds(10_000), date().plus_seconds(500_000));
    store.sweep(late).await.unwrap();
    for (id, first, then) in [("longer", soon, late), ("shorter", late.plus_seconds(1), soon)] {
        let version = store.insert(&session(id, "sweep", first)).await.unwrap();
        store.replace(&session(id, "sweep", then), &version).await.unwrap();
    }
    let there = async |id| store.get::<SessionRecord>(id).await.unwrap().is_some();
    assert_eq!(store.sweep(soon.plus_seconds(1)).await.unwrap(), 1);
    assert_eq!((there("longer").await, there("shorter").await), (true, false));
    assert_eq!(store.sweep(soon.plus_seconds(1)).await.unwrap(), 0);
    assert_eq!(store.sweep(late.plus_seconds(1)).await.unwrap(), 1);
    assert!(!there("longer").await);

    // What was swept can be stored again, and is swept again.
    for _ in 0..2 {
        let put = store.put("again", |before| {
            assert!(before.is_none());
            Ok::<_, StorageError>(code("again", soon))
        });
        put.await.unwrap();
        assert!(store.get::<CodeRecord>("again").await.unwrap().is_some());
        assert_eq!(store.sweep(late).await.unwrap(), 1);
    }
    assert!(store.get::<CodeRecord>("again").await.unwrap().is_none());
}
