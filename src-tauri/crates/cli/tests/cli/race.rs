use std::process::Stdio;

use anyhow::Result;
use testbed::{FaultyProxy, Server};

use crate::agent;
use crate::world::World;

/// As many as a build may start at once.
const PROGRAMS: usize = 64;

#[tokio::test]
async fn sixty_four_programs_at_expiry_make_one_refresh() -> Result<()> {
    let server = Server::start(&[]).await?;
    let proxy = FaultyProxy::start(server.address()).await?;
    let world = World::signed_in(&server, &proxy.url()).await?;
    world.expire()?;
    one_token_for_all(&world, &proxy).await
}

#[tokio::test]
async fn sixty_four_programs_at_expiry_get_one_token_from_the_agent() -> Result<()> {
    let server = Server::start(&[]).await?;
    let proxy = FaultyProxy::start(server.address()).await?;
    let world = World::signed_in(&server, &proxy.url()).await?;
    world.expire()?;
    let _agent = agent::start(&world).await?;
    one_token_for_all(&world, &proxy).await
}

async fn one_token_for_all(world: &World, proxy: &FaultyProxy) -> Result<()> {
    let mut running = Vec::new();
    for _ in 0..PROGRAMS {
        let mut command = world.command(&["token"]);
        running.push(
            command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .kill_on_drop(true)
                .spawn()?,
        );
    }
    let mut tokens = Vec::new();
    for child in running {
        let output = child.wait_with_output().await?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        tokens.push(String::from_utf8(output.stdout)?);
    }
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "they got different tokens");
    let refreshes = proxy
        .requests()
        .into_iter()
        .filter(|request| request == "POST /auth/refresh");
    assert_eq!(refreshes.count(), 1);
    Ok(())
}
