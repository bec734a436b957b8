//! The private desktop: folders, session bus and, if wanted, an X server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;
use zbus::Connection;

use crate::environment::{Environment, World};
use crate::process::Process;

/// A bus that starts nothing by itself: only what a test starts runs on it.
const BUS: &str = r#"<busconfig>
  <type>session</type>
  <listen>ADDRESS</listen>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A desktop of one's own. Dropping it ends every process in it and removes its folder.
// Fields drop in this order: the display's clients need the bus no more than the bus needs them, the folder goes last.
#[derive(Debug)]
pub struct Desktop {
    bus: Connection,
    display: Option<Process>,
    _daemon: Process,
    environment: Environment,
    world: World,
}

impl Desktop {
    /// Folders and a session bus, which is the system bus too; no display.
    ///
    /// # Errors
    /// If `dbus-daemon` does not start.
    pub async fn start() -> Result<Self> {
        let world = World::new()?;
        let environment = Environment::new(world.root())?;
        let address = &environment.variables()["DBUS_SESSION_BUS_ADDRESS"];
        let config = world.root().join("bus.conf");
        fs::write(&config, BUS.replace("ADDRESS", address))?;
        let mut command = environment.command("dbus-daemon");
        command
            .arg("--config-file")
            .arg(&config)
            .args(["--nofork", "--nopidfile", "--print-address=1"]);
        let mut daemon = environment.start("dbus-daemon", command, Stdio::null())?;
        daemon.line("unix:").await?;
        let bus = connect(&environment)?
            .build()
            .await
            .context("cannot connect to the private bus")?;
        Ok(Self {
            bus,
            display: None,
            _daemon: daemon,
            environment,
            world,
        })
    }

    /// The same with an X server of 1280x900.
    ///
    /// # Errors
    /// If `dbus-daemon` or `Xvfb` does not start.
    pub async fn with_display() -> Result<Self> {
        let mut desktop = Self::start().await?;
        let mut command = desktop.command("Xvfb");
        // Without -noreset the server starts over, and forgets everything, whenever its last client leaves.
        command.args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1280x900x24",
            "-nolisten",
            "tcp",
            "-noreset",
        ]);
        let mut display = desktop.environment.start("Xvfb", command, Stdio::null())?;
        let number = display.line("").await?;
        desktop.environment.set("DISPLAY", &format!(":{number}"));
        desktop.display = Some(display);
        Ok(desktop)
    }

    /// The variables and folders of this desktop, to be kept beyond a borrow.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// A command that sees this desktop only. Its working folder is `HOME`.
    #[must_use]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        self.environment.command(program)
    }

    /// Starts a program of this desktop and keeps its output; it ends when the returned value is dropped.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn spawn(&self, name: &str, command: Command) -> Result<Process> {
        self.environment.start(name, command, Stdio::null())
    }

    /// A connection to the private bus, for whatever the testbed has no name for.
    pub fn bus(&self) -> &Connection {
        &self.bus
    }

    /// Whether the pictures of windows can be seen here.
    #[must_use]
    pub fn has_display(&self) -> bool {
        self.display.is_some()
    }

    /// The folder that holds everything of this desktop.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.world.root()
    }

    /// `HOME`.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.environment.home()
    }

    /// `FLOWSTATE_CONFIG_DIR`; named, not made.
    #[must_use]
    pub fn config_dir(&self) -> PathBuf {
        self.environment.config_dir()
    }

    /// `XDG_RUNTIME_DIR`.
    #[must_use]
    pub fn runtime_dir(&self) -> PathBuf {
        self.environment.runtime_dir()
    }

    /// Writes a picture of the whole screen; the ending of `file` says in which format.
    ///
    /// # Errors
    /// Without a display.
    pub async fn screenshot(&self, file: &Path) -> Result<()> {
        let file = std::path::absolute(file)?;
        let taken = self
            .command("import")
            .args(["-window", "root"])
            .arg(&file)
            .output()
            .await?;
        ensure!(
            taken.status.success(),
            "no screenshot: {}",
            String::from_utf8_lossy(&taken.stderr)
        );
        Ok(())
    }
}

/// A further connection to the bus of `environment`: one that owns names can then be closed alone.
pub(crate) fn connect(environment: &Environment) -> Result<zbus::connection::Builder<'static>> {
    Ok(zbus::connection::Builder::address(
        environment.variables()["DBUS_SESSION_BUS_ADDRESS"].as_str(),
    )?)
}
