use anyhow::{Context, Result};
use serde_json::{Value, json};
use testbed::{Fault, FaultyProxy, Server};

use crate::world::{World, failed};

/// What the server answers to a refresh with that token.
pub async fn refresh_status(server: &Server, refresh_token: &[u8]) -> Result<u16> {
    let body = json!({"refreshToken": String::from_utf8(refresh_token.to_vec())?});
    let http = reqwest::Client::builder().no_proxy().build()?;
    let reply = http
        .post(format!("{}/auth/refresh", server.url()))
        .json(&body)
        .send()
        .await?;
    Ok(reply.status().as_u16())
}

#[tokio::test]
async fn signing_out_ends_the_session_at_the_server_and_here() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.change_config(|config| config["servers"]["prod"]["auth"]["serviceToken"] = "keep".into())?;
    let secret = world.kept().await?.remove(0).secret;
    let outcome = world.done(&["logout", "--json"]).await?;
    assert_eq!(
        outcome.json()?,
        json!({"server": "prod", "everywhere": true, "reason": null})
    );
    assert!(world.kept().await?.is_empty());
    assert_eq!(
        world.config()?["servers"]["prod"]["auth"],
        json!({"serviceToken": "keep"})
    );
    assert_eq!(refresh_status(&server, &secret).await?, 401);
    assert_eq!(
        world.run(&["token", "--json"]).await?.failure()?,
        failed(4, "signed_out")
    );
    world.done(&["logout"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_away_does_not_keep_one_from_signing_out() -> Result<()> {
    let mut server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    server.stop().await?;
    let outcome = world.done(&["logout", "--json"]).await?;
    assert_eq!(outcome.json()?["everywhere"], false);
    assert!(outcome.err.contains("warning"), "{outcome:?}");
    let kept = world.kept().await?;
    assert!(
        kept.len() == 1 && kept[0].attributes["username"].starts_with("signed out/prod/"),
        "the token is kept for the server alone: {kept:?}"
    );
    assert_eq!(world.config()?["servers"]["prod"].get("auth"), None);
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_removed_or_moved_is_signed_out_first() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    let secret = world.kept().await?.remove(0).secret;
    let moved = world.done(&["server", "edit", "prod", "--domain", "elsewhere"]).await?;
    assert!(moved.err.contains("signed out"), "{moved:?}");
    assert_eq!(refresh_status(&server, &secret).await?, 401);
    world.done(&["server", "edit", "prod", "--domain", "default"]).await?;
    world.sign_in(&server, "prod").await?;
    let secret = world.kept().await?.remove(0).secret;
    world.done(&["server", "remove", "prod"]).await?;
    assert_eq!(refresh_status(&server, &secret).await?, 401);
    assert!(world.kept().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn removing_or_moving_a_server_that_is_away_says_that_it_was_not_told() -> Result<()> {
    let mut server = Server::start(&[]).await?;
    let (one, other) = (
        World::signed_in(&server, &server.url()).await?,
        World::signed_in(&server, &server.url()).await?,
    );
    server.stop().await?;
    let moved = one.done(&["server", "edit", "prod", "--domain", "elsewhere"]).await?;
    assert!(moved.err.contains("the server was not told"), "{moved:?}");
    let removed = other.done(&["server", "remove", "prod"]).await?;
    assert!(removed.err.contains("the server was not told"), "{removed:?}");
    Ok(())
}

#[tokio::test]
async fn a_renamed_server_keeps_its_session() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.expire()?;
    world.done(&["server", "rename", "prod", "live"]).await?;
    let token = world.done(&["token", "--json"]).await?;
    assert_eq!(token.json()?["server"], "live");
    assert_eq!(world.kept().await?.len(), 1);
    Ok(())
}

/// Ada is signed in to `prod`, `two` and `three`, of which `two` is at `url`.
async fn three_sessions(server: &Server, url: &str) -> Result<World> {
    let world = World::signed_in(server, &server.url()).await?;
    for (id, url) in [("two", url), ("three", server.url().as_str())] {
        world.done(&["server", "add", id, "--url", url]).await?;
        world.sign_in(server, id).await?;
    }
    Ok(world)
}

#[tokio::test]
async fn all_sessions_are_ended_and_a_server_that_is_away_keeps_no_other_from_it() -> Result<()> {
    let server = Server::start(&[]).await?;
    let mut proxy = FaultyProxy::start(server.address()).await?;
    let world = three_sessions(&server, &proxy.url()).await?;
    world
        .done(&["server", "add", "never", "--url", "https://never.example"])
        .await?;
    let secrets: Vec<Vec<u8>> = world.kept().await?.into_iter().map(|item| item.secret).collect();
    assert_eq!(secrets.len(), 3);
    // A server that another program took off the list has its session still.
    world.change_config(|config| {
        config["servers"].as_object_mut().map(|servers| servers.remove("three"));
    })?;
    proxy.set(Fault::Refuse).await?;
    let outcome = world.done(&["logout", "--all", "--json"]).await?;
    let told: Vec<(Value, Value)> = outcome
        .json()?
        .as_array()
        .context("no list")?
        .iter()
        .map(|one| (one["server"].clone(), one["everywhere"].clone()))
        .collect();
    let expected = [("prod", true), ("two", false), ("never", true), ("three", true)];
    assert_eq!(told, expected.map(|(id, everywhere)| (json!(id), json!(everywhere))));
    for line in [
        "Signed out of prod.",
        "Signed out of two.",
        "Signed out of three.",
        "the server was not told",
    ] {
        assert!(outcome.err.contains(line), "{line}: {outcome:?}");
    }
    assert_eq!(status(&world).await?, 4);
    let mut ended = 0;
    for secret in secrets {
        ended += u16::from(refresh_status(&server, &secret).await? == 401);
    }
    assert_eq!(ended, 2, "the one that is away could not be told");
    Ok(())
}

async fn status(world: &World) -> Result<i32> {
    Ok(world.run(&["status"]).await?.code)
}

#[tokio::test]
async fn the_first_failure_is_the_exit_code_after_all_were_tried() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = three_sessions(&server, &server.url()).await?;
    world.change_config(|config| config["servers"]["two"]["url"] = "no address".into())?;
    let outcome = world.run(&["logout", "--all", "--json"]).await?;
    assert_eq!(outcome.code, 3);
    let list = outcome.json()?;
    assert_eq!((&list[1]["server"], &list[1]["ok"]), (&json!("two"), &json!(false)));
    assert_eq!(list[1]["code"], "invalid_server");
    assert!(outcome.err.contains("two is still signed in"), "{outcome:?}");
    for other in [0, 2] {
        assert_eq!(list[other]["everywhere"], true, "{list}");
    }
    let both = world.run(&["logout", "--all", "--server", "two", "--json"]).await?;
    assert_eq!(both.failure()?, failed(2, "usage"));
    let none = World::bare().await?;
    assert_eq!(none.done(&["logout", "--all", "--json"]).await?.json()?, json!([]));
    Ok(())
}
