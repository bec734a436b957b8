//! `make run` without a display: the main job on a private desktop, step by step, with pictures.

#[path = "shell/journey.rs"]
#[expect(dead_code, reason = "the story has steps that the demo does not show")]
mod journey;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use journey::{Journey, by, server};
use serde_json::Value;

const EMAIL: &str = "you@example.com";

#[tokio::main]
async fn main() -> Result<()> {
    let pictures = PathBuf::from("target/demo");
    std::fs::create_dir_all(&pictures)?;
    let server = server(Duration::from_secs(900)).await?;
    step("A local auth server listens", &server.url());
    let journey = Journey::begin().await?;
    journey.browser.find(&by("first-run")).await?;
    shot(&journey, &pictures, "1-first-run").await?;
    step(
        "The tray icon is there, and the window",
        &journey.tray.menu().await?.entries[0].label,
    );

    journey.add_server("Local", &server.url()).await?;
    shot(&journey, &pictures, "2-server-added").await?;
    step("A server was added in the window", "Local");

    journey.ask_for_code(EMAIL).await?;
    shot(&journey, &pictures, "3-code").await?;
    step("A code was asked for", EMAIL);

    journey.enter_code(&server, EMAIL).await?;
    shot(&journey, &pictures, "4-signed-in").await?;
    let menu = journey
        .tray
        .wait_for_menu("who is signed in", |menu| menu.entries[0].label.contains(EMAIL))
        .await?;
    step(
        "Signed in with the code from the e-mail; the tray says",
        &menu.entries[0].label,
    );
    for item in journey.kept().await? {
        step(
            "The keychain holds",
            &format!("{} ({} bytes)", item.label, item.secret.len()),
        );
    }
    println!(
        "\nThe shared file {}, as every tool reads it:\n",
        journey.config_path().display()
    );
    println!("{:#}", masked(journey.config()?));
    println!("\nPictures: {}", pictures.display());
    journey.browser.close().await
}

fn step(what: &str, detail: &str) {
    println!("✓ {what}: {detail}");
}

async fn shot(journey: &Journey, folder: &Path, name: &str) -> Result<()> {
    journey.browser.painted().await?;
    journey.desktop.screenshot(&folder.join(format!("{name}.png"))).await
}

/// Secrets get a mask of one length, whatever theirs is.
fn masked(mut value: Value) -> Value {
    match &mut value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                let secret =
                    key.to_lowercase().ends_with("token") && inner.as_str().is_some_and(|text| !text.is_empty());
                *inner = if secret {
                    Value::from("••••••••")
                } else {
                    masked(inner.take())
                };
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = masked(item.take())),
        _ => {}
    }
    value
}
