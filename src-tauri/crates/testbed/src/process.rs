//! A child process whose output is kept, and which ends with its owner.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use crate::wait::{DEADLINE, eventually};

/// Tells the log files of two processes of one name apart.
static STARTED: AtomicU32 = AtomicU32::new(0);

/// How long a process may take to end by itself before it is killed.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running child. Dropping it ends it: first asked (SIGTERM), then killed.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Process {
    /// Starts `command` with its output in files under `logs`: a pipe would block or kill a child nobody reads from.
    pub(crate) fn start(name: &str, mut command: Command, stdin: Stdio, logs: &Path) -> Result<Self> {
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let stdout = logs.join(format!("{name}-{number}.out"));
        let stderr = logs.join(format!("{name}-{number}.err"));
        let child = command
            .stdin(stdin)
            .stdout(File::create(&stdout)?)
            .stderr(File::create(&stderr)?)
            .spawn()
            .with_context(|| format!("cannot start {name} ({:?})", command.as_std().get_program()))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            stdout,
            stderr,
        })
    }

    /// The process id; `None` once it has ended and was waited for.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Everything it has written to stdout so far.
    #[must_use]
    pub fn stdout(&self) -> String {
        read(&self.stdout)
    }

    /// Everything it has written to stderr so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        read(&self.stderr)
    }

    /// Waits for a whole line on stdout that begins with `prefix`, and returns the rest of that line.
    ///
    /// # Errors
    /// If it ends or the deadline passes first; with its stderr.
    pub async fn line(&mut self, prefix: &str) -> Result<String> {
        let what = format!("{} to say {prefix:?}", self.name);
        let end = Instant::now() + DEADLINE;
        loop {
            // Looked at before the output: what a process says, it says before it ends.
            let ended = self.child.try_wait()?;
            let written = self.stdout();
            let whole = written.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
            if let Some(rest) = whole.filter_map(|line| line.strip_prefix(prefix)).next() {
                return Ok(rest.to_owned());
            }
            if let Some(status) = ended {
                bail!("waited for {what}, but it ended ({status}):\n{}", self.stderr());
            }
            if Instant::now() >= end {
                bail!("waited {DEADLINE:?} for {what}:\n{}", self.stderr());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until `ready` answers `Ok`.
    ///
    /// # Errors
    /// If that takes too long; with its stderr.
    pub(crate) async fn ready<T>(&self, what: &str, ready: impl AsyncFnMut() -> Result<T>) -> Result<T> {
        eventually(what, DEADLINE, ready)
            .await
            .with_context(|| format!("{} wrote:\n{}", self.name, self.stderr()))
    }

    /// Ends it without a chance to clean up, as a crash does.
    ///
    /// # Errors
    /// If it still runs after the deadline.
    pub async fn kill(&mut self) -> Result<ExitStatus> {
        self.signal(Signal::KILL)?;
        self.exit().await
    }

    /// Sends a signal, if it still runs.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        match self
            .pid()
            .and_then(|pid| i32::try_from(pid).ok())
            .and_then(Pid::from_raw)
        {
            Some(pid) => kill_process(pid, signal).with_context(|| format!("cannot signal {}", self.name)),
            None => Ok(()),
        }
    }

    /// How it has ended, if it has.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits for it to end by itself.
    ///
    /// # Errors
    /// If it still runs after the deadline; with its stderr.
    pub async fn exit(&mut self) -> Result<ExitStatus> {
        match tokio::time::timeout(DEADLINE, self.child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => bail!("waited {DEADLINE:?} for {} to end:\n{}", self.name, self.stderr()),
        }
    }

    /// Asks it to end (SIGTERM) and waits for that.
    ///
    /// # Errors
    /// If it still runs after the deadline; with its stderr.
    pub async fn stop(&mut self) -> Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        self.exit().await
    }

    fn end(&mut self) -> Result<()> {
        // A stopped process acts on nothing but SIGKILL and SIGCONT.
        for signal in [Signal::CONT, Signal::TERM] {
            self.signal(signal)?;
        }
        let end = Instant::now() + PATIENCE;
        while self.child.try_wait()?.is_none() {
            if Instant::now() >= end {
                self.signal(Signal::KILL)?;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            eprintln!("testbed: cannot end {}: {error:#}", self.name);
        }
    }
}

fn read(file: &Path) -> String {
    fs::read(file).map_or_else(
        |error| format!("({error})"),
        |bytes| String::from_utf8_lossy(&bytes).into_owned(),
    )
}
