//! Where secrets are kept: chosen, moved, broken off, out of reach.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use testbed::Server;
use tokio::process::Command;

use crate::person::Person;
use crate::world::{ADA, Outcome, World, failed};

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
async fn a_machine_without_a_keychain_gets_an_answer_and_a_way_out() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::bare().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    let begin = Instant::now();
    let outcome = world.run(&["login", "--email", ADA, "--send-only", "--json"]).await?;
    assert_eq!(outcome.failure()?, failed(6, "store_unavailable"));
    assert!(
        outcome.err.contains("flowstate-auth store use encrypted-file"),
        "{outcome:?}"
    );
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert!(!world.plaintext().exists(), "nobody chose plain text");
    let mut command = world.command(&USE_FILE);
    command.env("FLOWSTATE_STORE_PASSPHRASE_FILE", "/nowhere/passphrase");
    let missing = Outcome::of(command, "").await?;
    assert!(
        missing.code == 6 && missing.err.contains("/nowhere/passphrase"),
        "{missing:?}"
    );

    world.opened(&USE_FILE).await?;
    world.opened(&["login", "--email", ADA, "--send-only"]).await?;
    let code = server.latest_code(ADA).await?;
    world.opened(&["login", "--email", ADA, "--code", &code]).await?;
    world.refreshes("prod").await?;
    let denied = world.open(&["store", "use", "keychain", "--json"]).await?;
    assert_eq!(denied.failure()?, failed(6, "store_unavailable"));
    world.refreshes("prod").await?;
    Ok(())
}

#[tokio::test]
async fn a_keychain_that_does_not_open_is_not_moved_from_but_can_be_left() -> Result<()> {
    let server = Server::start(&[]).await?;
    let mut world = World::signed_in(&server, &server.url()).await?;
    let keyring = world.keyring.take().context("signed in with a keychain")?;
    let refused = async |word: &str| {
        let begin = Instant::now();
        for arguments in [
            &["store", "use", "encrypted-file", "--json"][..],
            &["store", "use", "plaintext", "--json"],
        ] {
            let outcome = world.open(arguments).await?;
            ensure!(outcome.failure()? == failed(6, word), "{outcome:?}");
            ensure!(outcome.err.contains("--without-moving"), "{outcome:?}");
        }
        ensure!(begin.elapsed() < 2 * Duration::from_secs(5), "{:?}", begin.elapsed());
        let begin = Instant::now();
        let shown = world.open(&["store", "show", "--json"]).await?;
        ensure!(
            shown.json()? == json!({"store": "keychain", "source": "settings", "items": null}),
            "{shown:?}"
        );
        ensure!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
        ensure!(
            !world.encrypted().exists() && !world.plaintext().exists(),
            "something was made"
        );
        Ok(())
    };
    keyring.lock().await?;
    refused("locked").await?;
    keyring.unlock().await?;
    keyring.freeze()?;
    refused("store_unavailable").await?;
    keyring.thaw()?;
    world.refreshes("prod").await?;
    keyring.stop().await?;
    refused("store_unavailable").await?;
    let left = world
        .opened(&["store", "use", "encrypted-file", "--without-moving"])
        .await?;
    assert!(left.err.contains("stay there"), "{left:?}");
    world.expire()?;
    let outcome = world.open(&["token", "--json"]).await?;
    assert_eq!(outcome.failure()?, failed(4, "sign_in_needed"));
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_is_said_with_its_exit_code() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    let with = async |variable: &str, value: &str, arguments: &[&str]| {
        let mut command = world.command(arguments);
        command.env(variable, value);
        Outcome::of(command, "").await
    };
    let kind = "FLOWSTATE_CREDENTIAL_STORE";
    let unknown = with(kind, "vault", &["logout", "--json"]).await?;
    assert_eq!(unknown.failure()?, failed(3, "config_unusable"));
    assert!(
        unknown.err.contains("\"vault\"") && unknown.err.contains("plaintext"),
        "{unknown:?}"
    );
    let fixed = with(kind, "plaintext", &["store", "use", "keychain", "--json"]).await?;
    assert_eq!(fixed.failure()?, failed(2, "usage"));
    assert!(fixed.err.contains(kind), "{fixed:?}");
    let shown = with(kind, "plaintext", &["store", "show", "--json"]).await?;
    assert_eq!(
        shown.json()?,
        json!({"store": "plaintext", "source": "env", "items": 0})
    );
    assert_eq!(world.run(&["store", "use", "vault"]).await?.code, 2);

    let nobody = world.run(&["store", "use", "encrypted-file", "--json"]).await?;
    assert_eq!(nobody.failure()?, failed(6, "locked"));
    assert!(nobody.err.contains("FLOWSTATE_STORE_PASSPHRASE_FILE"), "{nobody:?}");
    let variable = "FLOWSTATE_STORE_PASSPHRASE_FILE";
    let missing = with(
        variable,
        "/nowhere/passphrase",
        &["store", "use", "encrypted-file", "--json"],
    )
    .await?;
    assert_eq!(missing.failure()?, failed(6, "store_unavailable"));
    assert!(missing.err.contains("/nowhere/passphrase"), "{missing:?}");
    assert_eq!(world.kept().await?.len(), 1, "something was moved");

    world.opened(&USE_FILE).await?;
    world.expire()?;
    let wrong = world.desktop.home().join("wrong");
    fs::write(&wrong, "hunter2\n")?;
    let before = fs::read(world.encrypted())?;
    for arguments in [
        &["token", "--json"][..],
        &["logout", "--json"],
        &["store", "use", "keychain", "--json"],
    ] {
        let outcome = with(variable, &wrong.to_string_lossy(), arguments).await?;
        assert_eq!(outcome.failure()?, failed(6, "locked"), "{arguments:?}");
        assert!(!outcome.err.contains("hunter2"), "{outcome:?}");
        let nobody = world.run(arguments).await?;
        assert_eq!(nobody.failure()?, failed(6, "locked"), "{arguments:?}");
        assert!(nobody.err.contains(variable), "{nobody:?}");
    }
    assert_eq!(fs::read(world.encrypted())?, before);
    world.refreshes("prod").await?;
    fs::write(world.encrypted(), "damaged")?;
    world.expire()?;
    let damaged = world.open(&["token", "--json"]).await?;
    assert_eq!(damaged.failure()?, failed(6, "store_unavailable"));
    assert!(damaged.err.contains("credentials.encrypted"), "{damaged:?}");
    fs::write(world.data().join("settings.json"), "{")?;
    let unknown = world.open(&["token", "--json"]).await?;
    assert_eq!(unknown.failure()?, failed(3, "settings_unusable"));
    Ok(())
}

#[tokio::test]
async fn a_person_is_asked_for_the_passphrase_once_a_command() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    let mut person = Person::calls(&world, "store use encrypted-file")?;
    person.sees("Choose a passphrase").await?;
    person.sees("Passphrase of the encrypted file: ").await?;
    person.types("hunter2").await?;
    person.sees("The same once more: ").await?;
    person.types("hunter3").await?;
    person.sees("These two differ").await?;
    for question in ["Passphrase of the encrypted file: ", "The same once more: "] {
        person.sees(question).await?;
        person.types(PASSPHRASE).await?;
    }
    person.sees("One was moved.").await?;
    assert_eq!(person.ends().await?, Some(0));

    world.expire()?;
    let mut person = Person::calls(&world, "token")?;
    person.sees("Passphrase of the encrypted file: ").await?;
    person.types("hunter2").await?;
    person.sees("not the passphrase").await?;
    person.sees("Passphrase of the encrypted file: ").await?;
    person.types(PASSPHRASE).await?;
    person.sees("eyJ").await?;
    assert_eq!(person.ends().await?, Some(0));

    world.expire()?;
    let mut person = Person::calls(&world, "token")?;
    person.sees("Passphrase of the encrypted file: ").await?;
    person.types("").await?;
    person.sees("needs its passphrase").await?;
    assert_eq!(person.ends().await?, Some(6));
    for asked_nothing in ["token --json", "store show"] {
        let mut person = Person::calls(&world, asked_nothing)?;
        person.sees("needs its passphrase").await?;
        person.ends().await?;
    }
    Ok(())
}

/// Whoever waits for a person to type must not be waited for by others, nor be given up after the half minute of a step.
#[tokio::test]
async fn nobody_waits_for_a_person_who_types() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.opened(&USE_FILE).await?;
    world.expire()?;
    let mut person = Person::calls(&world, "token")?;
    person.sees("Passphrase of the encrypted file: ").await?;
    let begin = Instant::now();
    world.refreshes("prod").await?;
    ensure!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    tokio::time::sleep(Duration::from_secs(36).saturating_sub(begin.elapsed())).await;
    person.types(PASSPHRASE).await?;
    person.sees("eyJ").await?;
    Ok(())
}
