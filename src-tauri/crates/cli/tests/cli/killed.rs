//! `kill -9` at any moment: the file always parses, and no profile, no unknown key and no session is lost.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use testbed::Server;

use crate::world::{ADA, World};

/// With the rounds of the app in the shell's tests these are 500.
const ROUNDS: u64 = 440;
/// Longer than the longest of these commands takes here.
const LONGEST: u64 = 70;

/// What programs that were killed left behind.
fn left_over(world: &World) -> Result<usize> {
    let names = fs::read_dir(world.desktop.config_dir())?.flatten();
    Ok(names
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            name.starts_with(".config.json.") && name.ends_with(".tmp")
        })
        .count())
}

#[tokio::test]
async fn a_program_that_is_killed_at_any_moment_loses_nothing() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.change_config(|config| {
        config["dojo"] = json!({"token": "theirs"});
        config["servers"]["prod"]["mcpUrl"] = json!("https://mcp.example.com");
    })?;
    let commands: [&[&str]; 6] = [
        &["token"],
        &["refresh"],
        &["server", "share", "prod", "full"],
        &["token"],
        &["server", "share", "prod", "access"],
        &["server", "edit", "prod", "--name", "Prod"],
    ];
    for round in 0..ROUNDS {
        world.expire()?;
        let arguments = commands[usize::try_from(round)? % commands.len()];
        let mut child = world.command(arguments).kill_on_drop(true).spawn()?;
        // Every moment comes once, in no order.
        tokio::time::sleep(Duration::from_millis(round * 29 % LONGEST)).await;
        child.kill().await?;
        let what = || format!("round {round}, {arguments:?}");
        let config = world.config().with_context(what)?;
        let prod = &config["servers"]["prod"];
        ensure!(
            prod["auth"]["email"] == ADA && prod["mcpUrl"] == "https://mcp.example.com",
            "{}: {config:#}\n{}",
            what(),
            server.stderr()
        );
        ensure!(
            config["dojo"]["token"] == "theirs" && config["activeServerId"] == "prod",
            "{}",
            what()
        );
        let strays = left_over(&world)?;
        ensure!(strays <= 1, "{}: {strays} temporary files", what());
    }
    world.expire()?;
    let token = match world.done(&["token"]).await {
        Ok(token) => token,
        // Who ended it, and when.
        Err(error) => {
            let told = world.run(&["status", "--timeline", "--json"]).await?;
            return Err(error.context(format!("{told:?}\n{}", server.stderr())));
        }
    };
    ensure!(token.out.starts_with("eyJ"));
    ensure!(left_over(&world)? == 0, "the next start did not clean up");
    ensure!(
        world.kept().await?.len() == 1,
        "the keychain holds {:?}",
        world.kept().await?
    );
    Ok(())
}
