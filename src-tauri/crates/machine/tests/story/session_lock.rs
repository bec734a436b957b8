use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use accounts::ports::{LockError, SessionLock};
use auth_core::ServerId;
use machine::SessionLocks;

#[tokio::test]
async fn one_holder_a_profile_and_the_others_learn_who() {
    let folder = tempfile::tempdir().unwrap();
    let locks = SessionLocks::new(folder.path()).with_deadline(Duration::from_millis(20));
    let (prod, other) = (ServerId::existing("prod"), ServerId::existing("other"));
    let held = locks.acquire(&prod).await.unwrap();
    locks.acquire(&other).await.unwrap();
    let Err(error) = locks.acquire(&prod).await else {
        panic!("two hold it")
    };
    let LockError::TimedOut {
        what,
        holder: Some(holder),
        ..
    } = &error
    else {
        panic!("{error}")
    };
    assert!(
        what.contains("prod") && holder.ends_with(&std::process::id().to_string()),
        "{error}"
    );
    drop(held);
    locks.acquire(&prod).await.unwrap();
    let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("locks"), mode("locks/prod.lock")), (0o700, 0o600));
}

#[tokio::test]
async fn who_waits_gets_it_next() {
    let folder = tempfile::tempdir().unwrap();
    let locks = SessionLocks::new(folder.path());
    let prod = ServerId::existing("prod");
    let held = locks.acquire(&prod).await.unwrap();
    let waiting = tokio::spawn({
        let (locks, prod) = (locks.clone(), prod.clone());
        async move { locks.acquire(&prod).await.map(drop) }
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    drop(held);
    waiting.await.unwrap().unwrap();
}
