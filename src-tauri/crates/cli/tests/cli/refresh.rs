use anyhow::Result;
use serde_json::json;
use testbed::{FaultyProxy, Server};

use crate::world::{World, failed};

#[tokio::test]
async fn even_a_good_token_is_refreshed_and_not_shown() -> Result<()> {
    let server = Server::start(&[]).await?;
    let proxy = FaultyProxy::start(server.address()).await?;
    let world = World::signed_in(&server, &proxy.url()).await?;
    let (before, secret) = (world.done(&["token"]).await?.out, world.kept().await?.remove(0).secret);
    let outcome = world.done(&["refresh", "--json"]).await?;
    let after = world.config()?["servers"]["prod"]["auth"].clone();
    assert_eq!(
        outcome.json()?,
        json!({"server": "prod", "expiresAt": after["expiresAt"]})
    );
    assert_ne!(world.done(&["token"]).await?.out, before);
    assert_ne!(world.kept().await?.remove(0).secret, secret);
    let text = world.done(&["refresh", "--server", "prod"]).await?;
    assert_eq!(text.out, "");
    assert!(text.err.contains("Refreshed prod; its token is good for 1"), "{text:?}");
    let refreshes = proxy.requests().into_iter().filter(|line| line == "POST /auth/refresh");
    assert_eq!(refreshes.count(), 2);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_refreshed_is_told_and_kept() -> Result<()> {
    let mut server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world
        .done(&["server", "add", "two", "--url", "https://two.example"])
        .await?;
    let two = world.run(&["refresh", "--server", "two", "--json"]).await?;
    assert_eq!(two.failure()?, failed(4, "signed_out"));
    let token = world.done(&["token"]).await?.out;
    server.stop().await?;
    let away = world.run(&["refresh", "--json"]).await?;
    assert_eq!(away.failure()?, failed(5, "offline"));
    assert_eq!(world.done(&["token"]).await?.out, token, "the good one is still good");
    Ok(())
}
