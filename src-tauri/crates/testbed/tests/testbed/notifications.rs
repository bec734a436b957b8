use std::collections::HashMap;
use std::pin::Pin;

use anyhow::Result;
use testbed::{Desktop, Notifications};
use zbus::export::futures_core::Stream;
use zbus::zvariant::Value;
use zbus::{Connection, Proxy};

/// Sends a notification with one button, as a program would.
async fn notify(bus: &Connection, replaces: u32, summary: &str) -> Result<u32> {
    let hints = HashMap::from([("urgency", Value::from(2_u8))]);
    let sent = ("app", replaces, "", summary, "body", vec!["open", "Open"], hints, -1);
    Ok(proxy(bus).await?.call("Notify", &sent).await?)
}

async fn proxy(bus: &Connection) -> Result<Proxy<'static>> {
    let name = "org.freedesktop.Notifications";
    Ok(Proxy::new(bus, name, "/org/freedesktop/Notifications", name).await?)
}

#[tokio::test]
async fn notifications_are_remembered_replaced_and_withdrawn() -> Result<()> {
    let desktop = Desktop::start().await?;
    let mut seen = Notifications::start(&desktop).await?;
    let first = notify(desktop.bus(), 0, "Sign in").await?;
    let other = notify(desktop.bus(), 0, "Offline").await?;
    assert_eq!(notify(desktop.bus(), first, "Sign in again").await?, first);

    let shown = seen
        .wait_for("the new text", |one| one.summary == "Sign in again")
        .await?;
    assert_eq!(
        (shown.id, shown.replaces, shown.app.as_str(), shown.body.as_str()),
        (first, first, "app", "body")
    );
    assert_eq!(shown.actions, [("open".to_owned(), "Open".to_owned())]);
    assert_eq!(u8::try_from(&shown.hints["urgency"])?, 2);
    assert_eq!(seen.open().iter().map(|one| one.id).collect::<Vec<_>>(), [other, first]);
    assert_eq!(seen.all().len(), 3);

    proxy(desktop.bus())
        .await?
        .call::<_, _, ()>("CloseNotification", &(first,))
        .await?;
    seen.wait_until_closed(first).await?;
    assert_eq!(seen.open().len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_pressed_button_reaches_the_program() -> Result<()> {
    let desktop = Desktop::start().await?;
    let seen = Notifications::start(&desktop).await?;
    let id = notify(desktop.bus(), 0, "Sign in").await?;
    assert!(seen.press(id, "delete").await.is_err(), "there is no such button");

    let proxy = proxy(desktop.bus()).await?;
    let mut pressed = proxy.receive_signal("ActionInvoked").await?;
    seen.press(id, "open").await?;
    let signal = std::future::poll_fn(|context| Pin::new(&mut pressed).poll_next(context))
        .await
        .unwrap();
    assert_eq!(signal.body().deserialize::<(u32, String)>()?, (id, "open".to_owned()));
    assert!(seen.open().is_empty());
    assert!(seen.press(id + 1, "open").await.is_err(), "it was never shown");
    Ok(())
}
