//! Machines without a profile: variables stand in for it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use anyhow::{Context, Result};
use serde_json::json;
use testbed::Server;

use crate::selection::four_servers;
use crate::world::{ADA, Outcome, World, failed};

/// An API token that no server has given out.
const UNKNOWN: &str = "epic_live_0123456789abcdef0123456789abcdef";

/// With a bearer of somebody else in the environment.
async fn with_bearer(world: &World, arguments: &[&str]) -> Result<Outcome> {
    let mut command = world.command(arguments);
    command.env("FLOWSTATE_AUTH_TOKEN", "static-bearer");
    Outcome::of(command, "").await
}

#[tokio::test]
async fn a_bearer_of_the_environment_is_handed_on_and_nothing_is_touched() -> Result<()> {
    let world = World::bare().await?;
    world.write_config("broken")?;
    for (arguments, out) in [
        (&["token"][..], "static-bearer\n"),
        (
            &["token", "--json"],
            "{\"accessToken\":\"static-bearer\",\"expiresAt\":null,\"server\":null}\n",
        ),
        (&["headers"], "{\"Authorization\":\"Bearer static-bearer\"}\n"),
        (
            &[
                "exec",
                "--",
                "sh",
                "-c",
                "echo $FLOWSTATE_AUTH_TOKEN ${FLOWSTATE_REST_URL-unset}",
            ],
            "static-bearer unset\n",
        ),
        (
            &["which", "--json"],
            "{\"server\":null,\"rule\":\"env\",\"source\":\"$FLOWSTATE_AUTH_TOKEN\",\"expiresAt\":null,\"store\":null}\n",
        ),
    ] {
        let outcome = with_bearer(&world, arguments).await?;
        assert_eq!((outcome.code, outcome.out.as_str(), outcome.err.as_str()), (0, out, ""));
    }
    let which = with_bearer(&world, &["which"]).await?;
    assert!(which.out.contains("$FLOWSTATE_AUTH_TOKEN is set"), "{which:?}");
    Ok(())
}

/// Whoever set it does not mean the session of the person who is signed in; and a line's end would begin another header.
#[tokio::test]
async fn a_variable_that_is_no_line_of_text_is_refused_not_passed_over() -> Result<()> {
    let world = four_servers().await?;
    for bad in [&b"abc\xffdef"[..], b"abc\r\nX-Evil: 1", b"abc\x1bdef"] {
        for arguments in [
            &["token", "--json"][..],
            &["headers"],
            &["exec", "--", "env"],
            &["which"],
        ] {
            let mut command = world.command(arguments);
            command.env("FLOWSTATE_AUTH_TOKEN", OsStr::from_bytes(bad));
            let outcome = Outcome::of(command, "").await?;
            assert_eq!(outcome.code, 3, "{outcome:?}");
            let said = outcome
                .err
                .contains("$FLOWSTATE_AUTH_TOKEN is set to what is no line of text");
            assert!(
                said && !outcome.err.contains("abc") && !outcome.out.contains("abc"),
                "{outcome:?}"
            );
        }
        let mut command = world.command(&["token"]);
        command.env("FLOWSTATE_SERVER", OsStr::from_bytes(bad));
        assert_eq!(Outcome::of(command, "").await?.code, 3);
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_was_named_beside_a_bearer_is_passed_over_with_a_word() -> Result<()> {
    let world = four_servers().await?;
    for command in ["token", "headers", "which"] {
        let outcome = with_bearer(&world, &[command, "--server", "flag", "--json"]).await?;
        assert_eq!(outcome.code, 0);
        assert!(!outcome.out.contains("of-flag"), "{outcome:?}");
        assert!(
            outcome.err.contains("warning") && outcome.err.contains("--server flag"),
            "{outcome:?}"
        );
    }
    assert_eq!(
        world.done(&["token", "--json"]).await?.json()?["server"],
        json!("default")
    );
    Ok(())
}

/// With an API token in the environment, and perhaps the address that it is for.
async fn with_api_token(world: &World, token: &str, url: Option<&str>, arguments: &[&str]) -> Result<Outcome> {
    let mut command = world.command(arguments);
    command.env("FLOWSTATE_API_TOKEN", token);
    command.envs(url.map(|url| ("FLOWSTATE_AUTH_URL", url)));
    let outcome = Outcome::of(command, "").await?;
    assert!(!outcome.err.contains(token), "{outcome:?}");
    Ok(outcome)
}

#[tokio::test]
async fn an_api_token_is_exchanged_without_any_profile() -> Result<()> {
    let server = Server::start(&[]).await?;
    let (api_token, url) = (server.api_token().await?, server.url());
    let world = World::bare().await?;
    let run = async |arguments: &[&str]| with_api_token(&world, &api_token, Some(&url), arguments).await;
    let plain = run(&["token"]).await?;
    let json = run(&["token", "--json"]).await?.json()?;
    assert_eq!(json["server"], json!(null));
    assert!(json["expiresAt"].as_u64() > Some(1_700_000_000_000), "{json}");
    let headers = run(&["headers"]).await?.json()?;
    let script = "echo $FLOWSTATE_AUTH_TOKEN $FLOWSTATE_REST_URL $FLOWSTATE_MCP_URL";
    let exec = run(&["exec", "--", "sh", "-c", script]).await?;
    let (of_exec, urls) = exec.out.split_once(' ').context("three words")?;
    assert_eq!(urls, format!("{url} {url}/mcp\n"));
    let of_headers = headers["Authorization"].as_str().unwrap_or_default();
    let exchanged: BTreeSet<&str> = [
        plain.out.trim_end(),
        json["accessToken"].as_str().unwrap_or_default(),
        of_headers.strip_prefix("Bearer ").unwrap_or_default(),
        of_exec,
    ]
    .into();
    assert!(exchanged.iter().all(|token| token.starts_with("eyJ")), "{exchanged:?}");
    assert_eq!(exchanged.len(), 4, "nobody keeps it on the disk");
    let which = run(&["which", "--json"]).await?.json()?;
    assert_eq!(
        which,
        json!({"server": null, "rule": "env", "source": "$FLOWSTATE_API_TOKEN", "expiresAt": null, "store": null})
    );
    let text = run(&["which"]).await?;
    assert!(text.out.contains(&format!("exchanged at {url}")), "{text:?}");
    assert!(!world.desktop.config_dir().exists(), "a profile was made");
    Ok(())
}

#[tokio::test]
async fn an_api_token_needs_no_home_folder() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::bare().await?;
    let mut command = world.command(&["token"]);
    command
        .env("FLOWSTATE_API_TOKEN", server.api_token().await?)
        .env("FLOWSTATE_AUTH_URL", server.url());
    for variable in ["HOME", "FLOWSTATE_CONFIG_DIR", "XDG_RUNTIME_DIR"] {
        command.env_remove(variable);
    }
    let token = Outcome::of(command, "").await?;
    assert!(token.out.starts_with("eyJ"), "{token:?}");
    Ok(())
}

#[tokio::test]
async fn an_api_token_that_nobody_takes_is_told_with_its_cause() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::bare().await?;
    let run = async |token: &str, url: &str| with_api_token(&world, token, Some(url), &["token", "--json"]).await;
    for wrong in ["epic_live_wrong", UNKNOWN] {
        let refused = run(wrong, &server.url()).await?;
        assert_eq!(refused.failure()?, failed(4, "invalid_token"), "{wrong}");
    }
    let nobody = run(UNKNOWN, "http://127.0.0.1:1").await?;
    assert_eq!(nobody.failure()?, failed(5, "offline"));
    for url in [
        "http://auth.example.com",
        "https://me:s3cret@auth.example.com",
        "nonsense",
    ] {
        let unusable = run(UNKNOWN, url).await?;
        assert_eq!(unusable.failure()?, failed(3, "invalid_server"), "{url}");
        assert!(
            unusable.err.contains("$FLOWSTATE_AUTH_URL") && !unusable.err.contains("s3cret"),
            "{unusable:?}"
        );
        let which = with_api_token(&world, UNKNOWN, Some(url), &["which", "--json"]).await?;
        assert_eq!(which.failure()?, failed(3, "invalid_server"), "{url}");
    }
    Ok(())
}

#[tokio::test]
async fn half_a_pair_is_not_used_and_said_where_it_is_the_token() -> Result<()> {
    let world = four_servers().await?;
    let half = with_api_token(&world, UNKNOWN, None, &["token"]).await?;
    assert_eq!((half.code, half.out.as_str()), (0, "of-default\n"));
    assert!(
        half.err.contains("warning") && half.err.contains("$FLOWSTATE_AUTH_URL"),
        "{half:?}"
    );
    let mut command = world.command(&["token"]);
    command.env("FLOWSTATE_AUTH_URL", "https://other.example");
    let other = Outcome::of(command, "").await?;
    assert_eq!((other.out.as_str(), other.err.as_str()), ("of-default\n", ""));
    Ok(())
}

#[tokio::test]
async fn bearer_then_api_token_then_profiles_and_a_named_server_before_the_api_token() -> Result<()> {
    let server = Server::start(&[]).await?;
    let (issued, url) = (server.api_token().await?, server.url());
    let world = four_servers().await?;
    for (bearer, api_token, env, flag, expected) in [
        (true, true, true, true, "static-bearer"),
        (true, false, false, true, "static-bearer"),
        (true, true, false, false, "static-bearer"),
        (false, true, true, true, "of-flag"),
        (false, true, false, true, "of-flag"),
        (false, true, true, false, "eyJ"),
        (false, true, false, false, "eyJ"),
        (false, false, true, true, "of-flag"),
        (false, false, true, false, "of-env"),
        (false, false, false, false, "of-default"),
    ] {
        for name in ["token", "headers", "exec"] {
            let mut command = world.command(&[name]);
            command.args(flag.then_some("--server=flag"));
            if name == "exec" {
                command.args(["--", "sh", "-c", "echo $FLOWSTATE_AUTH_TOKEN"]);
            }
            command.envs(bearer.then_some(("FLOWSTATE_AUTH_TOKEN", "static-bearer")));
            command.envs(env.then_some(("FLOWSTATE_SERVER", "env")));
            if api_token {
                command
                    .env("FLOWSTATE_API_TOKEN", &issued)
                    .env("FLOWSTATE_AUTH_URL", &url);
            }
            let outcome = Outcome::of(command, "").await?;
            assert!(
                outcome.code == 0 && outcome.out.contains(expected),
                "{name} {bearer} {api_token} {env} {flag}: {outcome:?}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn who_signs_in_beside_a_bearer_is_told_what_is_handed_out() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    let refresh = with_bearer(&world, &["refresh"]).await?;
    with_bearer(&world, &["login", "--email", ADA, "--send-only"]).await?;
    let code = server.latest_code(ADA).await?;
    let login = with_bearer(&world, &["login", "--email", ADA, "--code", &code]).await?;
    for outcome in [refresh, login] {
        assert!(
            outcome.code == 0 && outcome.err.contains("$FLOWSTATE_AUTH_TOKEN is set"),
            "{outcome:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn status_ends_as_token_would_and_says_what_is_handed_out() -> Result<()> {
    let server = Server::start(&[]).await?;
    let (api_token, url) = (server.api_token().await?, server.url());
    let world = World::bare().await?;
    world.write_config(r#"{"activeServerId":"a","servers":{"a":{"url":"https://a.example","domainId":"d"}}}"#)?;
    assert_eq!(world.run(&["status"]).await?.code, 4);
    let bearer = with_bearer(&world, &["status", "--json"]).await?;
    assert_eq!(
        (bearer.code, &bearer.json()?["environment"]),
        (0, &json!("FLOWSTATE_AUTH_TOKEN"))
    );
    assert!(bearer.err.contains("$FLOWSTATE_AUTH_TOKEN is set"), "{bearer:?}");
    assert_eq!(with_bearer(&world, &["status", "--server", "a"]).await?.code, 4);
    let status = async |token: &str, url: &str| with_api_token(&world, token, Some(url), &["status", "--json"]).await;
    let good = status(&api_token, &url).await?;
    assert_eq!(
        (good.code, &good.json()?["environment"]),
        (0, &json!("FLOWSTATE_API_TOKEN"))
    );
    assert_eq!(status(UNKNOWN, &url).await?.code, 4);
    assert_eq!(status(&api_token, "http://127.0.0.1:1").await?.code, 5);
    Ok(())
}
