//! The figures of `BENCHMARKS.md`, with `make bench`; a part of them by its name: `start`, `memory`, `windows`,
//! `window`, `tokens`, `idle`, `days`.

mod growth;
mod idle;
mod tokens;
mod window;

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use testbed::{DEADLINE, Desktop, Keyring, Process, Server, TrayHost, binary, eventually};

const STARTS: usize = 9;
const SETTLE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<()> {
    println!("| figure | median | worst |\n|---|--:|--:|");
    let only = std::env::args().nth(1);
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    if wanted("start") {
        start_to_tray().await?;
    }
    if wanted("memory") {
        memory().await?;
    }
    if wanted("windows") {
        window::memory().await?;
    }
    if wanted("window") {
        window::openings().await?;
        window::switches().await?;
    }
    if wanted("tokens") {
        tokens::fresh().await?;
        tokens::through_the_agent().await?;
        tokens::many_at_once().await?;
    }
    if wanted("idle") {
        idle::rest().await?;
    }
    if wanted("days") {
        growth::days().await?;
    }
    Ok(())
}

/// The app without a window.
fn spawn(desktop: &Desktop) -> Result<Process> {
    let mut app = desktop.command(binary("flowstate-tray")?);
    app.arg("--hidden");
    desktop.spawn("flowstate-tray", app)
}

/// Runs `flowstate-auth` on that desktop.
async fn command_line(desktop: &Desktop, arguments: &[&str]) -> Result<()> {
    let output = desktop
        .command(binary("flowstate-auth")?)
        .args(arguments)
        .output()
        .await?;
    ensure!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// Adds the server that answers at `url` and signs in there.
async fn sign_in(desktop: &Desktop, server: &Server, url: &str, id: &str, email: &str) -> Result<()> {
    command_line(desktop, &["server", "add", id, "--url", url]).await?;
    let login = ["login", "--server", id, "--email", email];
    command_line(desktop, &[&login[..], &["--send-only"]].concat()).await?;
    let code = server.latest_code(email).await?;
    command_line(desktop, &[&login[..], &["--code", &code]].concat()).await
}

/// From the start of the process to its tray item being registered.
async fn start_to_tray() -> Result<()> {
    let mut times = Vec::new();
    // The first start fills the page cache.
    for round in 0..=STARTS {
        let desktop = Desktop::with_display().await?;
        let _keyring = Keyring::unlocked(&desktop).await?;
        let host = TrayHost::start(&desktop).await?;
        let begin = Instant::now();
        let _app = spawn(&desktop)?;
        host.wait_for_registration().await?;
        if round > 0 {
            times.push(begin.elapsed().as_secs_f64() * 1e3);
        }
    }
    row("start to tray, ms", &mut times);
    Ok(())
}

/// The app with all its descendants, MiB.
fn private_dirty(app: &Process) -> Result<f64> {
    mib_of(app, "Private_Dirty:")
}

/// A figure of the kernel's about the memory of the app with all its descendants, MiB.
fn mib_of(app: &Process, figure: &str) -> Result<f64> {
    let mut parents = HashMap::new();
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Ok(stat) = std::fs::read_to_string(entry.path().join("stat"))
            && let Some(parent) = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1))
        {
            parents.insert(name, parent.to_owned());
        }
    }
    let app = app.pid().context("the app has ended")?.to_string();
    let ours = |pid: &String| std::iter::successors(Some(pid), |pid| parents.get(*pid)).any(|pid| *pid == app);
    let mut kib = 0.0;
    for pid in parents.keys().filter(|pid| ours(pid)) {
        let rollup = std::fs::read_to_string(Path::new("/proc").join(pid).join("smaps_rollup")).unwrap_or_default();
        let line = rollup.lines().find(|line| line.starts_with(figure));
        kib += line
            .and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok())
            .unwrap_or(0.0);
    }
    Ok(kib / 1024.0)
}

async fn memory() -> Result<()> {
    let (mut before, mut during, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        let desktop = Desktop::with_display().await?;
        let _keyring = Keyring::unlocked(&desktop).await?;
        let host = TrayHost::start(&desktop).await?;
        let app = spawn(&desktop)?;
        let tray = host.wait_for_item().await?;
        tokio::time::sleep(SETTLE).await;
        let alone = private_dirty(&app)?;
        tray.click(&["Open FlowState Accounts"]).await?;
        eventually("the window", DEADLINE, async || {
            ensure!(private_dirty(&app)? > alone + 20.0);
            Ok(())
        })
        .await?;
        tokio::time::sleep(SETTLE).await;
        during.push(private_dirty(&app)?);
        ensure!(desktop.close_windows().await? == 1, "there was no window to close");
        tokio::time::sleep(SETTLE).await;
        before.push(alone);
        after.push(private_dirty(&app)?);
    }
    row("private dirty memory without a window, MiB", &mut before);
    row("with the window open, MiB", &mut during);
    row("after the window was closed, MiB", &mut after);
    Ok(())
}

fn row(name: &str, figures: &mut [f64]) {
    figures.sort_by(f64::total_cmp);
    println!(
        "| {name} | {:.2} | {:.2} |",
        figures[figures.len() / 2],
        figures[figures.len() - 1]
    );
}
