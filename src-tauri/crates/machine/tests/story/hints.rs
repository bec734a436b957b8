//! Hints from a real system bus.

use std::time::Duration;

use accounts::Hint;
use machine::Hints;
use testbed::{DEADLINE, Desktop, Logind, NetworkManager};
use tokio::time::{Instant, timeout};

async fn listen(desktop: &Desktop) -> Hints {
    Hints::listen_at(&desktop.environment().variables()["DBUS_SYSTEM_BUS_ADDRESS"]).await
}

async fn next(hints: &mut Hints) -> Option<Hint> {
    timeout(DEADLINE, hints.next()).await.expect("no hint came")
}

#[tokio::test]
async fn waking_up_and_the_networks_return_are_told() {
    let desktop = Desktop::start().await.unwrap();
    let mut hints = listen(&desktop).await;
    // Who tells them may come later.
    let logind = Logind::start(&desktop).await.unwrap();
    let network = NetworkManager::start(&desktop).await.unwrap();
    logind.sleep().await.unwrap();
    network.go().await.unwrap();
    logind.wake().await.unwrap();
    assert_eq!(
        next(&mut hints).await,
        Some(Hint::Woke),
        "going to sleep is no reason to look"
    );
    network.come().await.unwrap();
    assert_eq!(next(&mut hints).await, Some(Hint::NetworkCame));
    let more = timeout(Duration::from_millis(100), hints.next()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test]
async fn only_those_are_heard_who_may_know() {
    let desktop = Desktop::start().await.unwrap();
    let mut hints = listen(&desktop).await;
    let anybody = desktop.bus();
    let manager = "org.freedesktop.login1.Manager";
    let nobody = None::<zbus::names::BusName<'_>>;
    anybody
        .emit_signal(nobody, "/org/freedesktop/login1", manager, "PrepareForSleep", &false)
        .await
        .unwrap();
    let heard = timeout(Duration::from_millis(100), hints.next()).await;
    assert!(heard.is_err(), "{heard:?}");
}

#[tokio::test]
async fn many_hints_make_few_looks() {
    let desktop = Desktop::start().await.unwrap();
    let mut hints = listen(&desktop).await;
    let logind = Logind::start(&desktop).await.unwrap();
    logind.wake().await.unwrap();
    assert_eq!(next(&mut hints).await, Some(Hint::Woke));
    let first = Instant::now();
    for _ in 0..20 {
        logind.wake().await.unwrap();
    }
    assert_eq!(next(&mut hints).await, Some(Hint::Woke));
    let took = first.elapsed();
    assert!(took > Duration::from_millis(900), "{took:?}");
    let more = timeout(Duration::from_millis(1200), hints.next()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test]
async fn without_a_bus_none_comes_and_nobody_waits() {
    let nowhere = tempfile::tempdir().unwrap();
    let address = format!("unix:path={}", nowhere.path().join("bus").display());
    let mut hints = Hints::listen_at(&address).await;
    assert_eq!(next(&mut hints).await, None);
    let desktop = Desktop::start().await.unwrap();
    let mut hints = listen(&desktop).await;
    drop(desktop);
    assert_eq!(next(&mut hints).await, None, "the bus has ended");
}
