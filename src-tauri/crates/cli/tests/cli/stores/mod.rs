//! Where sessions are kept: chosen, moved, broken off, out of reach.

mod asking;
mod refused;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use testbed::Server;
use tokio::process::Command;

use crate::world::{ADA, Outcome, World};

const PASSPHRASE: &str = "correct horse battery staple";
const USE_FILE: [&str; 3] = ["store", "use", "encrypted-file"];

impl World {
    fn plaintext(&self) -> PathBuf {
        self.data().join("credentials.plaintext.json")
    }

    fn encrypted(&self) -> PathBuf {
        self.data().join("credentials.encrypted")
    }

    /// A command that finds the passphrase in a file.
    fn opening(&self, arguments: &[&str]) -> Result<Command> {
        let path = self.desktop.home().join("passphrase");
        fs::write(&path, PASSPHRASE)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        let mut command = self.command(arguments);
        command.env("FLOWSTATE_STORE_PASSPHRASE_FILE", path);
        Ok(command)
    }

    async fn open(&self, arguments: &[&str]) -> Result<Outcome> {
        Outcome::of(self.opening(arguments)?, "").await
    }

    async fn opened(&self, arguments: &[&str]) -> Result<Outcome> {
        let outcome = self.open(arguments).await?;
        ensure!(outcome.code == 0, "{arguments:?}: {outcome:?}");
        Ok(outcome)
    }

    /// A token is refreshed, with whatever refresh token is kept.
    async fn refreshes(&self, server: &str) -> Result<()> {
        self.change_config(|config| {
            config["servers"][server]["auth"]["expiresAt"] = 1_000_000_000_000_u64.into();
        })?;
        self.opened(&["token", "--server", server]).await.map(drop)
    }
}

#[tokio::test]
async fn a_session_goes_through_every_store_and_still_refreshes() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    let shown = async || world.opened(&["store", "show", "--json"]).await?.json();
    assert_eq!(
        shown().await?,
        json!({"store": "keychain", "source": "settings", "items": 1})
    );

    let moved = world.opened(&["store", "use", "encrypted-file", "--json"]).await?;
    assert_eq!(
        moved.json()?,
        json!({"store": "encrypted-file", "moved": 1, "leftBehind": null})
    );
    assert!(world.kept().await?.is_empty(), "it is in the keychain still");
    assert_eq!(
        shown().await?,
        json!({"store": "encrypted-file", "source": "settings", "items": 1})
    );
    world.refreshes("prod").await?;
    let status = world.opened(&["status", "--json"]).await?.json()?;
    assert_eq!(status["servers"][0]["store"], "encrypted-file");

    let moved = world.opened(&["store", "use", "plaintext"]).await?;
    assert!(
        moved.err.contains("warning") && moved.err.contains("can read"),
        "{moved:?}"
    );
    assert!(!world.encrypted().exists(), "what is empty goes");
    let metadata = fs::metadata(world.plaintext())?;
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    world.refreshes("prod").await?;
    let text = world.opened(&["store", "show"]).await?;
    assert!(
        text.out.starts_with("plaintext, 1 session, in /") && text.err.contains("plaintext"),
        "{text:?}"
    );

    world.opened(&["store", "use", "keychain"]).await?;
    assert_eq!(world.kept().await?.len(), 1);
    assert!(!world.plaintext().exists(), "plain text stays on the disk");
    world.refreshes("prod").await?;
    let again = world.opened(&["store", "use", "keychain", "--json"]).await?;
    assert_eq!(
        again.json()?,
        json!({"store": "keychain", "moved": 0, "leftBehind": null})
    );
    let timeline = fs::read_to_string(world.data().join("timeline/prod.jsonl"))?;
    assert_eq!(timeline.matches("store_changed").count(), 3, "{timeline}");
    world.opened(&["logout"]).await?;
    assert!(world.kept().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_move_that_is_killed_loses_no_session() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    let servers = ["prod", "two", "three"];
    for id in &servers[1..] {
        world.done(&["server", "add", id, "--url", &server.url()]).await?;
    }
    // One code for each, as the second sent to an address in a minute is refused.
    for id in &servers[1..] {
        let code = server.latest_code(ADA).await?;
        let login = ["login", "--server", id, "--email", ADA, "--code", &code];
        if world.run(&login).await?.code != 0 {
            world.sign_in(&server, id).await?;
        }
    }
    let stores = ["encrypted-file", "plaintext", "keychain"];
    let mut ended = 0;
    for round in 0..20 {
        let target = stores[round % stores.len()];
        let mut command = world.opening(&["store", "use", target])?;
        let mut moving = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        // Another moment in each round.
        tokio::time::sleep(Duration::from_millis(20 + 23 * round as u64)).await;
        moving.kill().await?;
        ended += usize::from(!moving.wait().await?.success());
        for id in servers {
            world
                .refreshes(id)
                .await
                .with_context(|| format!("round {round}, to {target}, {id}"))?;
        }
    }
    ensure!(ended >= 5, "only {ended} of 20 were killed before they were done");
    world.opened(&["store", "use", "keychain"]).await?;
    world.opened(&["store", "use", "keychain"]).await?;
    assert_eq!(world.kept().await?.len(), 3);
    assert!(
        !world.plaintext().exists() && !world.encrypted().exists(),
        "copies stay"
    );
    for id in servers {
        world.refreshes(id).await?;
    }
    Ok(())
}

#[tokio::test]
async fn no_log_shows_what_is_moved() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    let token = String::from_utf8(world.kept().await?.remove(0).secret)?;
    for kind in ["encrypted-file", "plaintext", "keychain"] {
        let mut command = world.opening(&["store", "use", kind])?;
        let output = command.env("FLOWSTATE_LOG", "trace").output().await?;
        ensure!(
            output.status.success(),
            "{kind}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        for text in [output.stdout, output.stderr] {
            let text = String::from_utf8_lossy(&text);
            let signature = token.rsplit('.').next().unwrap_or(&token);
            ensure!(
                !text.contains(signature) && !text.contains(PASSPHRASE),
                "{kind} was shown: {text}"
            );
        }
    }
    Ok(())
}
