//! Hints from a real system bus.

use std::time::Duration;

use accounts::Hint;
use machine::{Hints, Told};
use testbed::{DEADLINE, Desktop, Logind, NetworkManager};
use tokio::time::{Instant, timeout};

async fn listen(desktop: &Desktop) -> Hints {
    Hints::listen_at(&desktop.environment().variables()["DBUS_SYSTEM_BUS_ADDRESS"]).await
}

/// The next hint, beyond the sleeps.
async fn next(hints: &mut Hints) -> Option<Hint> {
    loop {
        match timeout(DEADLINE, hints.next()).await.expect("no hint came")? {
            Told::Look(hint) => return Some(hint),
            Told::Sleeps(_) => {}
        }
    }
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
async fn a_sleep_waits_until_it_is_let() {
    let desktop = Desktop::start().await.unwrap();
    let logind = Logind::start(&desktop).await.unwrap();
    let mut hints = listen(&desktop).await;
    for _ in 0..2 {
        assert_eq!(logind.delays().await.unwrap(), 1);
        // Two hints just before would make others wait.
        logind.wake().await.unwrap();
        assert_eq!(next(&mut hints).await, Some(Hint::Woke));
        logind.wake().await.unwrap();
        let begin = Instant::now();
        logind.sleep().await.unwrap();
        let told = timeout(DEADLINE, hints.next()).await.unwrap();
        let Some(Told::Sleeps(delay)) = told else {
            panic!("{told:?}");
        };
        assert!(begin.elapsed() < Duration::from_millis(500), "{:?}", begin.elapsed());
        assert_eq!(logind.delays().await.unwrap(), 1);
        drop(delay);
        let begin = Instant::now();
        while logind.delays().await.unwrap() > 0 {
            assert!(begin.elapsed() < DEADLINE, "the sleep is still put off");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        logind.wake().await.unwrap();
        assert_eq!(next(&mut hints).await, Some(Hint::Woke));
    }
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
