use anyhow::Result;
use serde_json::json;
use testbed::Server;

use crate::world::{ADA, Outcome, World, failed};

/// Six digits that are not the code.
fn wrong(code: &str) -> String {
    code.chars().map(|digit| if digit == '9' { '0' } else { '9' }).collect()
}

#[tokio::test]
async fn a_code_sent_before_signs_in_and_the_secret_goes_to_the_keychain_alone() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    let sent = world
        .done(&["login", "--email", "Ada@Example.com", "--send-only", "--json"])
        .await?;
    assert_eq!(sent.json()?["server"], "prod");
    assert!(sent.json()?["expiresIn"].as_u64() > Some(0), "{sent:?}");
    let code = server.latest_code(ADA).await?;
    let signed_in = world
        .done(&["login", "--email", ADA, "--code", &code, "--json"])
        .await?;
    let told = signed_in.json()?;
    assert_eq!((&told["server"], &told["email"]), (&json!("prod"), &json!(ADA)));
    let auth = &world.config()?["servers"]["prod"]["auth"];
    assert_eq!((&auth["refreshToken"], &auth["email"]), (&json!(""), &json!(ADA)));
    assert_eq!(
        (&auth["userId"], &auth["expiresAt"]),
        (&told["userId"], &told["expiresAt"])
    );
    let kept = world.kept().await?;
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(kept[0].label.contains("prod"), "{kept:?}");
    let secret = String::from_utf8(kept[0].secret.clone())?;
    assert!(!world.config_text()?.contains(&secret));
    Ok(())
}

#[tokio::test]
async fn a_code_is_read_from_stdin() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    let mut command = world.command(&["login", "--email", ADA, "--code-stdin"]);
    command
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn()?;
    let code = server.latest_code(ADA).await?;
    if let Some(mut stdin) = child.stdin.take() {
        tokio::io::AsyncWriteExt::write_all(&mut stdin, format!("{code}\n").as_bytes()).await?;
    }
    let output = child.wait_with_output().await?;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(world.done(&["token"]).await?.err, "");
    Ok(())
}

#[tokio::test]
async fn a_wrong_code_is_told_with_the_tries_left_until_there_are_none() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    world.done(&["login", "--email", ADA, "--send-only"]).await?;
    let code = server.latest_code(ADA).await?;
    let try_code = async |code: &str| world.run(&["login", "--email", ADA, "--code", code, "--json"]).await;
    for left in ["4 tries", "3 tries", "2 tries", "one try", "no tries"] {
        let outcome = try_code(&wrong(&code)).await?;
        assert_eq!(outcome.failure()?, failed(4, "code_invalid"));
        assert!(outcome.err.contains(left), "{outcome:?}");
    }
    assert_eq!(try_code(&code).await?.failure()?, failed(7, "code_attempts_exceeded"));
    Ok(())
}

#[tokio::test]
async fn a_code_that_is_asked_for_too_soon_is_a_limit_and_not_waited_for() -> Result<()> {
    let server = Server::start(&["--limit-send-interval", "60"]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    let sent = world.done(&["login", "--email", ADA, "--send-only", "--json"]).await?;
    assert_eq!(sent.json()?["retryAfter"], 60);
    for how in ["--send-only", "--code-stdin"] {
        let again = world.run(&["login", "--email", ADA, how, "--json"]).await?;
        assert_eq!(again.failure()?, failed(7, "rate_limited"), "{how}");
        assert!(again.err.contains(" s before"), "{again:?}");
    }
    let code = server.latest_code(ADA).await?;
    world.done(&["login", "--email", ADA, "--code", &code]).await?;
    Ok(())
}

#[tokio::test]
async fn what_comes_from_stdin_and_is_no_code_or_a_wrong_one_signs_nobody_in() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    for (input, code, word) in [
        ("12345\n", 2, "invalid_code"),
        ("\n", 2, "invalid_code"),
        ("000000", 4, "code_invalid"),
        ("\u{0}\u{1}\n", 2, "invalid_code"),
    ] {
        let command = world.command(&["login", "--email", ADA, "--code-stdin", "--json"]);
        let outcome = Outcome::of(command, input).await?;
        assert_eq!(outcome.failure()?, failed(code, word), "{input:?}");
        assert!(!outcome.err.contains("000000"), "{outcome:?}");
    }
    let command = world.command(&["login", "--email", ADA, "--code-stdin", "--json"]);
    let long = Outcome::of(command, &"1".repeat(10_000)).await?;
    assert_eq!(long.failure()?, failed(2, "invalid_code"));
    assert_eq!(world.config()?["servers"]["prod"].get("auth"), None);
    assert!(world.kept().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_used_code_and_an_input_without_one_sign_nobody_in() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    let used = server.latest_code(ADA).await?;
    let again = world.run(&["login", "--email", ADA, "--code", &used, "--json"]).await?;
    assert_eq!(again.failure()?, failed(4, "code_expired"));
    let command = world.command(&["login", "--email", "bob@example.com", "--code-stdin", "--json"]);
    assert_eq!(Outcome::of(command, "").await?.failure()?, failed(2, "usage"));
    assert_eq!(world.config()?["servers"]["prod"]["auth"]["email"], ADA);
    Ok(())
}

#[tokio::test]
async fn what_is_logged_on_request_holds_no_secret() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    let secret = String::from_utf8(world.kept().await?.remove(0).secret)?;
    for (arguments, stdin) in [
        (&["token"][..], ""),
        (&["login", "--email", ADA, "--code-stdin"], "000000\n"),
        (&["logout"], ""),
    ] {
        world.expire()?;
        let mut command = world.command(arguments);
        command.env("FLOWSTATE_LOG", "trace");
        let outcome = Outcome::of(command, stdin).await?;
        assert!(
            outcome.err.contains("TRACE") || outcome.err.contains("DEBUG"),
            "nothing was logged: {outcome:?}"
        );
        assert!(
            !outcome.err.contains(&secret) && !outcome.err.contains("000000"),
            "{outcome:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_domain_that_the_server_does_not_know_is_told() -> Result<()> {
    let server = Server::start(&["--domain", "d1"]).await?;
    let world = World::with_keyring().await?;
    world
        .done(&["server", "add", "prod", "--url", &server.url(), "--domain", "d2"])
        .await?;
    let outcome = world.run(&["login", "--email", ADA, "--send-only", "--json"]).await?;
    assert_eq!(outcome.failure()?, failed(3, "unknown_domain"));
    assert!(outcome.err.contains("d2"), "{outcome:?}");
    Ok(())
}

#[tokio::test]
async fn signing_in_to_another_server_leaves_the_default_alone() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.done(&["server", "add", "two", "--url", &server.url()]).await?;
    world.sign_in(&server, "two").await?;
    assert_eq!(world.config()?["activeServerId"], "prod");
    assert_eq!(world.kept().await?.len(), 2);
    Ok(())
}
