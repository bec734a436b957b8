use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use testbed::Server;

use crate::selection::four_servers;
use crate::world::{Outcome, World, failed};

const INSIDE: &str = "work/app/src";

async fn which(world: &World, folder: &str, variable: Option<&str>, arguments: &[&str]) -> Result<Outcome> {
    let mut command = world.command(&[&["which"], arguments].concat());
    command.current_dir(world.desktop.home().join(folder));
    command.envs(variable.map(|value| ("FLOWSTATE_SERVER", value)));
    Outcome::of(command, "").await
}

#[tokio::test]
async fn the_rule_that_chose_is_named() -> Result<()> {
    let world = four_servers().await?;
    let project = world.desktop.home().join("work/app/.flowstate/config.json");
    let (project, shared) = (project.display().to_string(), world.config_file().display().to_string());
    for (folder, variable, arguments, server, source) in [
        (INSIDE, Some("env"), &["--server", "flag"][..], "flag", "--server"),
        (INSIDE, Some("env"), &[], "env", "$FLOWSTATE_SERVER"),
        (INSIDE, None, &[], "project", project.as_str()),
        ("work", None, &[], "default", shared.as_str()),
    ] {
        let json = which(&world, folder, variable, &[arguments, &["--json"]].concat()).await?;
        let (rule, end) = (server, 99_999_999_999_999_u64);
        assert_eq!(
            json.json()?,
            json!({"server": server, "rule": rule, "source": source, "expiresAt": end, "store": "keychain"})
        );
        assert_eq!(json.err, "");
    }
    Ok(())
}

#[tokio::test]
async fn people_see_what_the_other_rules_say() -> Result<()> {
    let world = four_servers().await?;
    let home = world.desktop.home().display().to_string();
    let shown = async |folder, variable, arguments: &[&str]| -> Result<String> {
        let outcome = which(&world, folder, variable, arguments).await?;
        let (rules, left) = outcome.out.split_once("good for ").context("no session")?;
        let after = left.split_once('\n').context("one line")?.1;
        Ok(format!("{rules}good for …\n{after}").replace(&home, "~"))
    };
    insta::assert_snapshot!(shown(INSIDE, Some("env"), &[]).await?, @r"
    env, because $FLOWSTATE_SERVER says so:
      flag     no --server was typed
    * env      env  ($FLOWSTATE_SERVER)
      project  project  (~/work/app/.flowstate/config.json)
      default  default  (~/.flowstate/config.json)
    signed in as e@x.y, token good for …
    refresh token in the keychain
    ");
    insta::assert_snapshot!(shown("work", None, &[]).await?, @r"
    default, because ~/.flowstate/config.json says so:
      flag     no --server was typed
      env      $FLOWSTATE_SERVER is not set
      project  no .flowstate/config.json here or above names a server
    * default  default  (~/.flowstate/config.json)
    signed in as e@x.y, token good for …
    refresh token in the keychain
    ");
    Ok(())
}

#[tokio::test]
async fn what_does_not_fit_is_seen_among_the_rules() -> Result<()> {
    let world = four_servers().await?;
    let gone = which(&world, INSIDE, Some("gone"), &[]).await?;
    assert_eq!(gone.code, 3);
    assert!(gone.out.contains("* env      gone"), "{gone:?}");
    assert!(gone.out.contains("  default  default"), "{gone:?}");
    assert!(gone.err.contains("$FLOWSTATE_SERVER"), "{gone:?}");
    fs::write(world.desktop.home().join("work/app/.flowstate/config.json"), "{")?;
    let broken = which(&world, INSIDE, None, &[]).await?;
    assert!(
        broken.code == 3 && broken.out.contains("could not be read"),
        "{broken:?}"
    );
    let json = which(&world, INSIDE, None, &["--json"]).await?;
    assert_eq!(json.failure()?, failed(3, "config_unusable"));
    let flag = which(&world, INSIDE, None, &["--server", "flag"]).await?;
    assert_eq!(flag.code, 0, "{flag:?}");
    let nothing = World::bare().await?;
    let none = which(&nothing, "", None, &["--json"]).await?;
    assert_eq!(none.failure()?, failed(3, "no_server"));
    let text = which(&nothing, "", None, &[]).await?;
    assert!(text.out.contains("no --server was typed"), "{text:?}");
    Ok(())
}

#[tokio::test]
async fn a_server_without_a_session_has_no_end() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.done(&["logout"]).await?;
    let json = which(&world, "", None, &["--json"]).await?.json()?;
    assert_eq!((&json["server"], &json["expiresAt"]), (&json!("prod"), &Value::Null));
    Ok(())
}
