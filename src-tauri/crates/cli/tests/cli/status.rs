use anyhow::Result;
use serde_json::json;
use testbed::Server;

use crate::world::{ADA, World};

#[tokio::test]
async fn status_has_the_shape_of_the_contract() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world
        .done(&["server", "add", "two", "--url", "https://two.example"])
        .await?;
    let auth = world.config()?["servers"]["prod"]["auth"].clone();
    let outcome = world.done(&["status", "--json"]).await?;
    assert_eq!(
        outcome.json()?,
        json!({
            "servers": [
                {
                    "id": "prod", "name": "prod", "url": server.url(), "domainId": "default", "active": true,
                    "state": "signed_in", "email": ADA, "userId": auth["userId"], "expiresAt": auth["expiresAt"],
                    "store": "keychain", "sharing": "access", "clockSkew": null, "conflict": null,
                },
                {
                    "id": "two", "name": "two", "url": "https://two.example", "domainId": "default", "active": false,
                    "state": "signed_out", "email": null, "userId": null, "expiresAt": null,
                    "store": "keychain", "sharing": "access", "clockSkew": null, "conflict": null,
                },
            ],
            "agent": {"running": false, "pid": null}, "environment": null, "signOutsWaiting": [],
        })
    );
    let text = world.done(&["status"]).await?;
    assert!(
        text.out
            .contains("* prod: signed in as ada@example.com, token good for 14 min"),
        "{text:?}"
    );
    assert!(text.out.contains("  two: signed out"), "{text:?}");
    Ok(())
}

#[tokio::test]
async fn status_ends_as_token_would() -> Result<()> {
    let mut server = Server::start(&[]).await?;
    let mut world = World::signed_in(&server, &server.url()).await?;
    world
        .done(&["server", "add", "two", "--url", "https://two.example"])
        .await?;
    let two = world.run(&["status", "--server", "two", "--json"]).await?;
    assert_eq!(two.code, 4);
    assert_eq!(two.json()?["servers"].as_array().map(Vec::len), Some(1));
    world.expire()?;
    assert_eq!(
        state(&world).await?,
        (0, "signed_in".to_owned()),
        "a token that ended is refreshed"
    );
    world.expire()?;
    server.stop().await?;
    assert_eq!(state(&world).await?, (5, "offline".to_owned()));
    if let Some(keyring) = &world.keyring {
        keyring.lock().await?;
    }
    assert_eq!(state(&world).await?, (6, "locked".to_owned()));
    if let Some(keyring) = world.keyring.take() {
        keyring.stop().await?;
    }
    assert_eq!(state(&world).await?, (6, "locked".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_machine_without_servers_has_a_status_too() -> Result<()> {
    let world = World::bare().await?;
    let outcome = world.run(&["status", "--json"]).await?;
    assert_eq!((outcome.code, &outcome.json()?["servers"]), (3, &json!([])));
    assert!(outcome.err.contains("server add"), "{outcome:?}");
    Ok(())
}

async fn state(world: &World) -> Result<(i32, String)> {
    let outcome = world.run(&["status", "--json"]).await?;
    let state = outcome.json()?["servers"][0]["state"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    Ok((outcome.code, state))
}
