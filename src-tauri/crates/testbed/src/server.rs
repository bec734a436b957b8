//! The auth server in development mode, on a port and a data folder of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::binary::binary;
use crate::environment::{Environment, World};
use crate::process::Process;
use crate::wait::{DEADLINE, eventually};

/// A running `flowstate-auth-server --dev`.
#[derive(Debug)]
pub struct Server {
    process: Process,
    program: PathBuf,
    arguments: Vec<String>,
    address: SocketAddr,
    environment: Environment,
    _world: World,
}

/// A mail in the mailbox of development mode.
#[derive(Deserialize)]
struct Mail {
    to: String,
    code: String,
}

impl Server {
    /// Starts the workspace's server with further arguments, and waits until it accepts.
    ///
    /// # Errors
    /// If it does not build or does not start; with its stderr.
    pub async fn start(arguments: &[&str]) -> Result<Self> {
        Self::start_program(&binary("flowstate-auth-server")?, arguments).await
    }

    /// The same with another program that takes the same arguments.
    ///
    /// # Errors
    /// If it does not start; with its stderr.
    pub async fn start_program(program: &Path, arguments: &[&str]) -> Result<Self> {
        let world = World::new()?;
        let environment = Environment::new(world.root())?;
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let (process, address) = start(&environment, program, any_port, &arguments).await?;
        Ok(Self {
            process,
            program: program.to_owned(),
            arguments,
            address,
            environment,
            _world: world,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as a base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The folder that holds all it keeps.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        data_dir(&self.environment)
    }

    /// What it has logged since its last start.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.process.stderr()
    }

    /// The code in the newest mail to `email`; waits for the first one.
    ///
    /// # Errors
    /// If none comes.
    pub async fn latest_code(&self, email: &str) -> Result<String> {
        let http = reqwest::Client::builder().no_proxy().timeout(DEADLINE).build()?;
        let newest = async || {
            let request = http
                .get(format!("{}/dev/mailbox", self.url()))
                .header("accept", "application/json");
            let mails: Vec<Mail> = request.send().await?.error_for_status()?.json().await?;
            let newest = mails.into_iter().rev().find(|mail| mail.to.eq_ignore_ascii_case(email));
            Ok(newest.context("no mail yet")?.code)
        };
        eventually("a code in the mailbox", DEADLINE, newest)
            .await
            .with_context(|| format!("the server wrote:\n{}", self.stderr()))
    }

    /// A new API token of a new service account in the domain `default`, made by the server's own commands.
    ///
    /// # Errors
    /// If a command fails; with its stderr.
    pub async fn api_token(&self) -> Result<String> {
        let account = self.order(&["service-account", "create", "ci"]).await?;
        self.order(&["service-account", "token", &account, "--name", "test"])
            .await
    }

    /// The line that a command of the server's program prints over the same data.
    async fn order(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.environment.command(&self.program);
        command.args(arguments).arg("--data-dir").arg(self.data_dir());
        let output = command.stdin(Stdio::null()).output().await?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "{arguments:?} ended with {}:\n{stderr}",
            output.status
        );
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Ends it; [`Server::restart`] brings it back.
    ///
    /// # Errors
    /// If it does not end with 0.
    pub async fn stop(&mut self) -> Result<()> {
        let status = self.process.stop().await?;
        ensure!(status.success(), "the server ended with {status}:\n{}", self.stderr());
        Ok(())
    }

    /// Ends it if it runs, and starts it again on the same port with the same data.
    ///
    /// # Errors
    /// If it does not end with 0 or does not start.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await?;
        (self.process, self.address) = start(&self.environment, &self.program, self.address, &self.arguments).await?;
        Ok(())
    }
}

fn data_dir(environment: &Environment) -> PathBuf {
    environment.home().join("data")
}

async fn start(
    environment: &Environment,
    program: &Path,
    listen: SocketAddr,
    arguments: &[String],
) -> Result<(Process, SocketAddr)> {
    let mut command = environment.command(program);
    command
        .args(["--dev", "--listen", &listen.to_string(), "--data-dir"])
        .arg(data_dir(environment))
        .args(arguments);
    let mut process = environment.start("flowstate-auth-server", command, Stdio::null())?;
    let address = process.line("listening on http://").await?;
    let address = address
        .parse()
        .with_context(|| format!("the server listens on {address:?}"))?;
    Ok((process, address))
}
