//! A server that was not told of a sign-out is told by whatever command comes next.

use anyhow::Result;
use serde_json::json;
use testbed::Server;

use crate::logout::refresh_status;
use crate::world::World;

/// Ada signed out of `prod` while the server was away; the next try is due now. Gives the refresh token.
async fn untold(server: &mut Server, world: &World) -> Result<Vec<u8>> {
    world.sign_in(server, "prod").await?;
    let mut kept = world.kept().await?;
    kept.retain(|item| item.attributes["username"].starts_with("prod"));
    let secret = kept.remove(0).secret;
    server.stop().await?;
    let logout = world.done(&["logout", "--server", "prod"]).await?;
    assert!(
        logout.err.contains("it will be told as soon as it can be reached"),
        "{logout:?}"
    );
    let status = world.run(&["status", "--server", "prod", "--json"]).await?.json()?;
    assert_eq!(status["signOutsWaiting"], json!(["prod"]));
    let text = world.run(&["status", "--server", "prod"]).await?;
    assert!(
        text.out.contains("prod has yet to hear that you signed out"),
        "{text:?}"
    );
    world.change_settings(|settings| settings["signOuts"][0]["retryAt"] = 0.into())?;
    server.restart().await?;
    Ok(secret)
}

#[tokio::test]
async fn the_next_command_tells_it() -> Result<()> {
    let mut server = Server::start(&[]).await?;
    let world = World::with_keyring().await?;
    for id in ["prod", "two"] {
        world.done(&["server", "add", id, "--url", &server.url()]).await?;
    }
    world.sign_in(&server, "two").await?;
    for command in ["refresh", "status", "logout"] {
        let secret = untold(&mut server, &world).await?;
        let outcome = world.done(&[command, "--server", "two"]).await?;
        assert!(
            outcome.err.contains("prod has heard of your earlier sign-out"),
            "{outcome:?}"
        );
        assert_eq!(refresh_status(&server, &secret).await?, 401, "{command}");
    }
    let secret = untold(&mut server, &world).await?;
    let login = world.sign_in(&server, "two").await?;
    assert!(
        login.err.contains("prod has heard of your earlier sign-out"),
        "{login:?}"
    );
    assert_eq!(refresh_status(&server, &secret).await?, 401);
    let status = world.done(&["status", "--server", "two", "--json"]).await?.json()?;
    assert_eq!(status["signOutsWaiting"], json!([]));
    Ok(())
}

/// The work itself is not kept waiting for it.
#[tokio::test]
async fn a_server_that_is_silent_gets_two_seconds() -> Result<()> {
    let mut server = Server::start(&[]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    untold(&mut server, &world).await?;
    let address = server.address();
    server.stop().await?;
    // Takes every connection and says nothing.
    let silent = tokio::net::TcpListener::bind(address).await?;
    let begin = std::time::Instant::now();
    let status = world.run(&["status", "--json"]).await?;
    assert!(begin.elapsed() < std::time::Duration::from_secs(10), "{status:?}");
    assert_eq!(status.json()?["signOutsWaiting"], json!(["prod"]));
    drop(silent);
    Ok(())
}
