//! A machine with a person on it, and what the program says to them.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use testbed::{Desktop, Item, Keyring, Server};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_flowstate-auth");
pub const ADA: &str = "ada@example.com";

/// A private machine, at first without keychain and server.
pub struct World {
    // The keyring ends before its bus.
    pub keyring: Option<Keyring>,
    pub desktop: Desktop,
}

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl World {
    pub async fn bare() -> Result<Self> {
        Ok(Self {
            keyring: None,
            desktop: Desktop::start().await?,
        })
    }

    pub async fn with_keyring() -> Result<Self> {
        let mut world = Self::bare().await?;
        world.keyring = Some(Keyring::unlocked(&world.desktop).await?);
        Ok(world)
    }

    /// Ada is signed in to `prod`, which is at `url` of `server`.
    pub async fn signed_in(server: &Server, url: &str) -> Result<Self> {
        let world = Self::with_keyring().await?;
        world.done(&["server", "add", "prod", "--url", url]).await?;
        world.sign_in(server, "prod").await?;
        Ok(world)
    }

    pub async fn sign_in(&self, server: &Server, id: &str) -> Result<Outcome> {
        self.done(&["login", "--server", id, "--email", ADA, "--send-only"])
            .await?;
        let code = server.latest_code(ADA).await?;
        self.done(&["login", "--server", id, "--email", ADA, "--code", &code])
            .await
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.desktop.command(PROGRAM);
        command.args(arguments);
        command
    }

    pub async fn run(&self, arguments: &[&str]) -> Result<Outcome> {
        Outcome::of(self.command(arguments), "").await
    }

    /// A run that has to succeed.
    pub async fn done(&self, arguments: &[&str]) -> Result<Outcome> {
        let outcome = self.run(arguments).await?;
        ensure!(outcome.code == 0, "{arguments:?}: {outcome:?}");
        Ok(outcome)
    }

    pub fn config_file(&self) -> PathBuf {
        self.desktop.config_dir().join("config.json")
    }

    pub fn config(&self) -> Result<Value> {
        Ok(serde_json::from_str(&self.config_text()?)?)
    }

    pub fn config_text(&self) -> Result<String> {
        std::fs::read_to_string(self.config_file()).context("no shared file")
    }

    /// Writes the shared file as another program would.
    pub fn write_config(&self, text: &str) -> Result<()> {
        std::fs::create_dir_all(self.desktop.config_dir())?;
        Ok(std::fs::write(self.config_file(), text)?)
    }

    pub fn change_config(&self, change: impl FnOnce(&mut Value)) -> Result<()> {
        let mut config = self.config()?;
        change(&mut config);
        self.write_config(&serde_json::to_string_pretty(&config)?)
    }

    /// Lets the access token of `prod` have ended long ago.
    pub fn expire(&self) -> Result<()> {
        self.change_config(|config| config["servers"]["prod"]["auth"]["expiresAt"] = 1_000_000_000_000_u64.into())
    }

    /// Changes our own settings behind the program's back.
    pub fn change_settings(&self, change: impl FnOnce(&mut Value)) -> Result<()> {
        let file = self
            .desktop
            .home()
            .join(".local/share/flowstate-accounts/settings.json");
        let mut settings = serde_json::from_str(&std::fs::read_to_string(&file)?)?;
        change(&mut settings);
        Ok(std::fs::write(file, settings.to_string())?)
    }

    /// What the keychain holds for this program.
    pub async fn kept(&self) -> Result<Vec<Item>> {
        let keyring = self.keyring.as_ref().context("this machine has no keychain")?;
        keyring.search("service", "FlowState Accounts").await
    }
}

impl Outcome {
    /// Runs a command with that input. Whatever it is, it shows no secret where none belongs, and does not panic.
    pub async fn of(mut command: Command, input: &str) -> Result<Self> {
        let first = command.as_std().get_args().next().unwrap_or_default();
        let may_print_a_secret = ["token", "headers", "exec"].iter().any(|command| first == *command);
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = child.kill_on_drop(true).spawn()?;
        let mut stdin = child.stdin.take().context("no stdin")?;
        // A program that leaves early does not read it.
        if stdin.write_all(input.as_bytes()).await.is_ok() {
            drop(stdin);
        }
        let output = child.wait_with_output().await?;
        let outcome = Self {
            code: output.status.code().context("ended by a signal")?,
            out: String::from_utf8(output.stdout)?,
            err: String::from_utf8(output.stderr)?,
        };
        let mut quiet = vec![&outcome.err];
        quiet.extend((!may_print_a_secret).then_some(&outcome.out));
        for text in quiet {
            ensure!(!text.contains("eyJ"), "a token was shown: {outcome:?}");
            for trace in ["panicked", "stack backtrace", "Secret", "Error {"] {
                ensure!(!text.contains(trace), "not meant for people: {outcome:?}");
            }
        }
        Ok(outcome)
    }

    pub fn json(&self) -> Result<Value> {
        ensure!(
            self.out.ends_with('\n') && self.out.lines().count() == 1,
            "not one line: {self:?}"
        );
        Ok(serde_json::from_str(&self.out)?)
    }

    /// The exit code and the code for programs that a failure with `--json` tells.
    pub fn failure(&self) -> Result<(i32, String)> {
        let json = self.json()?;
        ensure!(json["ok"] == false && !self.err.is_empty(), "no failure: {self:?}");
        let message = json["message"].as_str().unwrap_or_default();
        ensure!(message.len() > 20, "no sentence: {self:?}");
        Ok((self.code, json["code"].as_str().unwrap_or_default().to_owned()))
    }
}

pub fn failed(code: i32, word: &str) -> (i32, String) {
    (code, word.to_owned())
}
