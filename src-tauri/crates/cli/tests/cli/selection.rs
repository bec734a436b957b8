use std::fs;

use anyhow::Result;

use crate::world::{Outcome, World, failed};

/// Four servers, each with a token of its own that is good for a long time.
pub async fn four_servers() -> Result<World> {
    let world = World::bare().await?;
    let server = |id: &str| {
        format!(
            r#""{id}":{{"url":"https://{id}.example","domainId":"d","auth":{{"accessToken":"of-{id}","refreshToken":"","expiresAt":99999999999999,"userId":"u","email":"e@x.y"}}}}"#
        )
    };
    let servers = ["flag", "env", "project", "default"].map(server).join(",");
    world.write_config(&format!(r#"{{"activeServerId":"default","servers":{{{servers}}}}}"#))?;
    let project = world.desktop.home().join("work/app");
    fs::create_dir_all(project.join(".flowstate"))?;
    fs::create_dir_all(project.join("src"))?;
    fs::write(
        project.join(".flowstate/config.json"),
        r#"{"projectName":"app","activeServerId":"project"}"#,
    )?;
    Ok(world)
}

async fn token(world: &World, folder: &str, variable: Option<&str>, arguments: &[&str]) -> Result<Outcome> {
    let mut command = world.command(&[&["token", "--json"], arguments].concat());
    command.current_dir(world.desktop.home().join(folder));
    command.envs(variable.map(|value| ("FLOWSTATE_SERVER", value)));
    Outcome::of(command, "").await
}

#[tokio::test]
async fn flag_then_variable_then_project_then_default() -> Result<()> {
    let world = four_servers().await?;
    let inside = "work/app/src";
    for (folder, variable, arguments, server) in [
        (inside, Some("env"), &["--server", "flag"][..], "flag"),
        (inside, Some("env"), &[], "env"),
        (inside, Some(""), &[], "project"),
        (inside, None, &[], "project"),
        ("work", None, &[], "default"),
    ] {
        let outcome = token(&world, folder, variable, arguments).await?;
        assert_eq!(outcome.json()?["server"], server, "{folder} {variable:?} {arguments:?}");
        assert_eq!(outcome.json()?["accessToken"], format!("of-{server}"));
    }
    Ok(())
}

#[tokio::test]
async fn whoever_names_an_unknown_server_is_named() -> Result<()> {
    let world = four_servers().await?;
    let project = world.desktop.home().join("work/app/.flowstate/config.json");
    let env = token(&world, "", Some("gone"), &[]).await?;
    assert_eq!(env.failure()?, failed(3, "unknown_server"));
    assert!(env.err.contains("$FLOWSTATE_SERVER"), "{env:?}");
    fs::write(&project, r#"{"activeServerId":"gone"}"#)?;
    let named = token(&world, "work/app", None, &[]).await?;
    assert_eq!(named.failure()?, failed(3, "unknown_server"));
    assert!(named.err.contains("work/app/.flowstate/config.json"), "{named:?}");
    fs::write(&project, "{")?;
    let broken = token(&world, "work/app", None, &[]).await?;
    assert_eq!(broken.failure()?, failed(3, "config_unusable"));
    assert_eq!(token(&world, "work/app", None, &["--server", "flag"]).await?.code, 0);
    Ok(())
}

#[tokio::test]
async fn a_machine_that_names_none_is_told_how_to() -> Result<()> {
    let world = World::bare().await?;
    let none = world.run(&["token", "--json"]).await?;
    assert_eq!(none.failure()?, failed(3, "no_server"));
    assert!(none.err.contains("server add"), "{none:?}");
    world.write_config(r#"{"servers":{"a":{"url":"https://a.example","domainId":"d"}}}"#)?;
    let not_chosen = world.run(&["token", "--json"]).await?;
    assert_eq!(not_chosen.failure()?, failed(3, "no_server"));
    assert!(not_chosen.err.contains("server use"), "{not_chosen:?}");
    Ok(())
}
