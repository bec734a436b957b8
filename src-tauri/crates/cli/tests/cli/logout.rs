use anyhow::Result;
use serde_json::json;
use testbed::Server;

use crate::world::{World, failed};

async fn refresh_status(server: &Server, refresh_token: &[u8]) -> Result<u16> {
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
