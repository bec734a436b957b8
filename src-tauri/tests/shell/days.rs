//! Bad days of a tray app: no host, a late host, a session that was ended.

use std::time::Duration;

use crate::journey::KEYCHAIN_SERVICE;
use crate::windows::window;
use anyhow::{Context, Result, ensure};
use testbed::{
    Clipboard, DEADLINE, Desktop, Keyring, Notifications, Process, Server, TrayHost, TrayItem, binary, eventually,
};

pub fn start(desktop: &Desktop, arguments: &[&str]) -> Result<Process> {
    let mut app = desktop.command(binary("flowstate-tray")?);
    app.args(arguments);
    desktop.spawn("flowstate-tray", app)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tray_host_the_window_shows_itself_and_a_late_host_gets_its_item() -> Result<()> {
    let desktop = Desktop::with_display().await?;
    let app = start(&desktop, &["--hidden"])?;
    window(&app).await?;
    let host = TrayHost::start(&desktop).await?;
    let tray = host.wait_for_item().await?;
    ensure!(tray.menu().await?.find(&["Quit"]).is_some());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_the_server_ended_calls_the_person_once() -> Result<()> {
    let server = Server::start(&["--access-ttl", "600"]).await?;
    let desktop = Desktop::with_display().await?;
    let keyring = Keyring::unlocked(&desktop).await?;
    let mut notifications = Notifications::start(&desktop).await?;
    let host = TrayHost::start(&desktop).await?;
    signed_in_by_the_command_line(&desktop, &server, &server.url()).await?;
    let app = start(&desktop, &["--hidden"])?;
    let tray = host.wait_for_item().await?;
    tray.wait_for_menu("the session", |menu| menu.find(&["prod — ada@example.com"]).is_some())
        .await?;
    let calm = tray.icon_name().await?;
    ensure!(
        notifications.all().is_empty(),
        "a session that is fine is nobody's business"
    );

    // Somebody ends the session; the access token of the file is made old, so that the app asks the server.
    revoke(&desktop, &server, &keyring).await?;
    let call = notifications
        .wait_for("the call to sign in", |n| n.summary.contains("sign in again"))
        .await?;
    ensure!(tray.icon_name().await? != calm, "the icon does not show it");
    let buttons: Vec<_> = call
        .actions
        .iter()
        .map(|(id, label)| (id.as_str(), label.as_str()))
        .collect();
    let wanted = [
        ("default", call.summary.as_str()),
        ("open", "Sign in"),
        ("later", "Later"),
    ];
    ensure!(buttons == wanted, "{buttons:?}");
    notifications.press(call.id, "open").await?;
    window(&app).await.context("the notification was pressed")?;
    ensure!(notifications.all().len() == 1, "called more than once");

    // Signed in again: nothing to call for any more.
    signed_in_again(&desktop, &server).await?;
    tray.wait_for_menu("the new session", |menu| {
        menu.find(&["prod — ada@example.com"]).is_some()
    })
    .await?;
    ensure!(notifications.open().is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn in_quiet_hours_nothing_pops_up_before_they_end() -> Result<()> {
    let server = Server::start(&["--access-ttl", "600"]).await?;
    let desktop = Desktop::with_display().await?;
    let keyring = Keyring::unlocked(&desktop).await?;
    let mut notifications = Notifications::start(&desktop).await?;
    let host = TrayHost::start(&desktop).await?;
    signed_in_by_the_command_line(&desktop, &server, &server.url()).await?;
    let choose = |quiet: serde_json::Value| -> Result<()> {
        let file = desktop.home().join(".local/share/flowstate-accounts/settings.json");
        let mut settings: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file)?)?;
        settings["preferences"]["quietHours"] = quiet;
        Ok(std::fs::write(file, settings.to_string())?)
    };
    // All day, but for a minute.
    let minute = u64::from(machine::minute_of_day(accounts::ports::Clock::now(
        &machine::SystemClock,
    )));
    choose(serde_json::json!({"from": minute, "to": (minute + 1439) % 1440}))?;
    let _app = start(&desktop, &["--hidden"])?;
    let tray = host.wait_for_item().await?;
    revoke(&desktop, &server, &keyring).await?;
    tray.wait_for_menu("the end of the session", |menu| {
        menu.find(&["prod — sign in again"]).is_some()
    })
    .await?;
    ensure!(notifications.all().is_empty(), "{:?}", notifications.all());
    choose(serde_json::Value::Null)?;
    // Another program's change of the shared file is when settings are read again.
    let path = desktop.config_dir().join("config.json");
    let text = std::fs::read_to_string(&path)?;
    std::fs::write(&path, text + "\n")?;
    notifications
        .wait_for("the call that was held", |n| n.summary.contains("sign in again"))
        .await?;
    Ok(())
}

async fn cli(desktop: &Desktop, arguments: &[&str], input: &str) -> Result<String> {
    use tokio::io::AsyncWriteExt;
    let mut command = desktop.command(binary("flowstate-auth")?);
    command
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).await?;
    }
    let output = tokio::time::timeout(Duration::from_secs(40), child.wait_with_output()).await??;
    ensure!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// Ada is signed in to `prod`, which is at `url` of `server`.
pub async fn signed_in_by_the_command_line(desktop: &Desktop, server: &Server, url: &str) -> Result<()> {
    cli(desktop, &["server", "add", "prod", "--url", url], "").await?;
    signed_in_again(desktop, server).await
}

async fn signed_in_again(desktop: &Desktop, server: &Server) -> Result<()> {
    cli(
        desktop,
        &["login", "--server", "prod", "--email", "ada@example.com", "--send-only"],
        "",
    )
    .await?;
    let code = server.latest_code("ada@example.com").await?;
    cli(
        desktop,
        &[
            "login",
            "--server",
            "prod",
            "--email",
            "ada@example.com",
            "--code",
            &code,
        ],
        "",
    )
    .await
    .map(drop)
}

/// Ends the session at the server with the refresh token that the keychain holds, and lets the access token in the file be over.
async fn revoke(desktop: &Desktop, server: &Server, keyring: &Keyring) -> Result<()> {
    let token = String::from_utf8(keyring.search("service", KEYCHAIN_SERVICE).await?.remove(0).secret)?;
    let body = serde_json::json!({ "refreshToken": token });
    let answer = reqwest::Client::new()
        .post(format!("{}/auth/logout", server.url()))
        .json(&body)
        .send()
        .await?;
    ensure!(answer.status() == 204, "{}", answer.status());
    let path = desktop.config_dir().join("config.json");
    let mut config: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path)?)?;
    config["servers"]["prod"]["auth"]["expiresAt"] = serde_json::json!(1_700_000_000_000_u64);
    std::fs::write(&path, serde_json::to_string_pretty(&config)?)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_token_leaves_the_clipboard_and_what_others_copied_stays() -> Result<()> {
    let server = Server::start(&["--access-ttl", "600"]).await?;
    let (replaced, kept) = (copied(&server).await?, copied(&server).await?);
    replaced.clipboard.set_text("something else").await?;
    eventually("the clipboard to be cleared", STAYS + DEADLINE, async || {
        ensure!(kept.clipboard.text().await?.is_none_or(|text| text.is_empty()));
        Ok(())
    })
    .await?;
    ensure!(replaced.clipboard.text().await?.as_deref() == Some("something else"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_token_does_not_outlive_the_app() -> Result<()> {
    let server = Server::start(&["--access-ttl", "600"]).await?;
    let copied = copied(&server).await?;
    copied.tray.click(&["Quit"]).await?;
    let mut app = copied.app;
    let ended = app.exit().await?;
    ensure!(
        ended.success() && !app.stderr().contains("panicked"),
        "{ended}: {}",
        app.stderr()
    );
    ensure!(copied.clipboard.text().await?.is_none_or(|text| text.is_empty()));
    Ok(())
}

/// How long a copied token stays on the clipboard.
const STAYS: Duration = Duration::from_secs(30);

/// A desktop on which the token was copied from the tray; its parts live as long as it.
struct Copied {
    clipboard: Clipboard,
    tray: TrayItem,
    app: Process,
    _parts: (TrayHost, Keyring, Desktop),
}

async fn copied(server: &Server) -> Result<Copied> {
    let desktop = Desktop::with_display().await?;
    let keyring = Keyring::unlocked(&desktop).await?;
    let host = TrayHost::start(&desktop).await?;
    signed_in_by_the_command_line(&desktop, server, &server.url()).await?;
    let app = start(&desktop, &["--hidden"])?;
    let tray = host.wait_for_item().await?;
    tray.wait_for_menu("a session", |menu| menu.find(&["prod — ada@example.com"]).is_some())
        .await?;
    tray.click(&["Copy access token"]).await?;
    let clipboard = Clipboard::new(&desktop)?;
    eventually("the token on the clipboard", DEADLINE, async || {
        ensure!(clipboard.text().await?.is_some_and(|text| text.split('.').count() == 3));
        Ok(())
    })
    .await?;
    Ok(Copied {
        clipboard,
        tray,
        app,
        _parts: (host, keyring, desktop),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_display_it_says_so_and_ends() -> Result<()> {
    let desktop = Desktop::start().await?;
    for display in [None, Some(":4711")] {
        let mut app = desktop.command(binary("flowstate-tray")?);
        if let Some(display) = display {
            app.env("DISPLAY", display);
        }
        let mut app = desktop.spawn("flowstate-tray", app)?;
        ensure!(app.exit().await?.code() == Some(1));
        let said = app.stderr();
        ensure!(
            said.contains("display") && said.contains("flowstate-auth") && !said.contains("panicked"),
            "{said}"
        );
    }
    Ok(())
}
