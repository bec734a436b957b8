//! Whether the desktop is dark, from a real session bus.

use std::time::{Duration, Instant};

use machine::Appearance;
use testbed::{DEADLINE, Desktop, Portal};
use tokio::time::timeout;

#[tokio::test]
async fn the_desktops_theme_and_its_changes_are_told() {
    let desktop = Desktop::start().await.unwrap();
    let address = &desktop.environment().variables()["DBUS_SESSION_BUS_ADDRESS"];
    let nobody = Appearance::listen_at(address).await;
    assert_eq!(nobody.is_dark(), None);

    let portal = Portal::start(&desktop, true).await.unwrap();
    let mut appearance = Appearance::listen_at(address).await;
    assert_eq!(appearance.is_dark(), Some(true));
    for dark in [false, true] {
        portal.turn(dark).await.unwrap();
        let told = timeout(DEADLINE, appearance.changed()).await.unwrap();
        assert_eq!((told, appearance.is_dark()), (Some(dark), Some(dark)));
    }
}

/// The portal of a session that has just begun starts when it is asked for the first time.
#[tokio::test]
async fn an_answer_that_comes_late_is_heard() {
    let desktop = Desktop::start().await.unwrap();
    let _portal = Portal::start_slow(&desktop, true, Duration::from_millis(1200))
        .await
        .unwrap();
    let begin = Instant::now();
    let mut appearance = Appearance::listen_at(&desktop.environment().variables()["DBUS_SESSION_BUS_ADDRESS"]).await;
    assert!(
        appearance.is_dark().is_none() && begin.elapsed() < Duration::from_secs(1),
        "{appearance:?}"
    );
    let told = timeout(DEADLINE, appearance.changed()).await.unwrap();
    assert_eq!((told, appearance.is_dark()), (Some(true), Some(true)));
}

#[tokio::test]
async fn where_nobody_says_nothing_changes() {
    let mut appearance = Appearance::listen_at("unix:path=/nonexistent/bus").await;
    assert_eq!(appearance.is_dark(), None);
    let changed = timeout(Duration::from_millis(50), appearance.changed()).await;
    assert!(changed.is_err(), "{changed:?}");
}
