//! Another program changed the shared file so that something of ours would be lost: a person decides.

use anyhow::Result;
use serde_json::{Value, json};
use testbed::Server;

use crate::logout::refresh_status;
use crate::world::{ADA, World, failed};

const MINE: &str = "ada@example.com";

fn take_away(world: &World) -> Result<()> {
    world.change_config(|config| {
        config["servers"].as_object_mut().map(|servers| servers.remove("prod"));
    })
}

fn put_another_in(world: &World) -> Result<()> {
    world.change_config(|config| {
        let auth = &mut config["servers"]["prod"]["auth"];
        auth["userId"] = "somebody".into();
        auth["email"] = "bob@example.com".into();
        auth["accessToken"] = "of-bob".into();
    })
}

async fn conflict(world: &World) -> Result<Value> {
    let status = world.run(&["status", "--json"]).await?.json()?;
    Ok(status["servers"][0]["conflict"].clone())
}

#[tokio::test]
async fn a_server_that_vanished_is_put_back() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    take_away(&world)?;
    assert_eq!(conflict(&world).await?, json!({"kind": "vanished"}));
    let status = world.run(&["status"]).await?;
    assert!(
        status.out.contains("server settle prod --ours or --theirs"),
        "{status:?}"
    );
    let settled = world.done(&["server", "settle", "prod", "--ours", "--json"]).await?;
    assert_eq!(settled.json()?, json!({"server": "prod", "kept": "ours"}));
    assert_eq!(world.config()?["servers"]["prod"]["auth"]["email"], MINE);
    world.done(&["token", "--server", "prod"]).await?;
    assert_eq!(conflict(&world).await?, Value::Null);
    Ok(())
}

#[tokio::test]
async fn a_server_that_vanished_is_given_up() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    let secret = world.kept().await?.remove(0).secret;
    take_away(&world)?;
    let settled = world.done(&["server", "settle", "prod", "--theirs", "--json"]).await?;
    assert_eq!(settled.json()?, json!({"server": "prod", "kept": "theirs"}));
    assert_eq!(refresh_status(&server, &secret).await?, 401);
    assert!(world.kept().await?.is_empty());
    assert_eq!(world.run(&["status", "--json"]).await?.json()?["servers"], json!([]));
    Ok(())
}

#[tokio::test]
async fn a_session_that_another_replaced_is_decided_about() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    let secret = world.kept().await?.remove(0).secret;
    put_another_in(&world)?;
    assert_eq!(
        conflict(&world).await?,
        json!({"kind": "replaced", "theirs": "bob@example.com", "ours": ADA})
    );
    world.done(&["server", "settle", "prod", "--ours"]).await?;
    assert_eq!(world.config()?["servers"]["prod"]["auth"]["email"], ADA);
    assert_eq!(conflict(&world).await?, Value::Null);
    put_another_in(&world)?;
    let given_up = world.done(&["server", "settle", "prod", "--theirs"]).await?;
    assert!(given_up.err.contains("is ended"), "{given_up:?}");
    assert_eq!(world.config()?["servers"]["prod"]["auth"]["accessToken"], "of-bob");
    assert_eq!(refresh_status(&server, &secret).await?, 401);
    Ok(())
}

#[tokio::test]
async fn where_there_is_nothing_to_decide_that_is_said() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    for id in ["prod", "nope"] {
        let nothing = world.run(&["server", "settle", id, "--ours", "--json"]).await?;
        assert_eq!(nothing.failure()?, failed(2, "nothing_to_settle"), "{id}");
    }
    for arguments in [
        &["server", "settle", "prod"][..],
        &["server", "settle", "prod", "--ours", "--theirs"],
    ] {
        assert_eq!(world.run(arguments).await?.code, 2, "{arguments:?}");
    }
    world.done(&["token"]).await?;
    Ok(())
}
