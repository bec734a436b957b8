//! The folders and variables of a private world, and the end of everything that ran in it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::process::{Pid, Signal, getpid, kill_process};
use tempfile::TempDir;
use tokio::process::Command;

use crate::process::Process;

/// What a program in this world sees; nothing of the surrounding session gets in, apart from `PATH`.
#[derive(Debug, Clone)]
pub struct Environment {
    root: PathBuf,
    variables: BTreeMap<String, String>,
}

impl Environment {
    pub(crate) fn new(root: &Path) -> Result<Self> {
        let mut environment = Self {
            root: root.to_owned(),
            variables: BTreeMap::new(),
        };
        for (variable, folder) in [
            ("HOME", "home"),
            ("XDG_CONFIG_HOME", "home/.config"),
            ("XDG_CACHE_HOME", "home/.cache"),
            ("XDG_DATA_HOME", "home/.local/share"),
            ("XDG_STATE_HOME", "home/.local/state"),
            ("XDG_RUNTIME_DIR", "run"),
            ("TMPDIR", "tmp"),
        ] {
            let folder = root.join(folder);
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
            environment.set(variable, &folder.to_string_lossy());
        }
        fs::create_dir(environment.logs())?;
        // As on a real machine at first start: named, not there yet.
        environment.set("FLOWSTATE_CONFIG_DIR", &environment.config_dir().to_string_lossy());
        let bus = format!("unix:path={}", environment.runtime_dir().join("bus").display());
        environment.set("DBUS_SESSION_BUS_ADDRESS", &bus);
        environment.set("DBUS_SYSTEM_BUS_ADDRESS", &bus);
        environment.set("PATH", &std::env::var("PATH")?);
        for (variable, value) in [
            ("LANG", "C.UTF-8"),
            ("GDK_BACKEND", "x11"),
            ("LIBGL_ALWAYS_SOFTWARE", "1"),
            // The accessibility bus would be looked for on the bus, and waited for.
            ("NO_AT_BRIDGE", "1"),
            ("XDG_CURRENT_DESKTOP", "KDE"),
            ("XDG_SESSION_TYPE", "x11"),
        ] {
            environment.set(variable, value);
        }
        Ok(environment)
    }

    pub(crate) fn set(&mut self, variable: &str, value: &str) {
        self.variables.insert(variable.to_owned(), value.to_owned());
    }

    /// All variables of this world, and no others.
    #[must_use]
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// A command that sees this world only.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(&self.variables)
            .current_dir(self.home())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn start(&self, name: &str, command: Command, stdin: Stdio) -> Result<Process> {
        Process::start(name, command, stdin, &self.logs())
    }

    /// `HOME`.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// `FLOWSTATE_CONFIG_DIR`; not made yet.
    #[must_use]
    pub fn config_dir(&self) -> PathBuf {
        self.home().join(".flowstate")
    }

    /// `XDG_RUNTIME_DIR`.
    #[must_use]
    pub fn runtime_dir(&self) -> PathBuf {
        self.root.join("run")
    }

    /// Where the output of every process of this world is kept.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }
}

/// The folder of the world. Dropping it ends whatever still runs there and removes the folder.
#[derive(Debug)]
pub(crate) struct World {
    root: TempDir,
}

impl World {
    pub(crate) fn new() -> Result<Self> {
        // A short name: socket paths hold 108 bytes.
        Ok(Self {
            root: tempfile::Builder::new().prefix("bed-").tempdir()?,
        })
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // Children of our children (web processes, daemons that fork) are known by their environment alone.
        let end = Instant::now() + Duration::from_secs(5);
        for round in 0.. {
            let left = inhabitants(self.root());
            if left.is_empty() {
                break;
            }
            let late = Instant::now() >= end;
            for pid in left {
                // Between the look and the signal it may have ended; the next round sees that.
                if (round == 0 || late) && kill_process(pid, if late { Signal::KILL } else { Signal::TERM }).is_err() {
                    continue;
                }
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The processes whose variables point into `root`.
pub(crate) fn inhabitants(root: &Path) -> Vec<Pid> {
    let mark = format!("XDG_RUNTIME_DIR={}", root.join("run").display());
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    processes
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw)?,
                entry.path(),
            ))
        })
        .filter(|(pid, folder)| {
            let variables = fs::read(folder.join("environ")).unwrap_or_default();
            *pid != getpid()
                && variables
                    .split(|byte| *byte == 0)
                    .any(|variable| variable == mark.as_bytes())
        })
        .map(|(pid, _)| pid)
        .collect()
}
