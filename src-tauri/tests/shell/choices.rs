//! What a person chooses in the window acts: on the desktop, in the tray and at the next start.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testbed::{DEADLINE, Desktop, Portal, TrayHost, eventually};

use crate::days::start;
use crate::journey::{Journey, by, server};
use crate::windows::window;

pub fn settings(journey: &Journey) -> Result<Value> {
    let found = files_called(journey.desktop.root(), "settings.json")?;
    let path = found.first().context("there are no settings yet")?;
    Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
}

pub fn files_called(folder: &Path, name: &str) -> Result<Vec<std::path::PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(files_called(&path, name)?);
        } else if path.file_name().is_some_and(|file| file == name) {
            found.push(path);
        }
    }
    Ok(found)
}

/// Chooses an option as a person does, whatever the web view draws for it.
pub async fn choose(journey: &Journey, testid: &str, value: &str) -> Result<()> {
    journey.browser.find(&by(testid)).await?;
    let script = format!(
        "const field = document.querySelector(\"{}\"); field.value = '{value}'; field.dispatchEvent(new Event('change', {{ bubbles: true }}))",
        by(testid)
    );
    journey.browser.execute(&script).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_is_as_dark_as_the_desktop_unless_a_person_chose() -> Result<()> {
    let desktop = Desktop::with_display().await?;
    let portal = Portal::start(&desktop, true).await?;
    let journey = Journey::begin_on(desktop).await?;
    let is_dark = async |wanted: bool| {
        eventually("the other theme", DEADLINE, async || {
            let media = "return matchMedia('(prefers-color-scheme: dark)').matches";
            ensure!(
                journey.browser.execute(media).await? == wanted,
                "dark should be {wanted}"
            );
            Ok(())
        })
        .await
    };
    is_dark(true).await?;
    portal.turn(false).await?;
    is_dark(false).await?;
    portal.turn(true).await?;
    is_dark(true).await?;

    journey.add_server("Prod", "https://auth.example.com").await?;
    journey.browser.click(&by("go-settings")).await?;
    choose(&journey, "set-theme", "light").await?;
    is_dark(false).await?;
    portal.turn(true).await?;
    choose(&journey, "set-theme", "system").await?;
    is_dark(true).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_server_is_asked_about_wherever_it_is_chosen() -> Result<()> {
    let journey = Journey::begin().await?;
    journey.add_server("Staging", "https://staging.example.com").await?;
    journey.browser.click(&by("add-server")).await?;
    journey.browser.type_into(&by("field-name"), "Live").await?;
    journey
        .browser
        .type_into(&by("field-url"), "https://live.example.com")
        .await?;
    journey
        .browser
        .execute(&format!(
            "document.querySelector(\"{}\").click()",
            by("field-protected")
        ))
        .await?;
    choose(&journey, "field-fall-back", "15").await?;
    journey.browser.click(&by("save-server")).await?;
    eventually("the choice to be kept", DEADLINE, async || {
        ensure!(
            settings(&journey)?["looks"]["live"] == json!({ "color": null, "protected": true, "fallBackMinutes": 15 })
        );
        Ok(())
    })
    .await?;
    ensure!(
        !journey.config()?.to_string().contains("protected"),
        "the shared file holds what is ours alone"
    );

    let chosen = journey
        .tray
        .menu()
        .await?
        .entries
        .into_iter()
        .map(|entry| entry.label)
        .find(|label| label.starts_with("Live"));
    journey
        .tray
        .click(&[&chosen.context("Live is not in the tray")?])
        .await?;
    journey.browser.find(&by("switch-question")).await?;
    ensure!(
        journey.config()?["activeServerId"] == "staging",
        "switched before anybody answered"
    );
    journey.browser.click(&by("confirm-switch")).await?;
    journey
        .wait_for_config("the protected server", |config| config["activeServerId"] == "live")
        .await?;
    journey.browser.find(&by("fall-back")).await?;
    ensure!(settings(&journey)?["fallBack"]["to"] == "staging");
    journey.browser.click(&by("stay")).await?;
    journey.browser.wait_until_gone(&by("fall-back")).await?;
    journey.browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_file_that_is_broken_is_put_back_from_the_window() -> Result<()> {
    let journey = Journey::begin().await?;
    journey.add_server("Staging", "https://staging.example.com").await?;
    let good = std::fs::read_to_string(journey.config_path())?;
    // Another program writes: the next change of ours keeps a copy of that.
    std::fs::write(journey.config_path(), good.replace("Staging", "Stage"))?;
    eventually("the name that another program chose", DEADLINE, async || {
        let name = journey
            .browser
            .execute("return document.querySelector('main h1').textContent")
            .await?;
        ensure!(name == "Stage", "it is {name}");
        Ok(())
    })
    .await?;
    journey.browser.click(&by("add-server")).await?;
    journey.browser.type_into(&by("field-name"), "Eu").await?;
    journey
        .browser
        .type_into(&by("field-url"), "https://eu.example.com")
        .await?;
    journey.browser.click(&by("save-server")).await?;
    journey.browser.find("[data-server-id='eu']").await?;
    std::fs::write(journey.config_path(), "{\n  \"servers\": {\n    oops\n")?;
    journey
        .browser
        .wait_text(&by("config-place"), "told", |text| text.contains("Line 3"))
        .await?;
    journey.browser.click(&by("last-copy")).await?;
    journey
        .browser
        .wait_text(&by("copy"), "the copy", |text| text.contains("Stage"))
        .await?;
    journey.browser.click(&by("put-copy-back")).await?;
    journey.browser.wait_until_gone(&by("config-problem")).await?;
    ensure!(journey.config()?["servers"]["staging"]["name"] == "Stage");
    journey.browser.close().await
}

/// The copy is from when the protected server was active.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_put_back_makes_no_protected_server_active_unasked() -> Result<()> {
    let journey = Journey::begin().await?;
    journey.add_server("Staging", "https://staging.example.com").await?;
    journey.add_server("Live", "https://live.example.com").await?;
    let protect = "window.__TAURI_INTERNALS__.invoke('set_look', {server: 'live', look: {color: null, protected: true, fallBackMinutes: null}})";
    // The file tells of a server a moment before the app knows it.
    eventually("the choice to be kept", DEADLINE, async || {
        journey.browser.execute(protect).await?;
        ensure!(settings(&journey)?["looks"]["live"]["protected"] == true);
        Ok(())
    })
    .await?;
    let active = async |id: &'static str| {
        let switched =
            format!("window.__TAURI_INTERNALS__.invoke('switch_server', {{server: '{id}', confirmed: true}})");
        journey.browser.execute(&switched).await?;
        journey
            .wait_for_config("the other server", |config| config["activeServerId"] == id)
            .await
    };
    active("live").await?;
    active("staging").await?;
    std::fs::write(journey.config_path(), "{")?;
    journey.browser.click(&by("last-copy")).await?;
    journey.browser.click(&by("put-copy-back")).await?;
    journey.browser.wait_until_gone(&by("config-problem")).await?;
    journey
        .wait_for_config("the server of before", |config| config["activeServerId"] == "staging")
        .await?;
    ensure!(journey.config()?["servers"].as_object().map(serde_json::Map::len) == Some(2));
    journey.browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_and_the_start_with_the_session_lead_to_the_right_place() -> Result<()> {
    let desktop = Desktop::with_display().await?;
    let host = TrayHost::start(&desktop).await?;
    std::fs::create_dir_all(desktop.config_dir())?;
    std::fs::set_permissions(desktop.config_dir(), std::fs::Permissions::from_mode(0o700))?;
    // Started by the desktop, even on a first run: no window. A link brings it up.
    let app = start(&desktop, &["--autostart"])?;
    host.wait_for_item().await?;
    let mut link = start(&desktop, &["flowstate://login?server=prod"])?;
    ensure!(link.exit().await?.success(), "{}", link.stderr());
    window(&app).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_elsewhere_is_seen_and_ended() -> Result<()> {
    const EMAIL: &str = "ada@example.com";
    let server = server(Duration::from_secs(600)).await?;
    let journey = Journey::begin().await?;
    journey.add_server("Prod", &server.url()).await?;
    journey.sign_in(&server, EMAIL).await?;
    // The same person at another computer.
    let http = reqwest::Client::new();
    let post = async |path: &str, body: Value| {
        let reply = http.post(format!("{}{path}", server.url())).json(&body).send().await?;
        anyhow::Ok(reply)
    };
    post("/auth/send-code", json!({ "email": EMAIL, "domainId": "default" })).await?;
    let code = server.latest_code(EMAIL).await?;
    let signed_in = post(
        "/auth/verify-code",
        json!({ "email": EMAIL, "code": code, "domainId": "default" }),
    )
    .await?;
    let theirs: Value = signed_in.json().await?;
    ensure!(theirs["refreshToken"].is_string(), "{theirs}");

    journey.browser.click(&by("tab-sessions")).await?;
    journey.browser.find("[data-session][data-current='true']").await?;
    journey.browser.find("[data-session][data-current='false']").await?;
    journey.browser.click(&by("end-session")).await?;
    journey.browser.click(&by("confirm-end")).await?;
    journey
        .browser
        .wait_until_gone("[data-session][data-current='false']")
        .await?;
    let refused = post("/auth/refresh", json!({ "refreshToken": theirs["refreshToken"] })).await?;
    ensure!(refused.status() == 401, "it lives on: {}", refused.status());
    // Ours goes on.
    journey.browser.click(&by("refresh-now")).await?;
    journey
        .browser
        .find(&format!("{}[data-state='signed_in']", by("session-state")))
        .await?;
    journey.browser.close().await
}
