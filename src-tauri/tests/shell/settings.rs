//! The page of the settings: each of them acts, and servers come and go as a file.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use testbed::{Clipboard, DEADLINE, Desktop, Menu, eventually};

use crate::choices::{choose, files_called, settings};
use crate::journey::{Journey, by, server};

#[tokio::test(flavor = "multi_thread")]
async fn each_setting_acts() -> Result<()> {
    let server = server(Duration::from_secs(600)).await?;
    let journey = Journey::begin().await?;
    journey.add_server("Prod", &server.url()).await?;
    journey.sign_in(&server, "ada@example.com").await?;
    journey.browser.click(&by("go-settings")).await?;

    // Starts with the session: an entry of the desktop, by which our program is found; and none any more.
    journey.browser.click(&by("set-autostart")).await?;
    eventually("an autostart entry", DEADLINE, async || {
        let folder = journey.desktop.home().join(".config/autostart");
        let file = std::fs::read_dir(folder)?.flatten().next().context("none")?.path();
        let entry = std::fs::read_to_string(file)?;
        ensure!(
            entry.contains("flowstate-tray") && entry.contains("--autostart"),
            "{entry}"
        );
        Ok(())
    })
    .await?;
    journey.browser.click(&by("set-autostart")).await?;
    eventually("no autostart entry", DEADLINE, async || {
        ensure!(
            std::fs::read_dir(journey.desktop.home().join(".config/autostart"))?
                .next()
                .is_none()
        );
        Ok(())
    })
    .await?;

    // The clipboard is cleared after the seconds that were chosen.
    choose(&journey, "set-clipboard", "10").await?;
    eventually("the choice to be kept", DEADLINE, async || {
        ensure!(settings(&journey)?["preferences"]["clipboardSeconds"] == 10);
        Ok(())
    })
    .await?;
    journey.browser.click(&by("server-item")).await?;
    journey.browser.click(&by("copy-token")).await?;
    let clipboard = Clipboard::new(&journey.desktop)?;
    eventually("the token on the clipboard", DEADLINE, async || {
        ensure!(clipboard.text().await?.is_some_and(|text| text.split('.').count() == 3));
        Ok(())
    })
    .await?;
    eventually(
        "the clipboard to be cleared",
        Duration::from_secs(10) + DEADLINE / 2,
        async || {
            ensure!(clipboard.text().await?.is_none_or(|text| text.is_empty()));
            Ok(())
        },
    )
    .await?;

    // The theme and the language are the page's at once.
    journey.browser.click(&by("go-settings")).await?;
    choose(&journey, "set-theme", "dark").await?;
    journey.browser.find("html[data-theme='dark']").await?;
    choose(&journey, "set-language", "de").await?;
    journey
        .browser
        .wait_text("h1", "German", |text| text == "Einstellungen")
        .await?;
    // So do the tray's.
    let german = |menu: &Menu| menu.find(&["Abmelden"]).is_some() && menu.find(&["Beenden"]).is_some();
    let menu = journey.tray.wait_for_menu("a German tray", german).await?;
    ensure!(
        menu.find(&["Sign out"]).is_none() && menu.to_string().contains("min übrig"),
        "{menu}"
    );
    choose(&journey, "set-language", "en").await?;
    let english = |menu: &Menu| menu.find(&["Sign out"]).is_some() && menu.find(&["Quit"]).is_some();
    journey.tray.wait_for_menu("an English tray", english).await?;

    // The servers are carried without a session.
    journey.browser.click(&by("export-servers")).await?;
    journey
        .browser
        .wait_text(&by("carried"), "told", |text| text.contains("flowstate-servers.json"))
        .await?;
    let exported = files_called(journey.desktop.root(), "flowstate-servers.json")?;
    let text = std::fs::read_to_string(&exported[0])?;
    ensure!(
        text.contains(&server.url()) && !text.contains("ada@example.com") && !text.contains("Token"),
        "{text}"
    );

    // The secrets move, and the badge says where they are.
    journey.browser.click(&by("set-store-plaintext")).await?;
    journey.browser.click(&by("move-store")).await?;
    eventually("an empty keychain", DEADLINE, async || {
        ensure!(journey.kept().await?.is_empty());
        Ok(())
    })
    .await?;
    journey.browser.click(&by("server-item")).await?;
    journey
        .browser
        .find(&format!("{}[data-store='plaintext']", by("store-badge")))
        .await?;
    journey.browser.click(&by("better-store")).await?;
    eventually("the keychain to hold it again", DEADLINE, async || {
        ensure!(journey.kept().await?.len() == 1);
        Ok(())
    })
    .await?;
    journey.browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_come_from_a_file() -> Result<()> {
    let journey = Journey::begin().await?;
    journey.add_server("Here", "https://here.example.com").await?;
    journey.browser.click(&by("go-settings")).await?;
    let file = journey.desktop.home().join("servers of a colleague.json");
    let chosen = async |text: &str| -> Result<()> {
        std::fs::write(&file, text)?;
        journey.browser.choose_file(&by("import-file"), &file).await
    };
    // A file of something else.
    chosen("{\"servers\": {}}").await?;
    let error = journey.browser.text(&by("carry-error")).await?;
    ensure!(error.contains("export"), "{error}");

    let server =
        |name: &str, url: &str| json!({ "id": name.to_lowercase(), "name": name, "url": url, "domainId": "default" });
    let carried = json!({ "flowstateServers": 1, "servers": [
        server("Far", "https://far.example.com"),
        server("<b>Plain</b>", "http://plain.example.com"),
    ]});
    chosen(&carried.to_string()).await?;
    journey
        .browser
        .wait_text(&by("carried"), "what was taken", |text| {
            text.contains("<b>Plain</b>") && text.contains("https")
        })
        .await?;
    journey.browser.find("[data-server-id='far']").await?;
    let config = journey.config()?;
    let servers = config["servers"].as_object().context("no servers")?;
    ensure!(
        servers.len() == 2 && servers["far"]["url"] == "https://far.example.com",
        "{config}"
    );
    ensure!(config["activeServerId"] == "here", "{config}");
    journey.browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_more_and_folders_open() -> Result<()> {
    let desktop = Desktop::with_display().await?;
    let opened = opens_folders(&desktop)?;
    // `xdg-open`, where there is one, would leave it to a program of KDE's that is not here.
    let variables = [("XDG_CURRENT_DESKTOP", "X-Generic"), ("BROWSER", "no-such-browser")];
    let journey = Journey::begin_with(desktop, &variables).await?;
    journey.add_server("Here", "https://here.example.com").await?;
    journey.browser.click(&by("go-settings")).await?;

    let told = || journey.browser.stderr().contains("DEBUG");
    ensure!(!told(), "it tells more than anybody asked for");
    choose(&journey, "set-log", "debug").await?;
    eventually("the choice to be kept", DEADLINE, async || {
        ensure!(settings(&journey)?["preferences"]["logLevel"] == "debug");
        Ok(())
    })
    .await?;
    journey.browser.click(&by("open-config_folder")).await?;
    let folder = journey.desktop.config_dir();
    eventually("the folder to be opened", DEADLINE, async || {
        let text = std::fs::read_to_string(&opened)?;
        ensure!(text.trim_end() == folder.to_string_lossy(), "opened: {text}");
        Ok(())
    })
    .await?;
    // What draws our window is no matter of the file manager's.
    let environment = std::fs::read_to_string(opened.with_extension("env"))?;
    ensure!(environment.contains("DISPLAY="), "{environment}");
    for ours in ["GDK_GL", "WEBKIT_DISABLE", "JSC_"] {
        ensure!(!environment.contains(ours), "{ours} in\n{environment}");
    }
    // Where no program opens folders the person is told.
    std::fs::remove_file(journey.desktop.home().join(".local/share/applications/manager.desktop"))?;
    journey.browser.click(&by("open-config_folder")).await?;
    let error = journey.browser.text(&by("places-error")).await?;
    ensure!(error.contains("open it yourself"), "{error}");
    // The page begins anew, and the log says so.
    journey.browser.client().refresh().await?;
    eventually("a line of the detailed log", DEADLINE, async || {
        ensure!(told(), "{}", journey.browser.stderr());
        Ok(())
    })
    .await?;
    journey.browser.close().await
}

/// A file manager, as the desktop knows one. Gives the file in which it leaves what it was asked to open;
/// `.env` beside it is what it saw.
fn opens_folders(desktop: &Desktop) -> Result<std::path::PathBuf> {
    let (program, opened) = (desktop.home().join("manager"), desktop.home().join("opened"));
    std::fs::write(
        &program,
        format!(
            "#!/bin/sh\nenv >'{0}.env'\nprintf '%s\\n' \"$1\" >'{0}'\n",
            opened.display()
        ),
    )?;
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))?;
    let entry = format!(
        "[Desktop Entry]\nType=Application\nName=Manager\nExec={} %f\nMimeType=inode/directory;\n",
        program.display()
    );
    let known: [(&Path, &str, &str); 2] = [
        (Path::new(".local/share/applications"), "manager.desktop", &entry),
        (
            Path::new(".config"),
            "mimeapps.list",
            "[Default Applications]\ninode/directory=manager.desktop\n",
        ),
    ];
    for (folder, name, text) in known {
        let folder = desktop.home().join(folder);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(name), text)?;
    }
    Ok(opened)
}
