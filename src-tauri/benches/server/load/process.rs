//! What a process and its children take, as the kernel counts it.

use std::fs;

use anyhow::{Context, Result};

/// The kernel's ticks a second, on every Linux there is.
const TICKS: f64 = 100.0;

/// Seconds of processor time so far.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("the server's process is gone")?;
    let (_, fields) = stat.rsplit_once(')').context("an odd stat")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    // After the name: the 12th and 13th are the time in the program and in the kernel for it.
    let ticks = |index: usize| Ok::<f64, anyhow::Error>(fields.get(index).context("a short stat")?.parse()?);
    Ok((ticks(11)? + ticks(12)?) / TICKS)
}

/// Memory that is resident, MiB.
pub fn resident_mib(pid: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 = line.context("no VmRSS")?.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1_024.0)
}
