//! What the window asks a person: what other tools may find, and what is to become of what another program changed.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use testbed::DEADLINE;

use crate::journey::{Journey, by, server};

/// Changes the shared file as another program would.
fn edit(journey: &Journey, change: impl FnOnce(&mut Value)) -> Result<()> {
    let mut config = journey.config()?;
    change(&mut config);
    Ok(std::fs::write(
        journey.config_path(),
        serde_json::to_string_pretty(&config)?,
    )?)
}

/// Leaves a picture where somebody asks for one, to be looked at.
async fn picture(journey: &Journey, name: &str) -> Result<()> {
    journey.browser.painted().await?;
    match std::env::var_os("FLOWSTATE_PICTURES") {
        Some(folder) => {
            let file = std::path::Path::new(&folder).join(format!("{name}.png"));
            journey.desktop.screenshot(&file).await
        }
        None => Ok(()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shared_is_chosen_in_the_window() -> Result<()> {
    let server = server(Duration::from_secs(600)).await?;
    let journey = Journey::begin().await?;
    journey.add_server("Prod", &server.url()).await?;
    journey.sign_in(&server, "ada@example.com").await?;
    for (policy, holds) in [
        ("full", "the refresh token too"),
        ("none", "nothing of the session"),
        ("access", "the access token again"),
    ] {
        journey.browser.click(&by("change-sharing")).await?;
        journey.browser.click(&by(&format!("sharing-{policy}"))).await?;
        picture(&journey, &format!("sharing-{policy}")).await?;
        journey.browser.click(&by("save-sharing")).await?;
        journey
            .wait_for_config(holds, |config| {
                let auth = &config["servers"]["prod"]["auth"];
                let refresh = auth["refreshToken"].as_str();
                match policy {
                    "full" => refresh.is_some_and(|token| !token.is_empty()),
                    "none" => auth.is_null(),
                    _ => refresh == Some(""),
                }
            })
            .await?;
    }
    picture(&journey, "signed-in").await?;
    journey.browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_another_program_removed_is_put_back() -> Result<()> {
    let server = server(Duration::from_secs(600)).await?;
    let journey = Journey::begin().await?;
    journey.add_server("Prod", &server.url()).await?;
    journey.sign_in(&server, "ada@example.com").await?;
    edit(&journey, |config| config["servers"] = json!({}))?;
    journey
        .browser
        .find(&format!("{}[data-kind='vanished']", by("conflict")))
        .await?;
    picture(&journey, "vanished").await?;
    ensure!(
        journey.config()?["servers"] == json!({}),
        "it was put back before anybody asked"
    );
    journey.browser.click(&by("settle-ours")).await?;
    journey
        .wait_for_config("the server again", |config| {
            config["servers"]["prod"]["auth"]["email"] == "ada@example.com"
        })
        .await?;
    journey.browser.wait_until_gone(&by("conflict")).await?;

    edit(&journey, |config| {
        config["servers"]["prod"]["auth"]["userId"] = json!("bob");
        config["servers"]["prod"]["auth"]["email"] = json!("bob@example.com");
    })?;
    journey
        .browser
        .find(&format!("{}[data-kind='replaced']", by("conflict")))
        .await?;
    journey
        .tray
        .wait_for_menu("that somebody is asked", |menu| {
            menu.entries
                .iter()
                .any(|entry| entry.label.contains("changed by another program"))
        })
        .await?;
    picture(&journey, "replaced").await?;
    journey.browser.click(&by("settle-theirs")).await?;
    journey.browser.wait_until_gone(&by("conflict")).await?;
    let email = journey.config()?["servers"]["prod"]["auth"]["email"].clone();
    ensure!(email == "bob@example.com", "{email}");
    testbed::eventually("our token to be forgotten", DEADLINE, async || {
        ensure!(journey.kept().await?.is_empty());
        Ok(())
    })
    .await?;
    journey.browser.close().await
}
