//! Stores that do not open, and what cannot be.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use testbed::Server;

use super::USE_FILE;
use crate::world::{ADA, Outcome, World, failed};

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
    let spent = world
        .run(&["login", "--email", ADA, "--code", "123456", "--json"])
        .await?;
    assert_eq!(
        spent.failure()?,
        failed(6, "store_unavailable"),
        "the code was spent in vain"
    );
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
async fn where_no_session_bus_listens_there_is_a_way_out_too() -> Result<()> {
    let world = World::bare().await?;
    world
        .done(&["server", "add", "prod", "--url", "https://here.example.com"])
        .await?;
    // As over SSH: the address is known, and nobody there.
    let nowhere = format!("unix:path={}", world.desktop.home().join("bus").display());
    let mut login = world.command(&["login", "--email", ADA, "--send-only", "--json"]);
    login.env("DBUS_SESSION_BUS_ADDRESS", &nowhere);
    let outcome = Outcome::of(login, "").await?;
    assert_eq!(outcome.failure()?, failed(6, "store_unavailable"));
    assert!(
        outcome.err.contains("flowstate-auth store use encrypted-file"),
        "{outcome:?}"
    );
    let mut choose = world.opening(&USE_FILE)?;
    choose.env("DBUS_SESSION_BUS_ADDRESS", &nowhere);
    let chosen = Outcome::of(choose, "").await?;
    assert!(chosen.code == 0, "{chosen:?}");
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
        let login = world
            .open(&["login", "--email", ADA, "--code", "123456", "--json"])
            .await?;
        ensure!(
            login.failure()? == failed(6, word),
            "the code was spent in vain: {login:?}"
        );
        ensure!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
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
