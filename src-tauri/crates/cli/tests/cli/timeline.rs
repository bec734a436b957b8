use anyhow::{Context, Result};
use serde_json::{Value, json};
use testbed::Server;

use crate::world::{ADA, World, failed};

fn events(timeline: &Value) -> Vec<&str> {
    let events = timeline["events"].as_array().into_iter().flatten();
    events.filter_map(|entry| entry["event"].as_str()).collect()
}

#[tokio::test]
async fn what_happened_is_told_in_order_with_who_did_it() -> Result<()> {
    let mut server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.done(&["refresh"]).await?;
    world.done(&["server", "share", "prod", "none"]).await?;
    server.stop().await?;
    assert_eq!(world.run(&["token"]).await?.code, 5);
    world.done(&["logout"]).await?;
    let one = world
        .done(&["status", "--timeline", "--server", "prod", "--json"])
        .await?;
    let timeline = one.json()?;
    assert_eq!(timeline["server"], "prod");
    assert_eq!(
        events(&timeline),
        ["signed_in", "refreshed", "sharing_changed", "offline", "signed_out"]
    );
    let entries = timeline["events"].as_array().context("no list")?;
    for entry in entries {
        assert!(entry["at"].as_u64() > Some(1_700_000_000_000), "{entry}");
        assert!(
            entry["by"].as_str().is_some_and(|by| by.starts_with("flowstate-auth ")),
            "{entry}"
        );
    }
    assert!(!one.out.contains(ADA), "an address stands in the timeline");
    let text = world.done(&["status", "--timeline"]).await?;
    let lines: Vec<&str> = text.out.lines().collect();
    assert_eq!((lines[0], lines.len()), ("prod", 6), "{text:?}");
    for (line, words) in lines[1..].iter().zip([
        "signed in",
        "refreshed",
        "shares nothing now, its access token before",
        "could not be refreshed (offline)",
        "signed out here, but the server was not told",
    ]) {
        assert!(line.contains(words) && line.contains("  flowstate-auth "), "{line}");
        assert!(
            line.starts_with("  today ") || line.starts_with("  yesterday "),
            "{line}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn times_are_those_of_this_place() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    let shown = async |zone: &str| -> Result<String> {
        let mut command = world.command(&["status", "--timeline"]);
        command.env("TZ", zone);
        Ok(String::from_utf8(command.output().await?.stdout)?)
    };
    let (here, there) = (shown("AAA0").await?, shown("BBB-5:30").await?);
    assert_ne!(here, there);
    let minute = |text: &str| -> Option<u32> { text.split_once(':')?.1.get(..2)?.parse().ok() };
    assert_eq!((minute(&here).map(|m| (m + 30) % 60)), minute(&there), "{here}{there}");
    Ok(())
}

#[tokio::test]
async fn a_machine_on_which_nothing_happened_has_a_timeline_too() -> Result<()> {
    let world = World::bare().await?;
    assert_eq!(
        world.done(&["status", "--timeline", "--json"]).await?.json()?,
        json!({"servers": []})
    );
    world
        .done(&["server", "add", "a", "--url", "https://a.example"])
        .await?;
    world
        .done(&["server", "add", "b", "--url", "https://b.example"])
        .await?;
    let all = world.done(&["status", "--timeline", "--json"]).await?.json()?;
    assert_eq!(
        all,
        json!({"servers": [{"server": "a", "events": []}, {"server": "b", "events": []}]})
    );
    let text = world.done(&["status", "--timeline", "--server", "b"]).await?;
    assert_eq!(text.out, "b\n  nothing has happened yet\n");
    let unknown = world.run(&["status", "--timeline", "--server", "c", "--json"]).await?;
    assert_eq!(unknown.failure()?, failed(3, "unknown_server"));
    Ok(())
}

#[tokio::test]
async fn a_server_that_was_removed_has_its_timeline_still() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.done(&["server", "remove", "prod"]).await?;
    let timeline = world
        .done(&["status", "--timeline", "--server", "prod", "--json"])
        .await?
        .json()?;
    assert_eq!(events(&timeline), ["signed_in", "signed_out"]);
    Ok(())
}
