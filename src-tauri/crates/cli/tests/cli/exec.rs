//! What runs behind `exec --` runs as if it had been called itself, with a token beside it.

use std::process::Stdio;

use anyhow::{Context, Result};
use testbed::Server;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::selection::four_servers;
use crate::world::{Outcome, World, failed};

const SHOW: &str = r#"echo "$FLOWSTATE_AUTH_TOKEN $FLOWSTATE_REST_URL $FLOWSTATE_MCP_URL""#;

#[tokio::test]
async fn a_program_finds_token_and_addresses_in_its_environment() -> Result<()> {
    let world = four_servers().await?;
    let show = ["--", "sh", "-c", SHOW];
    let of = async |arguments: &[&str]| -> Result<String> {
        let outcome = world.done(&[&["exec"], arguments, &show].concat()).await?;
        assert_eq!(outcome.err, "");
        Ok(outcome.out)
    };
    assert_eq!(
        of(&["--server", "flag"]).await?,
        "of-flag https://flag.example https://flag.example/mcp\n"
    );
    world.change_config(|config| {
        config["servers"]["default"]["mcpUrl"] = "https://mcp.example/v1".into();
        config["servers"]["default"]["url"] = "https://default.example/".into();
    })?;
    assert_eq!(
        of(&["--json"]).await?,
        "of-default https://default.example https://mcp.example/v1\n"
    );
    Ok(())
}

#[tokio::test]
async fn an_address_that_the_person_set_stays() -> Result<()> {
    let world = four_servers().await?;
    let mut command = world.command(&["exec", "--", "sh", "-c", SHOW]);
    command.env("FLOWSTATE_REST_URL", "https://mine.example");
    command.env("FLOWSTATE_MCP_URL", "");
    let outcome = Outcome::of(command, "").await?;
    assert_eq!(
        outcome.out,
        "of-default https://mine.example https://default.example/mcp\n"
    );
    Ok(())
}

#[tokio::test]
async fn a_due_token_is_refreshed_for_it_first() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.expire()?;
    let outcome = world.done(&["exec", "--", "sh", "-c", SHOW]).await?;
    let token = world.done(&["token"]).await?.out;
    assert_eq!(
        outcome.out,
        format!("{} {url} {url}/mcp\n", token.trim(), url = server.url())
    );
    Ok(())
}

#[tokio::test]
async fn its_words_input_and_exit_code_are_its_own() -> Result<()> {
    let world = four_servers().await?;
    let command = world.command(&[
        "exec",
        "--",
        "sh",
        "-c",
        "cat; echo \"$@\"; exit 42",
        "sh",
        "--json",
        "--",
        "-x",
    ]);
    let outcome = Outcome::of(command, "typed\n").await?;
    assert_eq!((outcome.code, outcome.out.as_str()), (42, "typed\n--json -- -x\n"));
    Ok(())
}

#[cfg(unix)]
#[tokio::test]
async fn signals_reach_it_and_end_it_as_if_it_had_been_called_itself() -> Result<()> {
    use std::os::unix::process::ExitStatusExt;

    let world = four_servers().await?;
    let script = "trap 'echo caught; exit 7' TERM; echo $$; read wait";
    let mut child = world
        .command(&["exec", "--", "sh", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("no stdout")?).lines();
    let pid = lines.next_line().await?.context("it said nothing")?;
    assert_eq!(
        child.id().map(|ours| ours.to_string()),
        Some(pid.clone()),
        "the place was not taken"
    );
    assert!(
        world
            .desktop
            .command("kill")
            .args(["-TERM", &pid])
            .status()
            .await?
            .success()
    );
    assert_eq!(lines.next_line().await?.as_deref(), Some("caught"));
    assert_eq!(child.wait().await?.code(), Some(7));

    // A shell that writes to a reader which has left is ended by the signal for it, unless it was told to pass it over.
    for (signal, number) in [("PIPE", 13), ("INT", 2), ("KILL", 9)] {
        let script = format!("kill -{signal} $$; exit 0");
        let status = world.command(&["exec", "--", "sh", "-c", &script]).status().await?;
        assert_eq!(status.signal(), Some(number), "{signal}: {status}");
    }
    Ok(())
}

#[tokio::test]
async fn a_program_that_is_not_there_or_not_named_is_a_usage_error() -> Result<()> {
    let world = four_servers().await?;
    let missing = world
        .run(&["exec", "--json", "--", "no-such-program", "--json"])
        .await?;
    assert_eq!(missing.failure()?, failed(2, "cannot_run"));
    assert!(missing.err.contains("no-such-program"), "{missing:?}");
    for (arguments, json) in [
        (&["exec"][..], false),
        (&["exec", "--"], false),
        (&["exec", "sh"], false),
        (&["exec", "--no-such-option", "--", "sh", "--json"], false),
        (&["exec", "--json"], true),
    ] {
        let outcome = world.run(arguments).await?;
        assert_eq!(
            (outcome.code, outcome.out.is_empty()),
            (2, !json),
            "{arguments:?}: {outcome:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn nothing_runs_without_a_token() -> Result<()> {
    let world = World::bare().await?;
    let outcome = world.run(&["exec", "--", "sh", "-c", "echo ran"]).await?;
    assert_eq!((outcome.code, outcome.out.as_str()), (3, ""));
    Ok(())
}
