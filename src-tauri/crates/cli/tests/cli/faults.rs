use anyhow::{Context, Result};
use serde_json::json;
use testbed::{Fault, FaultyProxy, Server};

use crate::world::{ADA, World, failed};

#[tokio::test]
async fn a_server_that_fails_costs_no_session() -> Result<()> {
    let server = Server::start(&[]).await?;
    let mut proxy = FaultyProxy::start(server.address()).await?;
    let world = World::signed_in(&server, &proxy.url()).await?;
    world.expire()?;
    for (fault, word) in [
        (Fault::Refuse, "offline"),
        (Fault::ServerError, "offline"),
        (Fault::CutReply(60), "offline"),
        (Fault::Garbage, "not_an_auth_server"),
        (Fault::Html, "not_an_auth_server"),
    ] {
        proxy.set(fault).await?;
        let outcome = world.run(&["token", "--json"]).await?;
        assert_eq!(outcome.failure()?, failed(5, word), "{fault:?}: {outcome:?}");
        assert!(!outcome.err.contains('<'), "no page is quoted: {outcome:?}");
        let login = world.run(&["login", "--email", ADA, "--send-only", "--json"]).await?;
        assert_eq!(login.failure()?, failed(5, word), "{fault:?}: {login:?}");
    }
    proxy.set(Fault::None).await?;
    world.done(&["token"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_reply_that_was_lost_costs_no_session() -> Result<()> {
    let server = Server::start(&[]).await?;
    let proxy = FaultyProxy::start(server.address()).await?;
    let world = World::signed_in(&server, &proxy.url()).await?;
    world.expire()?;
    // Before it refreshes, the program asks for the server's keys.
    proxy.once(Fault::None)?;
    proxy.once(Fault::DropReply)?;
    assert_eq!(world.run(&["token"]).await?.code, 5);
    assert_eq!(proxy.requests().last().map(String::as_str), Some("POST /auth/refresh"));
    world.done(&["token"]).await?;
    world.expire()?;
    world.done(&["token"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_profile_pointed_at_another_domain_spends_no_token_of_the_first() -> Result<()> {
    let server = Server::start(&["--domain", "default", "--domain", "other"]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.expire()?;
    world.change_config(|config| config["servers"]["prod"]["domainId"] = "other".into())?;
    assert_eq!(
        world.run(&["token", "--json"]).await?.failure()?,
        failed(4, "sign_in_needed")
    );
    world.change_config(|config| config["servers"]["prod"]["domainId"] = "default".into())?;
    world.done(&["token"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_keychain_that_is_locked_or_absent_is_told_apart() -> Result<()> {
    let server = Server::start(&[]).await?;
    let mut world = World::signed_in(&server, &server.url()).await?;
    world.expire()?;
    let keyring = world.keyring.take().context("signed in with a keychain")?;
    keyring.lock().await?;
    let login = ["login", "--email", ADA, "--send-only", "--json"];
    for arguments in [&["token", "--json"][..], &login, &["logout", "--json"]] {
        let locked = world.run(arguments).await?;
        assert_eq!(locked.failure()?, failed(6, "locked"), "{arguments:?}");
        assert!(locked.err.contains("unlock"), "{locked:?}");
    }
    keyring.unlock().await?;
    world.done(&["token"]).await?;
    world.expire()?;
    keyring.freeze()?;
    let deaf = world.run(&["token", "--json"]).await?;
    assert_eq!(deaf.failure()?, failed(6, "store_unavailable"));
    keyring.thaw()?;
    keyring.stop().await?;
    for arguments in [&["token", "--json"][..], &login] {
        let absent = world.run(arguments).await?;
        assert_eq!(absent.failure()?, failed(6, "store_unavailable"), "{arguments:?}");
        assert!(
            absent.err.contains("no keychain") || absent.err.contains("No keychain"),
            "{absent:?}"
        );
    }
    assert_eq!(
        world.config()?["servers"]["prod"]["auth"]["email"],
        json!(ADA),
        "nothing is lost"
    );
    Ok(())
}

/// In one test, because each takes half a minute.
#[tokio::test]
async fn a_silent_server_and_a_session_that_another_keeps_locked_are_given_up() -> Result<()> {
    let server = Server::start(&[]).await?;
    let mut proxy = FaultyProxy::start(server.address()).await?;
    let silent = World::signed_in(&server, &proxy.url()).await?;
    silent.expire()?;
    proxy.set(Fault::Hang).await?;
    let locked = World::signed_in(&server, &server.url()).await?;
    locked.expire()?;
    let locks = locked.desktop.config_dir().join("locks");
    let file = std::fs::read_dir(&locks)?.next().context("no lock file")??.path();
    let held = std::fs::File::options().read(true).write(true).open(file)?;
    held.lock()?;
    let token = ["token", "--json"];
    let (from_silent, from_locked) = tokio::join!(silent.run(&token), locked.run(&token));
    assert_eq!(from_silent?.failure()?, failed(5, "offline"));
    assert_eq!(from_locked?.failure()?, failed(3, "busy"));
    held.unlock()?;
    locked.done(&token).await?;
    Ok(())
}
