//! The figures of `BENCHMARKS.md`: start, memory, and what a program waits for a token. Run it with `make bench`.

use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use testbed::{DEADLINE, Desktop, Keyring, Process, Server, TrayHost, binary, eventually};

const STARTS: usize = 9;
const SETTLE: Duration = Duration::from_secs(10);
const ROUNDS: usize = 200;

#[tokio::main]
async fn main() -> Result<()> {
    println!("| figure | median | worst |\n|---|--:|--:|");
    start_to_tray().await?;
    memory().await?;
    token().await
}

fn spawn(desktop: &Desktop) -> Result<Process> {
    let mut app = desktop.command(binary("flowstate-tray")?);
    app.arg("--hidden");
    desktop.spawn("flowstate-tray", app)
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
        let line = rollup.lines().find(|line| line.starts_with("Private_Dirty"));
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

/// What a shell waits for a token, beside programs that do the like; all in turns, so that a noisy moment hits all alike.
async fn token() -> Result<()> {
    let server = Server::start(&["--access-ttl", "86400"]).await?;
    let desktop = Desktop::start().await?;
    let _keyring = Keyring::unlocked(&desktop).await?;
    let ours = binary("flowstate-auth")?;
    let run = async |arguments: &[&str]| -> Result<()> {
        let output = desktop.command(&ours).args(arguments).output().await?;
        ensure!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    };
    run(&["server", "add", "bench", "--url", &server.url()]).await?;
    run(&[
        "login",
        "--server",
        "bench",
        "--email",
        "bench@example.com",
        "--send-only",
    ])
    .await?;
    let code = server.latest_code("bench@example.com").await?;
    run(&[
        "login",
        "--server",
        "bench",
        "--email",
        "bench@example.com",
        "--code",
        &code,
    ])
    .await?;

    let gh = desktop.home().join(".config/gh");
    std::fs::create_dir_all(&gh)?;
    std::fs::write(
        gh.join("hosts.yml"),
        format!("github.com:\n    oauth_token: {}\n    user: bench\n", "t".repeat(800)),
    )?;
    let mut commands: Vec<(&str, Vec<&std::ffi::OsStr>, Vec<f64>)> = vec![
        (
            "flowstate-auth token, ms",
            vec![ours.as_os_str(), "token".as_ref()],
            Vec::new(),
        ),
        (
            "gh auth token, ms",
            vec!["gh".as_ref(), "auth".as_ref(), "token".as_ref()],
            Vec::new(),
        ),
        ("true, ms", vec!["true".as_ref()], Vec::new()),
    ];
    let environment = desktop.environment().variables().clone();
    let rounds = tokio::task::block_in_place(|| -> Result<()> {
        for _ in 0..ROUNDS {
            for (name, words, times) in &mut commands {
                let mut command = std::process::Command::new(words[0]);
                command
                    .args(&words[1..])
                    .env_clear()
                    .envs(&environment)
                    .env("GH_CONFIG_DIR", &gh);
                command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                let begin = Instant::now();
                let status = command.status().with_context(|| format!("{name}: is it installed?"))?;
                times.push(begin.elapsed().as_secs_f64() * 1e3);
                ensure!(status.success(), "{name}: {status}");
            }
        }
        Ok(())
    });
    rounds?;
    let median = |times: &[f64]| {
        let mut times = times.to_vec();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let ratio = median(&commands[1].2) / median(&commands[0].2);
    for (name, _, times) in &mut commands {
        row(name, times);
    }
    println!("| gh auth token ÷ flowstate-auth token | {ratio:.1} | |");
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
