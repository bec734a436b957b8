//! The tray app as the agent of all tools: asked, killed, started twice, hinted at.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use auth_core::ServerId;
use machine::{AgentClient, AgentFailure, AgentPlace, Paths};
use testbed::{
    DEADLINE, Desktop, Fault, FaultyProxy, Keyring, Logind, NetworkManager, Process, Server, TrayHost, binary,
    eventually,
};

use crate::days::{signed_in_by_the_command_line, start};
use crate::windows::window;

fn place(desktop: &Desktop) -> Result<AgentPlace> {
    let paths = Paths::new(Some(desktop.config_dir().into()), Some(desktop.home()), None)?;
    Ok(AgentPlace::new(&paths, None, Some(desktop.runtime_dir())))
}

async fn ask<T: Send + 'static>(
    desktop: &Desktop,
    call: impl FnOnce(&AgentClient) -> Result<T, AgentFailure> + Send + 'static,
) -> Result<T> {
    let place = place(desktop)?;
    Ok(tokio::task::spawn_blocking(move || call(&AgentClient::new(place))).await??)
}

/// Waits for an agent that says it is this app.
async fn agent_of(desktop: &Desktop, app: &Process) -> Result<()> {
    eventually("the agent", DEADLINE, async || {
        let status = ask(desktop, AgentClient::status).await?;
        ensure!(Some(status.pid) == app.pid(), "{status:?}\n{}", app.stderr());
        Ok(())
    })
    .await
}

fn token(agent: &AgentClient) -> Result<machine::AgentToken, AgentFailure> {
    agent.token(Some(&ServerId::existing("prod")), Duration::from_secs(60))
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_ask_the_app_and_a_crash_leaves_nothing_in_the_way() -> Result<()> {
    let server = Server::start(&[]).await?;
    let desktop = Desktop::with_display().await?;
    let _keyring = Keyring::unlocked(&desktop).await?;
    let _host = TrayHost::start(&desktop).await?;
    signed_in_by_the_command_line(&desktop, &server, &server.url()).await?;
    let socket = desktop.runtime_dir().join("flowstate/agent.sock");
    let mut app = start(&desktop, &["--hidden"])?;
    agent_of(&desktop, &app).await?;
    ensure!(socket.exists(), "the socket is not where the contract says");

    let first = ask(&desktop, token).await?;
    ensure!(first.server == "prod" && first.access_token.expose().split('.').count() == 3);
    let refreshed = ask(&desktop, |agent| agent.refresh(None)).await?;
    ensure!(refreshed.access_token != first.access_token, "not refreshed");
    let status = ask(&desktop, AgentClient::status).await?;
    ensure!(
        status.servers[0].id == "prod" && status.servers[0].state == "signed_in",
        "{status:?}"
    );
    ask(&desktop, |agent| agent.show(None)).await?;
    window(&app).await?;

    app.kill().await?;
    ensure!(socket.exists(), "a crash cannot clean up");
    ensure!(ask(&desktop, token).await.is_err());
    let mut app = start(&desktop, &["--hidden"])?;
    agent_of(&desktop, &app).await?;
    ask(&desktop, token).await?;

    // Told to end, as at the end of a person's session.
    let status = app.stop().await?;
    ensure!(status.success(), "{status}\n{}", app.stderr());
    ensure!(!socket.exists(), "the socket outlived its agent");
    Ok(())
}

/// On a machine without a session bus, where the plugin for single instances is blind.
fn start_without_bus(desktop: &Desktop, arguments: &[&str]) -> Result<Process> {
    let mut app = desktop.command(binary("flowstate-tray")?);
    app.args(arguments)
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    desktop.spawn("flowstate-tray", app)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_without_a_session_bus_shows_the_first_ones_window() -> Result<()> {
    let desktop = Desktop::with_display().await?;
    let first = start_without_bus(&desktop, &["--hidden"])?;
    agent_of(&desktop, &first).await?;
    let mut second = start_without_bus(&desktop, &["--hidden"])?;
    let status = second.exit().await?;
    ensure!(status.success(), "{status}\n{}", second.stderr());
    window(&first).await?;
    agent_of(&desktop, &first).await
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_agent_can_be_the_app_runs_without() -> Result<()> {
    let desktop = Desktop::with_display().await?;
    let host = TrayHost::start(&desktop).await?;
    std::fs::create_dir(desktop.root().join("elsewhere"))?;
    std::os::unix::fs::symlink(
        desktop.root().join("elsewhere"),
        desktop.runtime_dir().join("flowstate"),
    )?;
    let app = start(&desktop, &["--hidden"])?;
    host.wait_for_item().await?;
    ensure!(app.stderr().contains("is a link"), "nobody was told:\n{}", app.stderr());
    ensure!(is_empty(&desktop.root().join("elsewhere"))?);
    Ok(())
}

fn is_empty(folder: &Path) -> Result<bool> {
    Ok(std::fs::read_dir(folder)?.next().is_none())
}

/// Two failures in a row put the next try off by more than seven seconds.
const TWICE: usize = 2;
const AT_ONCE: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread")]
async fn a_wake_and_the_networks_return_try_again_at_once_what_was_put_off() -> Result<()> {
    let server = Server::start(&["--access-ttl", "10"]).await?;
    let mut proxy = FaultyProxy::start(server.address()).await?;
    let desktop = Desktop::with_display().await?;
    let _keyring = Keyring::unlocked(&desktop).await?;
    let _host = TrayHost::start(&desktop).await?;
    let (logind, network) = (Logind::start(&desktop).await?, NetworkManager::start(&desktop).await?);
    signed_in_by_the_command_line(&desktop, &server, &proxy.url()).await?;
    let app = start(&desktop, &["--hidden"])?;
    agent_of(&desktop, &app).await?;
    for woken in [true, false] {
        proxy.set(Fault::ServerError).await?;
        // A refresh that fails is one request: for the server's keys, or for the tokens.
        let before = proxy.requests().len();
        eventually("two refreshes that fail", DEADLINE, async || {
            let more = proxy.requests().len() - before;
            ensure!(more == TWICE, "{more} of them; the app wrote:\n{}", app.stderr());
            Ok(())
        })
        .await?;
        proxy.set(Fault::None).await?;
        let mut told: Option<Instant> = None;
        eventually("a refresh at once", AT_ONCE, async || {
            // The app may not have heard yet that the last refresh failed.
            if told.is_none_or(|at| at.elapsed() > Duration::from_millis(500)) {
                told = Some(Instant::now());
                if woken {
                    logind.wake().await?;
                } else {
                    network.come().await?;
                }
            }
            let more = proxy.requests().len() - before;
            ensure!(more > TWICE, "it waits; the app wrote:\n{}", app.stderr());
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// A reply that nobody keeps is a session that the server takes for stolen with the next refresh.
#[tokio::test(flavor = "multi_thread")]
async fn the_app_ends_after_the_reply_that_it_waits_for() -> Result<()> {
    let server = Server::start(&["--refresh-grace", "1"]).await?;
    let mut proxy = FaultyProxy::start(server.address()).await?;
    let desktop = Desktop::with_display().await?;
    let _keyring = Keyring::unlocked(&desktop).await?;
    signed_in_by_the_command_line(&desktop, &server, &proxy.url()).await?;
    let mut app = start(&desktop, &["--hidden"])?;
    agent_of(&desktop, &app).await?;
    proxy.set(Fault::Delay(Duration::from_secs(2))).await?;
    let before = proxy.requests().len();
    let asking = ask(&desktop, |agent| Ok(agent.refresh(None)));
    let quitting = async {
        eventually("the refresh", DEADLINE, async || {
            ensure!(proxy.requests().len() > before, "nothing was asked");
            Ok(())
        })
        .await?;
        app.stop().await
    };
    let (asked, status) = tokio::join!(asking, quitting);
    drop(asked);
    ensure!(status?.success(), "{}", app.stderr());
    proxy.set(Fault::None).await?;
    // The server gives the token once more in its grace, and ends the session after.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let mut refresh = desktop.command(binary("flowstate-auth")?);
    let refreshed = refresh.arg("refresh").output().await?;
    ensure!(
        refreshed.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&refreshed.stderr),
        app.stderr()
    );
    Ok(())
}

/// The same where the computer goes to sleep: it is let when the reply is kept, and nothing is asked until it wakes.
#[tokio::test(flavor = "multi_thread")]
async fn the_computer_sleeps_after_the_reply_that_is_waited_for() -> Result<()> {
    let server = Server::start(&[]).await?;
    let mut proxy = FaultyProxy::start(server.address()).await?;
    let desktop = Desktop::with_display().await?;
    let _keyring = Keyring::unlocked(&desktop).await?;
    let logind = Logind::start(&desktop).await?;
    signed_in_by_the_command_line(&desktop, &server, &proxy.url()).await?;
    let app = start(&desktop, &["--hidden"])?;
    agent_of(&desktop, &app).await?;
    let delays = async |wanted: usize| {
        eventually("the sleep", DEADLINE, async || {
            let delays = logind.delays().await?;
            ensure!(
                delays == wanted,
                "put off by {delays}; the app wrote:\n{}",
                app.stderr()
            );
            Ok(())
        })
        .await
    };
    delays(1).await?;
    proxy.set(Fault::Delay(Duration::from_secs(2))).await?;
    let before = proxy.requests().len();
    let falling_asleep = async {
        eventually("the refresh", DEADLINE, async || {
            ensure!(proxy.requests().len() > before, "nothing was asked");
            Ok(())
        })
        .await?;
        logind.sleep().await?;
        tokio::time::sleep(Duration::from_millis(300)).await;
        ensure!(
            logind.delays().await? == 1,
            "the computer sleeps before the reply is there"
        );
        delays(0).await
    };
    let (refreshed, fell_asleep) = tokio::join!(ask(&desktop, |agent| agent.refresh(None)), falling_asleep);
    fell_asleep?;
    let config: serde_json::Value = serde_json::from_slice(&std::fs::read(desktop.config_dir().join("config.json"))?)?;
    let kept = &config["servers"]["prod"]["auth"]["accessToken"];
    ensure!(*kept == refreshed?.access_token.expose(), "the reply was not kept");

    proxy.set(Fault::None).await?;
    let before = proxy.requests().len();
    let waking = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        ensure!(
            proxy.requests().len() == before,
            "the server was asked while the computer falls asleep"
        );
        logind.wake().await?;
        Ok(())
    };
    let (refreshed, woke) = tokio::join!(ask(&desktop, |agent| agent.refresh(None)), waking);
    woke?;
    refreshed?;
    ensure!(proxy.requests().len() > before, "nothing was asked");
    delays(1).await
}
