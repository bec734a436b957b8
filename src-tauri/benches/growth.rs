//! Whether the app grows with the days: with servers whose tokens live for seconds, minutes hold the refreshes of days.

use std::time::Duration;

use anyhow::Result;
use testbed::{Desktop, Keyring, Server, TrayHost};

use crate::{SETTLE, private_dirty, sign_in, spawn};

const SERVERS: usize = 20;
/// Seconds that an access token lives.
const LIFE: &str = "30";
/// Refreshes of a day with one server whose tokens live for 15 minutes.
const A_DAY: f64 = 122.0;
const LOOKS: u32 = 6;

pub async fn days() -> Result<()> {
    let minutes: u64 = std::env::var("FLOWSTATE_BENCH_MINUTES").map_or(Ok(12), |minutes| minutes.parse())?;
    let server = Server::start(&["--access-ttl", LIFE, "--limits", "off", "--metrics"]).await?;
    let desktop = Desktop::with_display().await?;
    let _keyring = Keyring::unlocked(&desktop).await?;
    for number in 0..SERVERS {
        let (id, email) = (format!("s{number}"), format!("p{number}@example.com"));
        sign_in(&desktop, &server, &server.url(), &id, &email).await?;
    }
    let host = TrayHost::start(&desktop).await?;
    let app = spawn(&desktop)?;
    host.wait_for_item().await?;
    tokio::time::sleep(SETTLE).await;
    let before = refreshes(&server).await?;
    for look in 0..=LOOKS {
        let done = refreshes(&server).await? - before;
        println!(
            "| the app with {SERVERS} servers after {done:.0} refreshes, {:.1} days of one server: private dirty memory, MiB | {:.2} | |",
            done / A_DAY,
            private_dirty(&app)?
        );
        if look < LOOKS {
            tokio::time::sleep(Duration::from_secs(minutes * 60) / LOOKS).await;
        }
    }
    Ok(())
}

async fn refreshes(server: &Server) -> Result<f64> {
    let text = reqwest::get(format!("{}/metrics", server.url())).await?.text().await?;
    let line = text.lines().find(|line| line.contains("outcome=\"rotated\""));
    // None yet has no line.
    Ok(line.and_then(|line| line.rsplit(' ').next()).unwrap_or("0").parse()?)
}
