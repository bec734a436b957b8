//! At a terminal the program asks for what is missing.

use std::fs;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use testbed::{DEADLINE, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::world::{ADA, PROGRAM, World};

/// A person at a terminal, which `script` makes.
struct Person {
    child: Child,
    keyboard: ChildStdin,
    screen: ChildStdout,
    seen: String,
}

impl Person {
    fn calls(world: &World, arguments: &str) -> Result<Self> {
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

    /// Reads on until `text` is on the screen, and gives what came before it.
    async fn sees(&mut self, text: &str) -> Result<String> {
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

    async fn types(&mut self, text: &str) -> Result<()> {
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
    person.sees("Code (5 tries left, r for a new one): ").await?;
    let code = server.latest_code(ADA).await?;
    person.types("").await?;
    person.sees("Code (5 tries left, r for a new one): ").await?;
    person.types("12").await?;
    person.sees("2 digits").await?;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    person.types(wrong).await?;
    person.sees("4 tries are left").await?;
    person.sees("Code (4 tries left").await?;
    person.types("r").await?;
    person.sees("on its way to ada@example.com").await?;
    person.sees("Code (5 tries left").await?;
    assert_ne!(server.latest_code(ADA).await?, code, "no new code was sent");
    person.types(&server.latest_code(ADA).await?).await?;
    person.sees("Signed in to prod as ada@example.com.").await?;
    assert!(person.child.wait().await?.success());
    Ok(())
}

#[tokio::test]
async fn a_code_that_was_guessed_at_too_often_needs_a_new_one() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    let mut person = Person::calls(&world, "login --email ada@example.com")?;
    person.sees("5 tries left").await?;
    let code = server.latest_code(ADA).await?;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for left in [
        "4 tries left",
        "3 tries left",
        "2 tries left",
        "1 try left",
        "No tries are left",
    ] {
        person.types(wrong).await?;
        person.sees(left).await?;
    }
    person.types(&code).await?;
    person.sees("ask for a new one").await?;
    person.types("R").await?;
    person.sees("5 tries left").await?;
    person.types(&server.latest_code(ADA).await?).await?;
    person.sees("Signed in to prod").await?;
    assert!(person.child.wait().await?.success());
    Ok(())
}

#[tokio::test]
async fn a_code_that_has_run_out_needs_a_new_one() -> Result<()> {
    let server = Server::start(&["--code-ttl", "1"]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    let mut person = Person::calls(&world, "login --email ada@example.com")?;
    person.sees("5 tries left").await?;
    let end = Instant::now() + DEADLINE;
    while !person.sees("for a new one").await?.contains("The code has run out") {
        assert!(Instant::now() < end, "it never runs out");
        person.types("").await?;
    }
    person.types("r").await?;
    person.sees("Code (5 tries left").await?;
    Ok(())
}

#[tokio::test]
async fn a_new_code_that_is_wanted_too_soon_has_to_wait() -> Result<()> {
    let server = Server::start(&["--limit-send-interval", "60"]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    let mut person = Person::calls(&world, "login --email ada@example.com")?;
    person.sees("5 tries left").await?;
    person.types("r").await?;
    person.sees("before asking for another").await?;
    person.sees("Code (5 tries left").await?;
    person.types(&server.latest_code(ADA).await?).await?;
    person.sees("Signed in to prod").await?;
    assert!(person.child.wait().await?.success());
    Ok(())
}

#[tokio::test]
async fn a_person_who_leaves_is_not_signed_in_and_leaves_nothing() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    let before = world.config_text()?;
    // Ctrl-D ends the input, Ctrl-C the program.
    for (key, ending, code) in [("\u{4}", "ended before", 2), ("\u{3}", "^C", 130)] {
        let mut person = Person::calls(&world, "login --email ada@example.com")?;
        person.sees("5 tries left").await?;
        person.types(key).await?;
        person.sees(ending).await?;
        assert_eq!(person.child.wait().await?.code(), Some(code));
        assert_eq!(world.config_text()?, before);
        assert!(world.kept().await?.is_empty());
        let left: Vec<String> = fs::read_dir(world.desktop.config_dir())?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_>>()?;
        let known = ["config.json", "config.json.lock", "locks"];
        assert!(left.iter().all(|name| known.contains(&name.as_str())), "{left:?}");
    }
    // Nobody keeps the session locked either.
    world.sign_in(&server, "prod").await?;
    Ok(())
}
