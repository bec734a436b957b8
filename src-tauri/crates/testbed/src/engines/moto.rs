//! Another S3-compatible service, of other people's making: Moto, in Python. It keeps its objects in memory and checks no signatures.

use std::process::Stdio;

use anyhow::{Context, Result};

use crate::environment::{Environment, World};
use crate::process::Process;
use crate::python::{program, python};

/// A running service with one bucket.
#[derive(Debug)]
pub struct Moto {
    port: u16,
    _process: Process,
    _world: World,
}

impl Moto {
    /// Starts it with an empty bucket; `None` where there is no Python.
    ///
    /// # Errors
    /// If it does not start; with its stderr.
    pub async fn start() -> Result<Option<Self>> {
        let Some(python) = python()? else { return Ok(None) };
        let world = World::new()?;
        let environment = Environment::new(world.root())?;
        let mut command = environment.command(&python);
        command.arg(program("s3_server.py"));
        let mut process = environment.start("moto", command, Stdio::null())?;
        let port = process.line("listening on ").await?;
        Ok(Some(Self {
            port: port.parse().with_context(|| format!("Moto listens on {port:?}"))?,
            _process: process,
            _world: world,
        }))
    }

    /// The address of a place in the bucket.
    #[must_use]
    pub fn url(&self, prefix: &str) -> String {
        format!(
            "s3://auth/{prefix}?endpoint=http://127.0.0.1:{}&region=eu-central-1",
            self.port
        )
    }
}
