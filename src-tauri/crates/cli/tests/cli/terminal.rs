//! At a terminal the program asks for what is missing.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use testbed::{DEADLINE, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::world::{ADA, PROGRAM, World};

/// A person at a terminal, which `script` makes.
pub struct Person {
    pub child: Child,
    keyboard: ChildStdin,
    screen: ChildStdout,
    seen: String,
}

impl Person {
    pub fn calls(world: &World, arguments: &str) -> Result<Self> {
        let mut command: Command = world.desktop.command("script");
        command.args(["-qefc", &format!("{PROGRAM} {arguments}"), "/dev/null"]);
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

    /// Reads on until `text` is on the screen; what came before it is forgotten.
    pub async fn sees(&mut self, text: &str) -> Result<()> {
        let mut bytes = [0; 4096];
        loop {
            if let Some(at) = self.seen.find(text) {
                self.seen.drain(..at + text.len());
                return Ok(());
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
}

#[tokio::test]
async fn a_person_is_asked_for_address_and_code_until_both_are_right() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    let mut person = Person::calls(&world, "login")?;
    person.sees("E-mail address: ").await?;
    person.types("ada").await?;
    person.sees("not an e-mail address").await?;
    person.sees("E-mail address: ").await?;
    person.types(ADA).await?;
    person.sees("on its way to ada@example.com").await?;
    person.sees("5 tries left").await?;
    let code = server.latest_code(ADA).await?;
    person.types("12").await?;
    person.sees("2 digits").await?;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    person.types(wrong).await?;
    person.sees("4 tries are left").await?;
    person.sees("Code (4 tries left").await?;
    person.types("").await?;
    person.sees("on its way to ada@example.com").await?;
    person.sees("Code (5 tries left").await?;
    person.types(&server.latest_code(ADA).await?).await?;
    person.sees("Signed in to prod as ada@example.com.").await?;
    assert!(person.child.wait().await?.success());
    Ok(())
}

#[tokio::test]
async fn a_person_who_leaves_is_not_signed_in() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    let mut person = Person::calls(&world, "login --email ada@example.com")?;
    person.sees("5 tries left").await?;
    person.types("\u{4}").await?;
    person.sees("ended before").await?;
    assert_eq!(person.child.wait().await?.code(), Some(2));
    assert_eq!(world.config()?["servers"]["prod"].get("auth"), None);
    Ok(())
}
