use std::fs;
use std::os::unix::fs::PermissionsExt;

use anyhow::Result;

use crate::world::{World, failed};

#[tokio::test]
async fn a_file_that_cannot_be_used_is_left_as_it_is() -> Result<()> {
    let world = World::bare().await?;
    let huge = format!(r#"{{"servers":{{}},"junk":"{}"}}"#, "x".repeat(10 << 20));
    for text in [
        "",
        "  \n",
        "[]",
        "null",
        r#"{"servers":"#,
        r#"{"servers":[]}"#,
        "{'servers':{}}",
        &huge,
    ] {
        world.write_config(text)?;
        for arguments in [
            vec!["token"],
            vec!["status"],
            vec!["logout"],
            vec!["login", "--email", "a@b.c", "--send-only"],
            vec!["server", "list"],
            vec!["server", "use", "prod"],
            vec!["server", "add", "prod", "--url", "https://a.example"],
        ] {
            let outcome = world.run(&[&arguments[..], &["--json"]].concat()).await?;
            assert_eq!(outcome.failure()?, failed(3, "config_unusable"), "{arguments:?}");
            assert!(outcome.err.contains("config.json"), "{outcome:?}");
        }
        assert!(world.config_text()? == text, "the file was changed");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_file_is_told_and_never_waited_for() -> Result<()> {
    let world = World::bare().await?;
    fs::create_dir_all(world.config_file())?;
    assert_eq!(
        world.run(&["token", "--json"]).await?.failure()?,
        failed(3, "config_unusable")
    );
    fs::remove_dir(world.config_file())?;
    let made = world
        .desktop
        .command("mkfifo")
        .arg(world.config_file())
        .status()
        .await?;
    assert!(made.success());
    assert_eq!(
        world.run(&["token", "--json"]).await?.failure()?,
        failed(3, "config_unusable")
    );
    Ok(())
}

#[tokio::test]
async fn a_file_of_the_future_is_read_and_not_made_older() -> Result<()> {
    let world = World::bare().await?;
    world.write_config(
        r#"{"version":"9.1.0","servers":{"a":{"url":"https://a.example","domainId":"d","new":{"x":1}}}}"#,
    )?;
    world.done(&["server", "use", "a"]).await?;
    let config = world.config()?;
    assert_eq!(
        (&config["version"], &config["servers"]["a"]["new"]["x"]),
        (&"9.1.0".into(), &1.into())
    );
    assert_eq!(config["activeServerId"], "a");
    Ok(())
}

#[tokio::test]
async fn a_change_of_a_read_only_file_is_refused() -> Result<()> {
    let world = World::bare().await?;
    world
        .done(&["server", "add", "prod", "--url", "https://a.example"])
        .await?;
    let before = world.config_text()?;
    fs::set_permissions(world.config_file(), fs::Permissions::from_mode(0o400))?;
    let outcome = world
        .run(&["server", "add", "two", "--url", "https://b.example", "--json"])
        .await?;
    assert_eq!(outcome.failure()?, failed(3, "config_unusable"));
    assert!(outcome.err.contains("chmod u+w"), "{outcome:?}");
    assert_eq!(world.config_text()?, before);
    Ok(())
}
