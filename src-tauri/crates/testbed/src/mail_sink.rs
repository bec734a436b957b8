//! A real mail server that keeps what it is given.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::environment::{Environment, World};
use crate::process::Process;
use crate::python::{program, python};
use crate::wait::{DEADLINE, eventually};

/// A mail server. Each mail that it takes is kept.
#[derive(Debug)]
pub struct MailSink {
    process: Process,
    port: u16,
    certificate: PathBuf,
    _world: World,
}

/// A mail as the server got it.
#[derive(Debug, Clone, Deserialize)]
pub struct SunkMail {
    /// Of the envelope.
    pub from: String,
    pub to: Vec<String>,
    /// Headers and body.
    pub data: String,
    pub tls: bool,
    /// Who signed in to send it.
    pub login: Option<String>,
    /// The sender's port: the same for mails that came over one connection.
    pub connection: u16,
}

impl MailSink {
    /// Starts it with further arguments, see `python/mail_sink.py`; `None` where there is no Python.
    ///
    /// # Errors
    /// If it does not start; with its stderr.
    pub async fn start(arguments: &[&str]) -> Result<Option<Self>> {
        let Some(python) = python()? else { return Ok(None) };
        let world = World::new()?;
        let environment = Environment::new(world.root())?;
        let certificate = environment.home().join("authority.pem");
        let mut command = environment.command(&python);
        command
            .arg(program("mail_sink.py"))
            .arg("--certificate")
            .arg(&certificate);
        command.args(arguments);
        let mut process = environment.start("mail-sink", command, Stdio::null())?;
        let port = process.line("listening on ").await?;
        Ok(Some(Self {
            port: port.parse().with_context(|| format!("the sink listens on {port:?}"))?,
            process,
            certificate,
            _world: world,
        }))
    }

    /// Where it listens, on the loopback address.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate of the authority that vouches for it, where it speaks TLS.
    #[must_use]
    pub fn certificate(&self) -> &std::path::Path {
        &self.certificate
    }

    /// What it has got so far.
    ///
    /// # Errors
    /// If it writes what is no mail.
    pub fn mails(&self) -> Result<Vec<SunkMail>> {
        let written = self.process.stdout();
        let lines = written
            .split_inclusive('\n')
            .filter(|line| line.starts_with('{') && line.ends_with('\n'));
        lines
            .map(|line| serde_json::from_str(line).context("a line of the mail sink"))
            .collect()
    }

    /// Waits until it has got so many.
    ///
    /// # Errors
    /// If they do not come.
    pub async fn wait_for(&self, count: usize) -> Result<Vec<SunkMail>> {
        eventually("mails in the sink", DEADLINE, async || {
            let mails = self.mails()?;
            ensure!(mails.len() >= count, "{} of {count} mails", mails.len());
            Ok(mails)
        })
        .await
    }
}
