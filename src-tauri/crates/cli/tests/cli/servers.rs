use anyhow::Result;
use serde_json::json;

use crate::world::{World, failed};

#[tokio::test]
async fn servers_are_added_listed_chosen_changed_and_removed() -> Result<()> {
    let world = World::bare().await?;
    let empty = world.done(&["server", "list"]).await?;
    assert!(empty.out.is_empty() && empty.err.contains("server add"), "{empty:?}");
    let added = world
        .done(&["server", "add", "prod", "--url", "https://auth.example.com/", "--json"])
        .await?;
    assert_eq!(
        added.json()?,
        json!({"id": "prod", "name": "prod", "url": "https://auth.example.com", "domainId": "default", "active": true})
    );
    world
        .done(&[
            "server",
            "add",
            "local",
            "--url",
            "http://localhost:8787",
            "--name",
            "My box",
            "--domain",
            "d1",
        ])
        .await?;
    world.done(&["server", "use", "local"]).await?;
    insta::assert_snapshot!(world.done(&["server", "list"]).await?.out, @r"
      prod   https://auth.example.com, domain default
    * local  http://localhost:8787, domain d1 (My box)
    ");
    world.done(&["server", "rename", "local", "box"]).await?;
    world.done(&["server", "edit", "box", "--name", "Box"]).await?;
    let listed = world.done(&["server", "list", "--json"]).await?.json()?;
    assert_eq!(
        listed["servers"][1],
        json!({"id": "box", "name": "Box", "url": "http://localhost:8787", "domainId": "d1", "active": true})
    );
    let removed = world.done(&["server", "remove", "box"]).await?;
    assert!(removed.err.contains("server use ID"), "{removed:?}");
    let config = world.config()?;
    assert_eq!(config["servers"].as_object().map(serde_json::Map::len), Some(1));
    assert_eq!(config["activeServerId"], json!(null));
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_not_there_or_there_already_is_told() -> Result<()> {
    let world = World::bare().await?;
    world
        .done(&["server", "add", "prod", "--url", "https://a.example"])
        .await?;
    for arguments in [
        vec!["server", "use", "nope"],
        vec!["server", "remove", "nope"],
        vec!["server", "rename", "nope", "other"],
        vec!["server", "edit", "nope", "--name", "N"],
        vec!["status", "--server", "nope"],
        vec!["token", "--server", "nope"],
        vec!["logout", "--server", "nope"],
        vec!["login", "--server", "nope", "--email", "a@b.c", "--send-only"],
    ] {
        let outcome = world.run(&[&arguments[..], &["--json"]].concat()).await?;
        assert_eq!(outcome.failure()?, failed(3, "unknown_server"), "{arguments:?}");
        assert!(outcome.err.contains("nope"), "{outcome:?}");
    }
    let twice = ["server", "add", "prod", "--url", "https://b.example", "--json"];
    assert_eq!(world.run(&twice).await?.failure()?, failed(2, "invalid_server"));
    world
        .done(&["server", "add", "two", "--url", "https://b.example"])
        .await?;
    let taken = world.run(&["server", "rename", "two", "prod", "--json"]).await?;
    assert_eq!(taken.failure()?, failed(2, "invalid_server"));
    assert_eq!(
        world.run(&["server", "edit", "two"]).await?.code,
        2,
        "nothing to change"
    );
    Ok(())
}

#[tokio::test]
async fn what_other_programs_keep_in_the_file_survives() -> Result<()> {
    let world = World::bare().await?;
    world.write_config(
        r#"{"projectName":"x","servers":{"cloud-pay":{"id":"cloud-pay","name":"Pay","url":"https://p.example","domainId":"d","mcpUrl":"https://m.example","auth":{"serviceToken":"keep"}}},"dojo":{"token":"t"}}"#,
    )?;
    world.done(&["server", "use", "cloud-pay"]).await?;
    world.done(&["server", "rename", "cloud-pay", "pay"]).await?;
    world.done(&["server", "edit", "pay", "--name", "P"]).await?;
    let config = world.config()?;
    assert_eq!(config["dojo"]["token"], "t");
    assert_eq!(config["projectName"], "x");
    assert_eq!(config["servers"]["pay"]["mcpUrl"], "https://m.example");
    assert_eq!(config["servers"]["pay"]["auth"]["serviceToken"], "keep");
    assert_eq!(config["activeServerId"], "pay");
    Ok(())
}

#[tokio::test]
async fn names_from_the_file_do_not_command_the_terminal() -> Result<()> {
    let world = World::bare().await?;
    world.write_config(r#"{"servers":{"a":{"name":"\u001b[2J","url":"https://a.example","domainId":"d"}}}"#)?;
    for arguments in [["server", "list"], ["status", "--server=a"]] {
        let outcome = world.run(&arguments).await?;
        assert!(
            !outcome.out.contains('\u{1b}') && outcome.out.contains("https://a.example"),
            "{outcome:?}"
        );
    }
    Ok(())
}
