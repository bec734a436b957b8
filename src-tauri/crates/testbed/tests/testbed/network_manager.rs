use std::pin::Pin;

use anyhow::Result;
use testbed::{Desktop, NetworkManager};
use zbus::export::futures_core::Stream;

#[tokio::test]
async fn the_network_goes_and_comes_on_the_system_bus() -> Result<()> {
    let desktop = Desktop::start().await?;
    let network = NetworkManager::start(&desktop).await?;
    let address = desktop.environment().variables()["DBUS_SYSTEM_BUS_ADDRESS"].as_str();
    let system = zbus::connection::Builder::address(address)?.build().await?;
    let name = "org.freedesktop.NetworkManager";
    let proxy = zbus::Proxy::new(&system, name, "/org/freedesktop/NetworkManager", name).await?;
    let mut signals = proxy.receive_signal("StateChanged").await?;

    network.go().await?;
    network.come().await?;
    for expected in [20, 40, 70] {
        let signal = std::future::poll_fn(|context| Pin::new(&mut signals).poll_next(context))
            .await
            .unwrap();
        assert_eq!(signal.body().deserialize::<u32>()?, expected);
    }
    Ok(())
}
