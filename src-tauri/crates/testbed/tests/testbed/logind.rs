use std::pin::Pin;

use anyhow::Result;
use testbed::{Desktop, Logind};
use zbus::export::futures_core::Stream;

#[tokio::test]
async fn sleep_and_wake_are_heard_on_the_system_bus() -> Result<()> {
    let desktop = Desktop::start().await?;
    let logind = Logind::start(&desktop).await?;
    let address = desktop.environment().variables()["DBUS_SYSTEM_BUS_ADDRESS"].as_str();
    let system = zbus::connection::Builder::address(address)?.build().await?;
    let manager = "org.freedesktop.login1.Manager";
    let proxy = zbus::Proxy::new(&system, "org.freedesktop.login1", "/org/freedesktop/login1", manager).await?;
    let mut signals = proxy.receive_signal("PrepareForSleep").await?;

    logind.sleep().await?;
    logind.wake().await?;
    for expected in [true, false] {
        let signal = std::future::poll_fn(|context| Pin::new(&mut signals).poll_next(context))
            .await
            .unwrap();
        assert_eq!(signal.body().deserialize::<bool>()?, expected);
    }
    Ok(())
}
