//! What every command has in common.

use std::process::Stdio;

use anyhow::{Context, Result};
use testbed::Server;

use crate::world::{ADA, Outcome, World};

#[tokio::test]
async fn every_command_prints_one_line_of_json_where_it_is_asked_to() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    let folder = world.desktop.home().join("man");
    for words in [
        "server list",
        "server add two --url https://two.example",
        "server edit two --name Two",
        "server rename two zwei",
        "server use zwei",
        "server remove zwei",
        "server use prod",
        "server share prod full",
        "server share prod access",
        "login --email ada@example.com --send-only",
        "refresh",
        "token",
        "headers",
        "status",
        "status --server prod",
        "status --timeline",
        "status --timeline --server prod",
        "which",
        "completions fish",
        "man",
        "man --out",
        "logout",
        "logout --all",
    ] {
        let mut command = world.command(&words.split(' ').collect::<Vec<&str>>());
        if words.ends_with("--out") {
            command.arg(&folder);
        }
        command.arg("--json");
        let outcome = Outcome::of(command, "").await?;
        assert_eq!(outcome.code, 0, "{words}: {outcome:?}");
        let json = outcome.json().with_context(|| words.to_owned())?;
        assert!(json.is_object() || json.is_array(), "{words}: {json}");
    }
    Ok(())
}

#[tokio::test]
async fn a_reader_that_has_had_enough_is_no_failure() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    for words in [
        "token",
        "token --json",
        "headers",
        "status",
        "status --json",
        "status --timeline",
        "which",
        "which --json",
        "server list",
        "refresh --json",
        "completions bash",
        "completions zsh",
        "man",
        "--help",
        "--version",
        "server --help",
        "logout --json",
    ] {
        let (reader, writer) = std::io::pipe()?;
        drop(reader);
        // Spawned, because `output` would put a pipe of its own in this one's place.
        let mut command = world.command(&words.split(' ').collect::<Vec<&str>>());
        let output = command
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()?
            .wait_with_output()
            .await?;
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && !err.contains("flowstate-auth:"),
            "{words}: {output:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_person_who_hears_nothing_costs_no_data() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    for words in ["refresh --json", "logout --json"] {
        let (reader, writer) = std::io::pipe()?;
        drop(reader);
        let mut command = world.command(&words.split(' ').collect::<Vec<&str>>());
        let output = command
            .stdout(Stdio::piped())
            .stderr(writer)
            .spawn()?
            .wait_with_output()
            .await?;
        assert!(output.status.success(), "{words}: {output:?}");
        assert!(
            String::from_utf8_lossy(&output.stdout).contains("\"server\":\"prod\""),
            "{output:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn only_two_commands_show_a_token() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.done(&["server", "share", "prod", "full"]).await?;
    let auth = world.config()?["servers"]["prod"]["auth"].clone();
    let secrets = [&auth["accessToken"], &auth["refreshToken"]].map(|token| token.as_str().unwrap_or("?").to_owned());
    for words in [
        "status",
        "status --json",
        "status --timeline",
        "status --timeline --json",
        "which",
        "which --json",
        "server list",
        "server list --json",
        "server share prod full --json",
    ] {
        let outcome = world.done(&words.split(' ').collect::<Vec<&str>>()).await?;
        for secret in &secrets {
            assert!(
                !format!("{}{}", outcome.out, outcome.err).contains(secret.as_str()),
                "{words}"
            );
        }
    }
    let token = world.done(&["token"]).await?;
    assert!(token.out.contains(&secrets[0]) && !token.out.contains(&secrets[1]));
    assert_eq!(world.config()?["servers"]["prod"]["auth"]["email"], ADA);
    Ok(())
}
