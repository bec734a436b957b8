//! Machines without a profile: variables stand in for it.

use anyhow::Result;
use serde_json::json;

use crate::selection::four_servers;
use crate::world::{Outcome, World};

/// With a bearer of somebody else in the environment.
async fn with_bearer(world: &World, arguments: &[&str]) -> Result<Outcome> {
    let mut command = world.command(arguments);
    command.env("FLOWSTATE_AUTH_TOKEN", "static-bearer");
    Outcome::of(command, "").await
}

#[tokio::test]
async fn a_bearer_of_the_environment_is_handed_on_and_nothing_is_touched() -> Result<()> {
    let world = World::bare().await?;
    world.write_config("broken")?;
    for (arguments, out) in [
        (&["token"][..], "static-bearer\n"),
        (
            &["token", "--json"],
            "{\"accessToken\":\"static-bearer\",\"expiresAt\":null,\"server\":null}\n",
        ),
        (&["headers"], "{\"Authorization\":\"Bearer static-bearer\"}\n"),
        (
            &[
                "exec",
                "--",
                "sh",
                "-c",
                "echo $FLOWSTATE_AUTH_TOKEN ${FLOWSTATE_REST_URL-unset}",
            ],
            "static-bearer unset\n",
        ),
        (
            &["which", "--json"],
            "{\"server\":null,\"rule\":\"env\",\"source\":\"$FLOWSTATE_AUTH_TOKEN\",\"expiresAt\":null,\"store\":null}\n",
        ),
    ] {
        let outcome = with_bearer(&world, arguments).await?;
        assert_eq!((outcome.code, outcome.out.as_str(), outcome.err.as_str()), (0, out, ""));
    }
    let which = with_bearer(&world, &["which"]).await?;
    assert!(which.out.contains("$FLOWSTATE_AUTH_TOKEN is set"), "{which:?}");
    Ok(())
}

#[tokio::test]
async fn a_server_that_was_named_beside_a_bearer_is_passed_over_with_a_word() -> Result<()> {
    let world = four_servers().await?;
    for command in ["token", "headers", "which"] {
        let outcome = with_bearer(&world, &[command, "--server", "flag", "--json"]).await?;
        assert_eq!(outcome.code, 0);
        assert!(!outcome.out.contains("of-flag"), "{outcome:?}");
        assert!(
            outcome.err.contains("warning") && outcome.err.contains("--server flag"),
            "{outcome:?}"
        );
    }
    assert_eq!(
        world.done(&["token", "--json"]).await?.json()?["server"],
        json!("default")
    );
    Ok(())
}
