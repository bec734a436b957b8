use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use testbed::Server;

use super::mode;
use crate::world::{ADA, World, failed};

#[tokio::test]
async fn a_report_holds_what_helps_and_nothing_of_the_person() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.change_config(|config| {
        config["dojo"] = json!({"token": "dojo-sesame-token", "apiUrl": "https://ada:pw-in-url@dojo.example"});
        config["projectName"] = "The Nameless Project".into();
        config["servers"]["prod"]["auth"]["serviceToken"] = "service-sesame".into();
        config["servers"]["prod"]["note"] = "ask bob@example.org".into();
        config["servers"]["prod"]["name"] = "Production of ada@example.com".into();
    })?;
    let config = world.config()?;
    let auth = &config["servers"]["prod"]["auth"];
    let kept = world.kept().await?;
    let text = |value: &Value| value.as_str().map(str::to_owned).context("no text");
    let mut secrets = vec![
        text(&auth["accessToken"])?,
        text(&auth["userId"])?,
        String::from_utf8(kept[0].secret.clone())?,
        ADA.to_owned(),
        world.desktop.home().display().to_string(),
    ];
    let others = [
        "dojo-sesame-token",
        "pw-in-url",
        "The Nameless Project",
        "service-sesame",
        "bob@example.org",
        "sesame-api",
        "proxy-pw",
    ];
    secrets.extend(others.map(str::to_owned));

    let file = world.desktop.home().join("report.json");
    let mut command = world.command(&["doctor", "--bundle", file.to_str().unwrap()]);
    command.envs([
        ("FLOWSTATE_API_TOKEN", "epic_live_sesame-api"),
        ("HTTPS_PROXY", "http://u:proxy-pw@127.0.0.1:9"),
    ]);
    let outcome = crate::world::Outcome::of(command, "").await?;
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(mode(&file), 0o600);
    let report_text = fs::read_to_string(&file)?;
    for secret in &secrets {
        assert!(
            !report_text.contains(secret.as_str()),
            "{secret} is in the report:\n{report_text}"
        );
    }
    assert!(!report_text.contains("eyJ"));

    let report: Value = serde_json::from_str(&report_text)?;
    assert!(report["program"].as_str().unwrap().contains(env!("CARGO_PKG_VERSION")));
    assert_eq!(report["system"]["os"], "linux");
    assert_eq!(report["config"]["servers"]["prod"]["url"], server.url());
    assert_eq!(report["config"]["servers"]["prod"]["auth"]["accessToken"], "********");
    assert_eq!(
        report["config"]["servers"]["prod"]["auth"]["expiresAt"],
        auth["expiresAt"]
    );
    assert_eq!(report["settings"]["sessions"]["prod"]["domainId"], "default");
    let events = report["timelines"]["prod"].as_array().context("no timeline")?;
    assert!(events.iter().any(|event| event["event"] == "signed_in"), "{events:?}");
    let environment = report["environment"].as_array().context("no variables")?;
    assert!(environment.contains(&json!("FLOWSTATE_API_TOKEN")) && environment.contains(&json!("HTTPS_PROXY")));
    let checks = report["checks"].as_array().context("no checks")?;
    assert!(
        checks
            .iter()
            .any(|check| check["id"] == "credential_store_works" && check["ok"] == true)
    );
    Ok(())
}

#[tokio::test]
async fn a_report_never_replaces_a_file() -> Result<()> {
    let world = World::with_keyring().await?;
    let file = world.desktop.home().join("mine.txt");
    fs::write(&file, "mine")?;
    let outcome = world
        .run(&["doctor", "--json", "--bundle", file.to_str().unwrap()])
        .await?;
    assert_eq!(outcome.failure()?, failed(2, "exists"));
    assert_eq!(fs::read_to_string(&file)?, "mine");
    let nowhere = world.desktop.home().join("nowhere/report.json");
    let outcome = world
        .run(&["doctor", "--json", "--bundle", nowhere.to_str().unwrap()])
        .await?;
    assert_eq!(outcome.failure()?, failed(1, "internal"));
    Ok(())
}

#[tokio::test]
async fn there_is_a_report_where_the_files_cannot_be_read() -> Result<()> {
    let world = World::bare().await?;
    world.write_config("{\"token\": \"sesame")?;
    let file = world.desktop.home().join("report.json");
    let outcome = world.run(&["doctor", "--bundle", file.to_str().unwrap()]).await?;
    assert_eq!(outcome.code, 3);
    let report = fs::read_to_string(&file)?;
    assert!(!report.contains("sesame"));
    assert_eq!(serde_json::from_str::<Value>(&report)?["config"], Value::Null);
    Ok(())
}
