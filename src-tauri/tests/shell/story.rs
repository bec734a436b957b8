//! The main job, as a person does it: one story on real parts.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use testbed::{Clipboard, DEADLINE, eventually};

use crate::journey::{Journey, by, server};

const ADA: &str = "ada@example.com";

/// The files under `folder` that hold `needle`.
fn files_with(folder: &Path, needle: &[u8]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_symlink() {
            continue;
        } else if path.is_dir() {
            found.extend(files_with(&path, needle)?);
        } else if path.is_file()
            && std::fs::read(&path)?
                .windows(needle.len())
                .any(|window| window == needle)
        {
            found.push(path.display().to_string());
        }
    }
    Ok(found)
}

#[tokio::test(flavor = "multi_thread")]
async fn from_first_run_to_signed_out() -> Result<()> {
    let short = server(Duration::from_secs(10)).await?;
    let journey = Journey::begin().await?;
    let Journey {
        browser, tray, desktop, ..
    } = &journey;

    // First run: one clear screen leads to the first server.
    browser.find(&by("first-run")).await?;
    tray.wait_for_menu("an empty tray", |menu| menu.entries[0].label == "No server yet")
        .await?;
    journey.add_server("Production", &short.url()).await?;
    tray.wait_for_menu("the new server", |menu| {
        menu.find(&["Production — signed out"])
            .is_some_and(|entry| entry.checked == Some(true))
    })
    .await?;

    // Signed in: the tray says who, the keychain holds the refresh token, and nothing else on the disk does.
    journey.sign_in(&short, ADA).await?;
    tray.wait_for_menu("who is signed in", |menu| {
        menu.entries[0].label.starts_with("Production · ada@example.com")
            && menu
                .find(&["Production — ada@example.com"])
                .is_some_and(|entry| entry.checked == Some(true))
    })
    .await?;
    let kept = journey.kept().await?;
    ensure!(kept.len() == 1, "the keychain holds {} items of ours", kept.len());
    ensure!(
        kept[0].label.contains("production"),
        "a person could not tell what {:?} is",
        kept[0].label
    );
    ensure!(kept[0].secret.len() > 100);
    let copies = files_with(desktop.root(), &kept[0].secret)?;
    ensure!(copies.is_empty(), "the refresh token lies in {copies:?}");

    // The shared file as a foreign tool reads it.
    let config = journey.config()?;
    let auth = &config["servers"]["production"]["auth"];
    ensure!(
        config["version"] == "1.0.0" && config["activeServerId"] == "production",
        "{config:#}"
    );
    ensure!(
        auth["refreshToken"] == "" && auth["email"] == ADA && auth["userId"].is_string(),
        "{config:#}"
    );
    ensure!(
        auth["expiresAt"].as_u64().is_some_and(|at| at > 1_700_000_000_000),
        "{config:#}"
    );
    for (path, mode) in [(journey.config_path(), 0o600), (desktop.config_dir(), 0o700)] {
        ensure!(
            std::fs::metadata(&path)?.permissions().mode() & 0o777 == mode,
            "{}",
            path.display()
        );
    }

    // Another tool adds a server and a key of its own: the tray and the window follow.
    let mut edited = journey.config()?;
    edited["dojo"] = json!({ "token": "theirs", "apiUrl": "https://dojo.example" });
    edited["servers"]["eu"] =
        json!({ "id": "eu", "name": "Europe & more", "url": "https://eu.example", "domainId": "d", "mcpUrl": "m" });
    std::fs::write(journey.config_path(), serde_json::to_string_pretty(&edited)?)?;
    tray.wait_for_menu("the server of another tool", |menu| {
        menu.find(&["Europe & more — signed out"]).is_some()
    })
    .await?;
    browser.find("[data-server-id='eu']").await?;

    // Switched in the tray: the file says so, and their keys are still there.
    tray.click(&["Europe & more — signed out"]).await?;
    let config = journey
        .wait_for_config("the new active server", |config| config["activeServerId"] == "eu")
        .await?;
    ensure!(
        config["dojo"]["token"] == "theirs" && config["servers"]["eu"]["mcpUrl"] == "m",
        "{config:#}"
    );
    tray.wait_for_menu("one mark", |menu| {
        let marked = menu
            .entries
            .iter()
            .filter(|entry| entry.checked == Some(true))
            .map(|entry| &entry.label);
        marked.eq(["Europe & more — signed out"])
    })
    .await?;
    tray.click(&["Production — ada@example.com"]).await?;
    journey
        .wait_for_config("the old active server", |config| {
            config["activeServerId"] == "production"
        })
        .await?;

    // A short-lived token refreshes by itself, in the file and in the keychain.
    let first = journey.config()?["servers"]["production"]["auth"]["accessToken"].clone();
    journey
        .wait_for_config("a refreshed token", |config| {
            let token = &config["servers"]["production"]["auth"]["accessToken"];
            token.is_string() && *token != first
        })
        .await?;
    let rotated = journey.kept().await?;
    ensure!(
        rotated.len() == 1 && rotated[0].secret != kept[0].secret,
        "the refresh token was not replaced"
    );
    ensure!(
        journey.config()?["dojo"]["token"] == "theirs",
        "the refresh lost a foreign key"
    );

    // Copied: the token, marked as a secret.
    let clipboard = Clipboard::new(desktop)?;
    tray.click(&["Copy access token"]).await?;
    eventually("the token on the clipboard", DEADLINE, async || {
        let text = clipboard.text().await?.context("the clipboard is empty")?;
        ensure!(text.split('.').count() == 3, "the clipboard holds something else");
        Ok(())
    })
    .await?;
    let targets = clipboard.targets().await?;
    ensure!(
        targets.iter().any(|target| target == "x-kde-passwordManagerHint"),
        "{targets:?}"
    );

    // Signed out at both ends.
    let token = String::from_utf8(journey.kept().await?.remove(0).secret)?;
    tray.click(&["Sign out"]).await?;
    journey
        .wait_for_config("no session", |config| {
            config["servers"]["production"].get("auth").is_none()
        })
        .await?;
    browser.find(&by("email-input")).await?;
    eventually("an empty keychain", DEADLINE, async || {
        ensure!(journey.kept().await?.is_empty());
        Ok(())
    })
    .await?;
    let refused = reqwest::Client::new()
        .post(format!("{}/auth/refresh", short.url()))
        .json(&json!({ "refreshToken": token }))
        .send()
        .await?;
    ensure!(
        refused.status() == 401,
        "the server's session lives on: {}",
        refused.status()
    );
    ensure!(refused.json::<serde_json::Value>().await?["code"] == "invalid_grant");
    Ok(())
}
