//! What a process and its children take, as the kernel counts it.

use std::fs;

use anyhow::{Context, Result};

/// The kernel's ticks a second, on every Linux there is.
const TICKS: f64 = 100.0;

/// Seconds of processor time so far, of the process and of its children, those that have ended included: PostgreSQL has one for each
/// connection.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let mut ticks = stat(pid).context("the server's process is gone")?.ticks(4)?;
    for entry in fs::read_dir("/proc")?.flatten() {
        let child = entry.file_name().to_str().and_then(|name| name.parse().ok());
        // One that ends meanwhile is its parent's from then on.
        let Some(Ok(child)) = child.map(stat) else { continue };
        if child.number(1)? == u64::from(pid) {
            ticks += child.ticks(2)?;
        }
    }
    Ok(ticks as f64 / TICKS)
}

/// What `/proc/PID/stat` says after the name.
struct Stat(Vec<String>);

fn stat(pid: u32) -> Result<Stat> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').context("an odd stat")?;
    Ok(Stat(fields.split_whitespace().map(str::to_owned).collect()))
}

impl Stat {
    fn number(&self, index: usize) -> Result<u64> {
        Ok(self.0.get(index).context("a short stat")?.parse()?)
    }

    /// The first of: its time in the program and in the kernel, then that of its children that have ended.
    fn ticks(&self, fields: usize) -> Result<u64> {
        (11..11 + fields).map(|index| self.number(index)).sum()
    }
}

/// Memory that is resident, MiB.
pub fn resident_mib(pid: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 = line.context("no VmRSS")?.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1_024.0)
}
