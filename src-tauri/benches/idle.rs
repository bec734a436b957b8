//! What the app does when there is nothing to do.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use testbed::{Desktop, Keyring, TrayHost};

use crate::{SETTLE, spawn};

const WATCHED: Duration = Duration::from_secs(120);

pub async fn rest() -> Result<()> {
    let desktop = Desktop::with_display().await?;
    let _keyring = Keyring::unlocked(&desktop).await?;
    let host = TrayHost::start(&desktop).await?;
    let app = spawn(&desktop)?;
    host.wait_for_registration().await?;
    tokio::time::sleep(SETTLE).await;
    let tasks = Path::new("/proc")
        .join(app.pid().context("the app has ended")?.to_string())
        .join("task");
    let (before, used) = (switches(&tasks)?, processor_time(&tasks)?);
    tokio::time::sleep(WATCHED).await;
    let (after, used) = (switches(&tasks)?, processor_time(&tasks)? - used);
    let mut all = 0;
    for (name, switches) in after {
        let was = before
            .iter()
            .find(|(other, _)| *other == name)
            .map_or(0, |(_, was)| *was);
        all += switches - was;
        if switches > was {
            eprintln!("  {name}: {} times in {} s", switches - was, WATCHED.as_secs());
        }
    }
    let every = WATCHED.as_secs_f64() / f64::from(u32::try_from(all.max(1))?);
    println!(
        "| idle app without a window: wake-ups of all its threads in {} s | {all} | one every {every:.1} s |",
        WATCHED.as_secs()
    );
    println!(
        "| the same: processor time, % of a core | {:.3} | |",
        used * 100.0 / WATCHED.as_secs_f64()
    );
    Ok(())
}

/// Seconds of processor time of all threads that are there.
fn processor_time(tasks: &Path) -> Result<f64> {
    let mut nanoseconds = 0;
    for task in std::fs::read_dir(tasks)?.flatten() {
        let times = std::fs::read_to_string(task.path().join("schedstat"))?;
        nanoseconds += times.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds).as_secs_f64())
}

/// How often each thread has gone to sleep by itself, by name and number.
fn switches(tasks: &Path) -> Result<Vec<(String, u64)>> {
    let mut all = Vec::new();
    for task in std::fs::read_dir(tasks)?.flatten() {
        let name = std::fs::read_to_string(task.path().join("comm"))?;
        let status = std::fs::read_to_string(task.path().join("status"))?;
        let count = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))
            .and_then(|count| count.trim().parse().ok());
        let number = task.file_name().to_string_lossy().into_owned();
        all.push((format!("{} {number}", name.trim()), count.unwrap_or(0)));
    }
    Ok(all)
}
