//! Load on a server of this machine: so many clients, each with one connection, each beginning its next flow when the last has ended.
//!
//! ```sh
//! load FLOW ADDRESS[,ADDRESS…] --pid PID[,PID…] [--database PID] [--clients 64] [--seconds 8] [--warm 2]
//! ```
//!
//! One line comes out: flows a second, their median and 99th percentile, the 99th percentile of a single request, what the servers took of the
//! processor and of memory; with a database of its own, what that took of the processor, too.

mod flow;
mod process;

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use tokio::task::{LocalSet, spawn_local};

use flow::{Flow, Worker};

/// More would measure the clients.
const MOST_CLIENTS: usize = 256;
const MOST_SECONDS: u64 = 120;

#[derive(Parser)]
struct Options {
    /// What each client does over and over
    flow: Flow,
    /// The servers, on this machine; the clients are dealt out
    #[arg(value_delimiter = ',', required = true)]
    addresses: Vec<SocketAddr>,
    /// Their processes
    #[arg(long, value_delimiter = ',', required = true)]
    pid: Vec<u32>,
    /// The process of their database
    #[arg(long)]
    database: Option<u32>,
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// How long is counted
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// How long is not counted, before
    #[arg(long, default_value_t = 2)]
    warm: u64,
    /// What stands first in the line
    #[arg(long, default_value = "server")]
    name: String,
}

/// What the clients write down.
#[derive(Default)]
struct Tally {
    flows: RefCell<Vec<Duration>>,
    requests: RefCell<Vec<Duration>>,
    failed: Cell<u64>,
    counts: Cell<bool>,
    over: Cell<bool>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let options = Options::parse();
    ensure!(
        options.addresses.iter().all(|address| address.ip().is_loopback()),
        "load is for servers of this machine only"
    );
    ensure!(
        (1..=MOST_CLIENTS).contains(&options.clients),
        "1 to {MOST_CLIENTS} clients"
    );
    ensure!(
        options.seconds + options.warm <= MOST_SECONDS,
        "at most {MOST_SECONDS} seconds"
    );
    LocalSet::new().run_until(measure(&options)).await
}

async fn measure(options: &Options) -> Result<()> {
    let tally = Rc::<Tally>::default();
    let clients: Vec<_> = (0..options.clients)
        .map(|number| {
            spawn_local(client(
                Worker::new(
                    options.flow,
                    options.addresses[number % options.addresses.len()],
                    number,
                ),
                tally.clone(),
            ))
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(options.warm)).await;
    tally.counts.set(true);
    let (began, before) = (Instant::now(), Cpu::now(options)?);
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    tally.counts.set(false);
    let (took, after) = (began.elapsed().as_secs_f64(), Cpu::now(options)?);
    let memory: f64 = options
        .pid
        .iter()
        .map(|pid| process::resident_mib(*pid))
        .sum::<Result<_>>()?;
    tally.over.set(true);
    for client in clients {
        client.await?.context("a client")?;
    }
    let times = sorted(&tally.flows);
    let flows = times.len().max(1) as f64;
    let shares = |used: f64| format!("{:.3} | {:.0}", used * 1_000.0 / flows, used * 100.0 / took);
    let database = options.database.map(|_| after.database - before.database);
    println!(
        "| {} | {} | {} | {:.0} | {:.1} | {:.1} | {:.1} | {} |{} {memory:.0} | {} |",
        options.name,
        options.flow.name(),
        options.clients,
        times.len() as f64 / took,
        percentile(&times, 50),
        percentile(&times, 99),
        percentile(&sorted(&tally.requests), 99),
        shares(after.servers - before.servers),
        database.map(|used| format!(" {} |", shares(used))).unwrap_or_default(),
        tally.failed.get(),
    );
    Ok(())
}

fn sorted(times: &RefCell<Vec<Duration>>) -> Vec<Duration> {
    let mut times = times.take();
    times.sort_unstable();
    times
}

/// In milliseconds.
fn percentile(times: &[Duration], part: usize) -> f64 {
    let at = (times.len() * part / 100).min(times.len().saturating_sub(1));
    times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}

/// Seconds of processor time.
struct Cpu {
    servers: f64,
    database: f64,
}

impl Cpu {
    fn now(options: &Options) -> Result<Self> {
        let sum = |pids: &[u32]| pids.iter().map(|pid| process::cpu_seconds(*pid)).sum::<Result<f64>>();
        Ok(Self {
            servers: sum(&options.pid)?,
            database: sum(options.database.as_slice())?,
        })
    }
}

/// One client until the end; a flow that fails is counted, and a server that answers nothing right at all ends it.
async fn client(mut worker: Worker, tally: Rc<Tally>) -> Result<()> {
    let mut row = 0;
    while !tally.over.get() {
        let began = Instant::now();
        match worker.flow().await {
            Ok(()) => {
                row = 0;
                if tally.counts.get() {
                    tally.flows.borrow_mut().push(began.elapsed());
                    tally.requests.borrow_mut().extend(&worker.requests);
                }
            }
            Err(error) if row == 20 => return Err(error),
            Err(_) => {
                row += 1;
                if tally.counts.get() {
                    tally.failed.set(tally.failed.get() + 1);
                }
            }
        }
    }
    Ok(())
}
