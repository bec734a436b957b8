//! What a person waits for at the tray, and what the window costs.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use testbed::{Desktop, Keyring, Process, TrayHost, TrayItem, binary};

use crate::{SETTLE, command_line, mib_of, private_dirty, row};

/// What the app logs when the page has its listeners and asks for its first snapshot.
const THERE: &str = "the window's page is there";
const OPENINGS: usize = 9;
const SWITCHES: usize = 50;
const PATIENCE: Duration = Duration::from_secs(20);

struct App {
    // Ends before its bus.
    process: Process,
    tray: TrayItem,
    _host: TrayHost,
    _keyring: Keyring,
    desktop: Desktop,
}

impl App {
    async fn start() -> Result<Self> {
        let desktop = Desktop::with_display().await?;
        let keyring = Keyring::unlocked(&desktop).await?;
        for id in ["one", "two"] {
            let url = format!("https://{id}.example.com");
            command_line(&desktop, &["server", "add", id, "--name", id, "--url", &url]).await?;
        }
        let host = TrayHost::start(&desktop).await?;
        let mut app = desktop.command(binary("flowstate-tray")?);
        app.arg("--hidden").env("FLOWSTATE_LOG", "warn,flowstate_tray=debug");
        let process = desktop.spawn("flowstate-tray", app)?;
        let tray = host.wait_for_item().await?;
        Ok(Self {
            process,
            tray,
            _host: host,
            _keyring: keyring,
            desktop,
        })
    }

    /// Opens the window from the tray; from the click to the page asking for what it shows, ms.
    async fn open(&self) -> Result<f64> {
        let seen = || self.process.stderr().matches(THERE).count();
        let before = seen();
        let begin = Instant::now();
        self.tray.click(&["Open FlowState Accounts"]).await?;
        while seen() == before {
            ensure!(begin.elapsed() < PATIENCE, "no window:\n{}", self.process.stderr());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(begin.elapsed().as_secs_f64() * 1e3)
    }

    async fn close(&self) -> Result<()> {
        let begin = Instant::now();
        while self.desktop.close_windows().await? == 0 {
            ensure!(begin.elapsed() < PATIENCE, "there is no window to close");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }
}

/// From a click in the tray to a window that can be used: the first one, and the next ones.
pub async fn openings() -> Result<()> {
    let (mut cold, mut again) = (Vec::new(), Vec::new());
    for round in 0..=OPENINGS {
        let app = App::start().await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let first = app.open().await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        app.close().await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let second = app.open().await?;
        // The first app fills the page cache.
        if round > 0 {
            cold.push(first);
            again.push(second);
        }
    }
    row("tray click to the window's page, the first time, ms", &mut cold);
    row("tray click to the window's page, again, ms", &mut again);
    Ok(())
}

/// What the window takes of memory, shared pages counted by their share, and what many of them leave behind.
pub async fn memory() -> Result<()> {
    let many: usize = std::env::var("FLOWSTATE_BENCH_WINDOWS").map_or(Ok(100), |many| many.parse())?;
    let app = App::start().await?;
    app.open().await?;
    tokio::time::sleep(SETTLE).await;
    row(
        "proportional memory (PSS) with the window open, all processes, MiB",
        &mut [mib_of(&app.process, "Pss:")?],
    );
    app.close().await?;
    for (done, wanted) in [(1, 10), (10, many)] {
        for _ in done..wanted {
            app.open().await?;
            app.close().await?;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        tokio::time::sleep(SETTLE).await;
        row(
            &format!("private dirty memory after {wanted} windows, all closed, MiB"),
            &mut [private_dirty(&app.process)?],
        );
    }
    Ok(())
}

/// From a click on a server in the tray to the shared file naming it.
pub async fn switches() -> Result<()> {
    let app = App::start().await?;
    let file = app.desktop.config_dir().join("config.json");
    let menu = app.tray.menu().await?.to_string();
    let mut times = Vec::new();
    for round in 0..SWITCHES {
        let id = ["two", "one"][round % 2];
        let entry = menu
            .lines()
            .find_map(|line| line.find(&format!("{id} — ")).map(|at| line[at..].trim().to_owned()))
            .with_context(|| format!("no entry for {id} in\n{menu}"))?;
        let active = format!("\"activeServerId\": \"{id}\"");
        let begin = Instant::now();
        app.tray.click(&[&entry]).await?;
        while !std::fs::read_to_string(&file)?.contains(&active) {
            ensure!(begin.elapsed() < PATIENCE, "not switched to {entry}");
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        times.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    row("tray click on a server to the shared file, ms", &mut times);
    Ok(())
}
