//! The app is killed at any moment of its start and of the refresh that is due then; nothing is lost, and the next start cleans up.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testbed::{DEADLINE, Desktop, Keyring, Server, TrayHost, eventually};

use crate::days::{signed_in_by_the_command_line, start};
use crate::journey::KEYCHAIN_SERVICE;

/// With those of the command line these are 500.
const ROUNDS: u64 = 60;
/// Until then the app has started, refreshed and written here.
const LONGEST: u64 = 900;

fn file(desktop: &Desktop) -> PathBuf {
    desktop.config_dir().join("config.json")
}

fn config(desktop: &Desktop) -> Result<Value> {
    Ok(serde_json::from_str(&fs::read_to_string(file(desktop))?)?)
}

fn expire(desktop: &Desktop) -> Result<()> {
    let mut config = config(desktop)?;
    config["servers"]["prod"]["auth"]["expiresAt"] = json!(1_700_000_000_000_u64);
    config["theirs"] = json!(1);
    Ok(fs::write(file(desktop), serde_json::to_string_pretty(&config)?)?)
}

fn left_over(desktop: &Desktop) -> Result<usize> {
    let names = fs::read_dir(desktop.config_dir())?.flatten();
    Ok(names
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(".tmp"))
        .count())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_is_killed_at_any_moment_and_loses_nothing() -> Result<()> {
    let server = Server::start(&[]).await?;
    let desktop = Desktop::with_display().await?;
    let keyring = Keyring::unlocked(&desktop).await?;
    let host = TrayHost::start(&desktop).await?;
    signed_in_by_the_command_line(&desktop, &server, &server.url()).await?;
    for round in 0..ROUNDS {
        expire(&desktop)?;
        let mut app = start(&desktop, &["--hidden"])?;
        tokio::time::sleep(Duration::from_millis(round * 379 % LONGEST)).await;
        app.kill().await?;
        let config = config(&desktop).with_context(|| format!("round {round}"))?;
        let email = &config["servers"]["prod"]["auth"]["email"];
        ensure!(
            email == "ada@example.com" && config["theirs"] == 1,
            "round {round}: {config:#}"
        );
        ensure!(left_over(&desktop)? <= 1, "round {round}: more than one temporary file");
    }
    expire(&desktop)?;
    fs::write(desktop.config_dir().join(".config.json.killed.tmp"), "{")?;
    let _app = start(&desktop, &["--hidden"])?;
    host.wait_for_item()
        .await?
        .wait_for_menu("the session", |menu| menu.find(&["prod — ada@example.com"]).is_some())
        .await?;
    eventually("a fresh token and a tidy folder", DEADLINE, async || {
        let auth = config(&desktop)?["servers"]["prod"]["auth"].clone();
        ensure!(
            auth["expiresAt"].as_u64() > Some(1_790_000_000_000),
            "it is not refreshed"
        );
        ensure!(left_over(&desktop)? == 0, "the start did not clean up");
        Ok(())
    })
    .await?;
    ensure!(keyring.search("service", KEYCHAIN_SERVICE).await?.len() == 1);
    Ok(())
}
