//! A person at a terminal.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use testbed::DEADLINE;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::world::{PROGRAM, World};

/// A person at a terminal, which `script` makes.
pub struct Person {
    child: Child,
    keyboard: ChildStdin,
    screen: ChildStdout,
    seen: String,
}

impl Person {
    pub fn calls(world: &World, arguments: &str) -> Result<Self> {
        Self::at_a_shell(world, &format!("{PROGRAM} {arguments}"))
    }

    pub fn at_a_shell(world: &World, line: &str) -> Result<Self> {
        let mut command: Command = world.desktop.command("script");
        command.args(["-qefc", line, "/dev/null"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        Ok(Self {
            keyboard: child.stdin.take().context("no keyboard")?,
            screen: child.stdout.take().context("no screen")?,
            child,
            seen: String::new(),
        })
    }

    /// Reads on until `text` is on the screen, and gives what came before it.
    pub async fn sees(&mut self, text: &str) -> Result<String> {
        let mut bytes = [0; 4096];
        loop {
            if let Some(at) = self.seen.find(text) {
                let rest = self.seen.split_off(at + text.len());
                let mut before = std::mem::replace(&mut self.seen, rest);
                before.truncate(at);
                return Ok(before);
            }
            let read = tokio::time::timeout(DEADLINE, self.screen.read(&mut bytes)).await;
            let read = read.with_context(|| format!("waited for {text:?}, saw {:?}", self.seen))??;
            ensure!(read > 0, "it ended before {text:?}: {:?}", self.seen);
            self.seen += &String::from_utf8_lossy(&bytes[..read]);
        }
    }

    pub async fn types(&mut self, text: &str) -> Result<()> {
        Ok(self.keyboard.write_all(format!("{text}\n").as_bytes()).await?)
    }

    /// What comes until nothing more does.
    pub async fn sees_all(&mut self) -> Result<String> {
        let mut rest = std::mem::take(&mut self.seen).into_bytes();
        tokio::time::timeout(DEADLINE, self.screen.read_to_end(&mut rest)).await??;
        Ok(String::from_utf8_lossy(&rest).into_owned())
    }

    /// The exit code of the program.
    pub async fn ends(&mut self) -> Result<Option<i32>> {
        Ok(self.child.wait().await?.code())
    }
}
