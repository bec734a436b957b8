use anyhow::Result;
use serde_json::{Value, json};
use testbed::Server;

use crate::world::{ADA, World, failed};

fn auth(world: &World) -> Result<Value> {
    Ok(world.config()?["servers"]["prod"]["auth"].clone())
}

#[tokio::test]
async fn what_is_shared_is_what_stands_in_the_file() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    let kept = String::from_utf8(world.kept().await?.remove(0).secret)?;
    let full = world.done(&["server", "share", "prod", "full", "--json"]).await?;
    assert_eq!(full.json()?, json!({"server": "prod", "sharing": "full"}));
    assert!(full.err.contains("and the refresh token of prod"), "{full:?}");
    assert_eq!(auth(&world)?["refreshToken"], kept);
    let status = world.done(&["status"]).await?;
    assert!(
        status
            .out
            .contains("refresh token in the keychain, and in the shared file"),
        "{status:?}"
    );

    let none = world.done(&["server", "share", "prod", "none"]).await?;
    assert!(none.err.contains("nothing of the session of prod"), "{none:?}");
    assert_eq!(auth(&world)?, Value::Null);
    let token = world.done(&["token"]).await?.out;
    assert!(token.starts_with("eyJ"), "{token}");
    assert_eq!(auth(&world)?, Value::Null, "a refresh shares nothing");
    let status = world.done(&["status", "--json"]).await?.json()?;
    assert_eq!(
        (&status["servers"][0]["sharing"], &status["servers"][0]["email"]),
        (&json!("none"), &json!(ADA))
    );

    let access = world.done(&["server", "share", "prod", "access"]).await?;
    assert!(access.err.contains("its refreshToken is empty"), "{access:?}");
    assert_eq!(
        (&auth(&world)?["refreshToken"], &auth(&world)?["email"]),
        (&json!(""), &json!(ADA))
    );
    world.done(&["token"]).await?;
    Ok(())
}

#[tokio::test]
async fn it_can_be_chosen_before_anybody_signs_in() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    world.done(&["server", "share", "prod", "none"]).await?;
    world.sign_in(&server, "prod").await?;
    assert_eq!(auth(&world)?, Value::Null);
    assert_eq!(world.done(&["status"]).await?.code, 0);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_shared_is_refused() -> Result<()> {
    let world = World::bare().await?;
    world
        .done(&["server", "add", "prod", "--url", "https://a.example"])
        .await?;
    let unknown = world.run(&["server", "share", "nope", "none", "--json"]).await?;
    assert_eq!(unknown.failure()?, failed(3, "unknown_server"));
    let word = world.run(&["server", "share", "prod", "everything", "--json"]).await?;
    assert_eq!(word.failure()?, failed(2, "usage"));
    assert!(word.err.contains("access, full, none"), "{word:?}");
    Ok(())
}
