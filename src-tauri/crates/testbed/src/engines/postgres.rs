//! A PostgreSQL cluster of its own, started from Debian's programs as their user `postgres` where we are root.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Signal, geteuid};
use tokio::process::Command;

use super::free_address;
use crate::environment::{Environment, World};
use crate::process::Process;
use crate::tls::write_certificate;
use crate::wait::{DEADLINE, eventually};

/// Of role and database.
const NAME: &str = "auth";
const PASSWORD: &str = "only-for-tests";
/// Somebody else may take a free port before it is used.
const TRIES: usize = 5;

/// A running cluster. Dropping it ends it and removes its data.
#[derive(Debug)]
pub struct Postgres {
    // Before the world that it runs in.
    process: Option<Process>,
    programs: PathBuf,
    address: SocketAddr,
    /// The user and group that run it, where we are root.
    owner: Option<(u32, u32)>,
    environment: Environment,
    _world: World,
}

impl Postgres {
    /// Makes a cluster with one database and starts it. It takes TLS and plain connections.
    ///
    /// # Errors
    /// If PostgreSQL is not installed or does not start.
    pub async fn start() -> Result<Self> {
        let world = World::new()?;
        let environment = Environment::new(world.root())?;
        let owner = if geteuid().is_root() {
            Some(account("postgres")?)
        } else {
            None
        };
        let mut postgres = Self {
            process: None,
            programs: programs()?,
            address: free_address()?,
            owner,
            environment,
            _world: world,
        };
        postgres.make().await?;
        for _ in 1..TRIES {
            if postgres.restart().await.is_ok() {
                break;
            }
            postgres.address = free_address()?;
        }
        if postgres.process.is_none() {
            postgres.restart().await?;
        }
        postgres.run("createdb", [NAME]).await?;
        Ok(postgres)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of the database, without TLS.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_at(self.address, "sslmode=disable")
    }

    /// The same with other parameters and where somebody in between listens.
    #[must_use]
    pub fn url_at(&self, address: SocketAddr, parameters: &str) -> String {
        format!("postgres://{NAME}:{PASSWORD}@{address}/{NAME}?{parameters}")
    }

    /// The certificate of the authority that vouches for it, as `localhost` and 127.0.0.1.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.environment.home().join("ca.pem")
    }

    /// Runs a statement from outside, and returns what it answers: a line a row.
    ///
    /// # Errors
    /// If the statement fails.
    pub async fn execute(&self, statement: &str) -> Result<String> {
        self.run("psql", ["-qtAX", "-v", "ON_ERROR_STOP=1", "-d", NAME, "-c", statement])
            .await
    }

    /// Lets it keep data in that folder too.
    ///
    /// # Errors
    /// If the folder cannot be given away.
    pub fn give(&self, folder: &Path) -> Result<()> {
        if let Some((user, group)) = self.owner {
            chown(folder, Some(user), Some(group)).with_context(|| format!("{}", folder.display()))?;
        }
        Ok(())
    }

    /// Ends it in an orderly way, connections included; [`Postgres::restart`] brings it back.
    ///
    /// # Errors
    /// If it does not end.
    pub async fn stop(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            process.signal(Signal::INT)?;
            process.exit().await?;
        }
        Ok(())
    }

    /// Ends it as a crash does; [`Postgres::restart`] brings it back.
    ///
    /// # Errors
    /// If it does not end.
    pub async fn kill(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            process.kill().await?;
        }
        Ok(())
    }

    /// Starts it with the data that are there, on the same port.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await?;
        let (environment, owner, programs) = (&self.environment, self.owner, &self.programs);
        let (port, sockets) = (self.address.port().to_string(), environment.runtime_dir());
        // After a crash the new one waits for the last children of the old one, by refusing to start.
        let start = async || -> Result<Process> {
            let mut command = command(environment, owner, &programs.join("postgres"));
            command.arg("-D").arg(data(environment));
            for setting in [
                "listen_addresses=127.0.0.1,127.0.0.2".to_owned(),
                format!("port={port}"),
                format!("unix_socket_directories={}", sockets.display()),
                "max_connections=200".to_owned(),
                "ssl=on".to_owned(),
                format!("ssl_cert_file={}/server.pem", environment.home().display()),
                format!("ssl_key_file={}/server.key", environment.home().display()),
            ] {
                command.args(["-c", &setting]);
            }
            let mut process = environment.start("postgres", command, Stdio::null())?;
            let ready = eventually("PostgreSQL", DEADLINE, async || {
                if let Some(status) = process.ended()? {
                    return Ok(Some(status));
                }
                let output = client(environment, owner, &programs.join("pg_isready"), &port);
                let output = { output }.output().await?;
                ensure!(output.status.success(), "it does not accept connections yet");
                Ok(None)
            });
            if let Some(status) = ready.await? {
                bail!("PostgreSQL ended with {status}:\n{}", process.stderr());
            }
            Ok(process)
        };
        let started = eventually("PostgreSQL to start", DEADLINE / 4, start).await?;
        self.process = Some(started);
        Ok(())
    }

    async fn make(&self) -> Result<()> {
        let home = self.environment.home();
        std::fs::write(home.join("password"), PASSWORD)?;
        write_certificate(&home)?;
        if let Some((user, group)) = self.owner {
            let root = home.parent().context("no root")?.to_owned();
            for path in [
                root,
                home.clone(),
                self.environment.runtime_dir(),
                home.join("password"),
                home.join("server.key"),
            ] {
                chown(&path, Some(user), Some(group)).with_context(|| format!("{}", path.display()))?;
            }
        }
        let mut initdb = command(&self.environment, self.owner, &self.programs.join("initdb"));
        initdb.arg("-D").arg(data(&self.environment));
        initdb.args([
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--auth=scram-sha-256",
        ]);
        initdb.args(["--username", NAME, "--pwfile=password"]);
        output(initdb, "initdb").await.map(drop)
    }

    async fn run<S: AsRef<OsStr>>(&self, program: &str, arguments: impl IntoIterator<Item = S>) -> Result<String> {
        let port = self.address.port().to_string();
        let mut client = client(&self.environment, self.owner, &self.programs.join(program), &port);
        client.args(arguments);
        output(client, program).await
    }
}

fn data(environment: &Environment) -> PathBuf {
    environment.home().join("data")
}

fn command(environment: &Environment, owner: Option<(u32, u32)>, program: &Path) -> Command {
    let mut command = environment.command(program);
    if let Some((user, group)) = owner {
        command.uid(user).gid(group);
    }
    command
}

fn client(environment: &Environment, owner: Option<(u32, u32)>, program: &Path, port: &str) -> Command {
    let mut client = command(environment, owner, program);
    client.envs([
        ("PGHOST", "127.0.0.1"),
        ("PGPORT", port),
        ("PGUSER", NAME),
        ("PGPASSWORD", PASSWORD),
    ]);
    client
}

async fn output(mut command: Command, name: &str) -> Result<String> {
    let output = command.output().await.with_context(|| format!("cannot start {name}"))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{name} failed:\n{text}\n{errors}");
    Ok(text)
}

/// Debian keeps the server's programs out of the path, a folder a version; the newest one is taken.
fn programs() -> Result<PathBuf> {
    let mut versions = Vec::new();
    for entry in
        std::fs::read_dir("/usr/lib/postgresql").context("PostgreSQL is not installed: apt install postgresql")?
    {
        let folder = entry?.path().join("bin");
        let version = folder
            .parent()
            .and_then(|folder| folder.file_name()?.to_str()?.parse::<u32>().ok());
        if let Some(version) = version.filter(|_| folder.join("initdb").is_file()) {
            versions.push((version, folder));
        }
    }
    let newest = versions.into_iter().max();
    Ok(newest
        .context("no version of PostgreSQL has initdb: apt install postgresql")?
        .1)
}

/// User and group of an account of this machine.
fn account(name: &str) -> Result<(u32, u32)> {
    let accounts = std::fs::read_to_string("/etc/passwd")?;
    for line in accounts.lines() {
        let mut fields = line.split(':');
        if fields.next() == Some(name) {
            let mut ids = fields.skip(1).map(str::parse);
            if let (Some(Ok(user)), Some(Ok(group))) = (ids.next(), ids.next()) {
                return Ok((user, group));
            }
        }
    }
    bail!("there is no account {name}: apt install postgresql")
}
