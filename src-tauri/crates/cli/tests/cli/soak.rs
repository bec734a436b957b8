//! Ten minutes of bad days: refreshes by the thousand, several programs at a time, in front of a server that is hard to reach.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use testbed::{Fault, FaultyProxy, Server};
use tokio::process::Child;
use tokio::task::JoinSet;

use crate::world::{ADA, World};

const CYCLES: usize = 10_000;
/// So many machines have such days at once: more than there are cores, as most of a cycle is waiting.
const MACHINES: usize = 4;
/// The exit codes of a day on which the server cannot be reached, or asks for peace.
const BAD_DAY: [i32; 2] = [5, 7];

/// What meets the next requests; mostly nothing.
fn faults(random: &mut fastrand::Rng) -> Vec<Fault> {
    let all = [
        Fault::DropReply,
        Fault::CutReply(random.usize(1..200)),
        Fault::ServerError,
        Fault::Status(503),
        Fault::Status(429),
        Fault::Status(403),
        Fault::Garbage,
        Fault::Html,
        Fault::Delay(Duration::from_millis(random.u64(1..30))),
    ];
    let count = if random.bool() { 0 } else { random.usize(1..4) };
    (0..count).map(|_| all[random.usize(..all.len())]).collect()
}

#[derive(Default)]
struct Ends {
    served: usize,
    refused: usize,
    killed: usize,
}

impl Ends {
    async fn add(&mut self, program: Child) -> Result<()> {
        let output = program.wait_with_output().await?;
        match output.status.code() {
            Some(0) => self.served += 1,
            Some(code) if BAD_DAY.contains(&code) => self.refused += 1,
            None => self.killed += 1,
            Some(code) => bail!("exit {code}: {}", String::from_utf8_lossy(&output.stderr)),
        }
        Ok(())
    }
}

/// Up to three programs find the token ended; one of them may be killed.
async fn cycle(world: &World, proxy: &mut FaultyProxy, random: &mut fastrand::Rng, ends: &mut Ends) -> Result<()> {
    world.expire()?;
    proxy.set(Fault::None).await?;
    for fault in faults(random) {
        proxy.once(fault)?;
    }
    let mut programs = Vec::new();
    for _ in 0..random.usize(1..=3) {
        let mut command = world.command(&[if random.u8(..8) == 0 { "refresh" } else { "token" }]);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        programs.push(command.kill_on_drop(true).spawn()?);
    }
    if random.u8(..8) == 0 {
        tokio::time::sleep(Duration::from_millis(random.u64(..80))).await;
        programs[0].start_kill()?;
    }
    for program in programs {
        ends.add(program).await?;
    }
    let config = world.config()?;
    ensure!(config["servers"]["prod"]["auth"]["email"] == ADA, "{config}");
    Ok(())
}

async fn bad_days(world: World, mut proxy: FaultyProxy, seed: u64) -> Result<Ends> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut ends = Ends::default();
    for number in 0..CYCLES / MACHINES {
        let done = cycle(&world, &mut proxy, &mut random, &mut ends)
            .await
            .with_context(|| format!("seed {seed}, cycle {number}"));
        if let Err(error) = done {
            return Err(error.context(format!("the keychain: {:?}", world.kept().await)));
        }
    }
    proxy.set(Fault::None).await?;
    world.expire()?;
    ensure!(world.done(&["token"]).await?.out.starts_with("eyJ"));
    ensure!(world.kept().await?.len() == 1);
    Ok(ends)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes ten minutes: make soak"]
async fn ten_thousand_refreshes_on_bad_days_lose_no_session() -> Result<()> {
    let server = Server::start(&[]).await?;
    let mut machines = JoinSet::new();
    for _ in 0..MACHINES {
        let proxy = FaultyProxy::start(server.address()).await?;
        // One after the other: they ask for codes at one address.
        let world = World::signed_in(&server, &proxy.url()).await?;
        machines.spawn(bad_days(world, proxy, fastrand::u64(..)));
    }
    let mut all = Ends::default();
    while let Some(ends) = machines.join_next().await {
        let ends = ends??;
        all.served += ends.served;
        all.refused += ends.refused;
        all.killed += ends.killed;
    }
    let Ends {
        served,
        refused,
        killed,
    } = all;
    println!("{CYCLES} cycles: {served} programs served, {refused} told of a bad day, {killed} killed");
    ensure!(
        served > CYCLES / 2 && refused > CYCLES / 20 && killed > CYCLES / 50,
        "the days were not bad enough, or too bad"
    );
    Ok(())
}
