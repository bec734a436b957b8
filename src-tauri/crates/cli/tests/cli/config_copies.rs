//! `config list`, `config diff` and `config undo`.

use std::fs;

use anyhow::Result;
use serde_json::{Value, json};
use testbed::Server;

use crate::person::Person;
use crate::world::{World, failed};

const FOREIGN: &str = r#"{"version":"1.0.0","dojo":{"token":"dojo-secret"},
  "servers":{"prod":{"url":"https://a.example","domainId":"d","auth":{"accessToken":"access-secret","refreshToken":"refresh-secret","expiresAt":1,"userId":"u","email":"ada@example.com","serviceToken":"service-secret"}}}}
"#;

async fn world() -> Result<World> {
    let world = World::bare().await?;
    world.write_config(FOREIGN)?;
    world
        .done(&["server", "add", "two", "--url", "https://b.example"])
        .await?;
    Ok(world)
}

#[tokio::test]
async fn what_a_command_did_is_seen_and_undone_and_done_again() -> Result<()> {
    let world = world().await?;
    let with_two = world.config_text()?;
    let list = world.done(&["config", "list", "--json"]).await?.json()?;
    let copy = list["backups"][0]["path"].as_str().unwrap().to_owned();
    assert_eq!(list["path"], world.config_file().display().to_string());
    assert_eq!(
        (&list["backups"][0]["number"], &list["backups"][0]["servers"]),
        (&json!(1), &json!(1))
    );
    assert!(world.done(&["config", "list"]).await?.out.contains(&copy));

    let diff = world.done(&["config", "diff"]).await?;
    assert!(
        diff.out.starts_with("  + servers.two: {") && diff.out.lines().count() == 1,
        "{diff:?}"
    );
    let diff = world
        .done(&["config", "diff", "--json", "--backup", "1"])
        .await?
        .json()?;
    assert_eq!(diff["backup"]["path"], copy);
    assert_eq!(diff["differences"][0]["path"], json!(["servers", "two"]));
    assert_eq!(
        (
            &diff["differences"][0]["change"],
            diff["differences"].as_array().unwrap().len()
        ),
        (&json!("added"), 1)
    );

    let undone = world.done(&["config", "undo", "--yes", "--json"]).await?.json()?;
    assert_eq!(world.config_text()?, FOREIGN);
    assert_eq!(
        (&undone["backup"]["path"], &undone["broken"]),
        (&json!(copy), &Value::Null)
    );
    assert_eq!(fs::read_to_string(undone["kept"].as_str().unwrap())?, with_two);
    world.done(&["config", "undo", "--yes"]).await?;
    assert_eq!(world.config_text()?, with_two);
    Ok(())
}

#[tokio::test]
async fn no_secret_is_shown() -> Result<()> {
    let world = world().await?;
    world.change_config(|config| {
        config["dojo"]["token"] = "dojo-secret-2".into();
        config["servers"]["prod"]["auth"]["serviceToken"] = "service-secret-2".into();
        config["servers"]["prod"]["auth"]["accessToken"] = "access-secret-2".into();
    })?;
    for arguments in [
        &["config", "diff"][..],
        &["config", "diff", "--json"],
        &["config", "undo", "--yes", "--json"],
    ] {
        let outcome = world.done(arguments).await?;
        assert!(outcome.out.contains("********"), "{outcome:?}");
        assert!(!format!("{outcome:?}").contains("secret"), "{outcome:?}");
    }
    let auth = &world.config()?["servers"]["prod"]["auth"];
    assert_eq!(
        (&auth["accessToken"], &auth["serviceToken"]),
        (&json!("access-secret-2"), &json!("service-secret"))
    );
    Ok(())
}

#[tokio::test]
async fn a_broken_file_is_replaced_where_a_person_says_so() -> Result<()> {
    let world = world().await?;
    world.write_config("{\"servers\": {")?;
    assert_eq!(
        world.run(&["config", "diff", "--json"]).await?.failure()?,
        failed(3, "config_unusable")
    );
    let undone = world.done(&["config", "undo", "--yes", "--json"]).await?.json()?;
    assert_eq!(
        fs::read_to_string(undone["broken"].as_str().unwrap())?,
        "{\"servers\": {"
    );
    assert_eq!(
        world.config()?["servers"]["prod"]["auth"],
        json!({"serviceToken": "service-secret"})
    );
    Ok(())
}

/// Signed in after the last copy was made: the session is in the keychain, and nobody took it away.
#[tokio::test]
async fn a_session_that_is_younger_than_the_copy_stays() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    for lost in ["{\"servers\": {", "{\"version\": \"1.0.0\", \"servers\": {}}"] {
        let copies = world.done(&["config", "list", "--json"]).await?.json()?;
        let path = copies["backups"].as_array().unwrap().last().unwrap()["path"].clone();
        let copy: Value = serde_json::from_str(&fs::read_to_string(path.as_str().unwrap())?)?;
        assert!(copy["servers"]["prod"].is_object() && copy["servers"]["prod"]["auth"].is_null());
        world.write_config(lost)?;
        let oldest = copies["backups"].as_array().unwrap().len().to_string();
        world.done(&["config", "undo", "--yes", "--backup", &oldest]).await?;
        let status = world.done(&["status", "--json"]).await?.json()?;
        assert!(status["servers"][0]["conflict"].is_null(), "{status}");
        world.done(&["token"]).await?;
        assert!(world.config()?["servers"]["prod"]["auth"]["accessToken"].is_string());
    }
    Ok(())
}

#[tokio::test]
async fn each_refusal_has_its_word() -> Result<()> {
    let world = World::bare().await?;
    let undo = ["config", "undo", "--yes", "--json"];
    assert_eq!(world.run(&undo).await?.failure()?, failed(3, "no_backup"));
    assert_eq!(
        world.done(&["config", "list", "--json"]).await?.json()?["backups"],
        json!([])
    );
    world.write_config(FOREIGN)?;
    world.done(&["server", "use", "prod"]).await?;
    assert_eq!(
        world.run(&["config", "undo", "--json"]).await?.failure()?,
        failed(2, "usage"),
        "nobody to ask"
    );
    assert_eq!(
        world.run(&[&undo[..], &["--backup", "7"]].concat()).await?.failure()?,
        failed(3, "no_backup")
    );
    let missing = [&undo[..], &["--backup", "nowhere.json"]].concat();
    assert_eq!(world.run(&missing).await?.failure()?, failed(3, "config_unusable"));
    world.write_config(FOREIGN)?;
    assert_eq!(world.run(&undo).await?.failure()?, failed(3, "nothing_to_undo"));
    assert!(
        world
            .done(&["config", "diff"])
            .await?
            .err
            .contains("Nothing changed since")
    );
    Ok(())
}

#[tokio::test]
async fn at_a_terminal_a_person_sees_what_it_does_and_may_leave_it() -> Result<()> {
    let world = world().await?;
    let with_two = world.config_text()?;
    let mut person = Person::calls(&world, "config undo")?;
    person.sees("- servers.two").await?;
    person.sees("Put it back? [y/N] ").await?;
    person.types("").await?;
    person.sees("Nothing was changed.").await?;
    assert_eq!(person.ends().await?, Some(2));
    assert_eq!(world.config_text()?, with_two);

    let mut person = Person::calls(&world, "config undo")?;
    person.sees("Put it back?").await?;
    person.types("y").await?;
    person.sees("is back").await?;
    assert_eq!(person.ends().await?, Some(0));
    assert_eq!(world.config_text()?, FOREIGN);
    Ok(())
}
