use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use anyhow::Result;
use serde_json::json;
use testbed::Server;

use crate::world::{World, failed};

#[tokio::test]
async fn a_fresh_token_is_printed_without_server_and_keychain() -> Result<()> {
    let mut server = Server::start(&[]).await?;
    let mut world = World::signed_in(&server, &server.url()).await?;
    server.stop().await?;
    if let Some(keyring) = world.keyring.take() {
        keyring.stop().await?;
    }
    let auth = world.config()?["servers"]["prod"]["auth"].clone();
    let text = world.done(&["token"]).await?;
    assert_eq!(
        Some(text.out.as_str()),
        auth["accessToken"]
            .as_str()
            .map(|token| format!("{token}\n"))
            .as_deref()
    );
    assert_eq!(text.err, "");
    let json = world
        .done(&["token", "--json", "--min-ttl", "4000000000"])
        .await?
        .json()?;
    assert_eq!(
        json,
        json!({"accessToken": auth["accessToken"], "expiresAt": auth["expiresAt"], "server": "prod"}),
        "half a life is always enough"
    );
    Ok(())
}

#[tokio::test]
async fn a_due_token_is_refreshed_and_shared() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    let (before, secret) = (world.config()?, world.kept().await?.remove(0).secret);
    world.expire()?;
    let token = world.done(&["token", "--json"]).await?.json()?;
    let auth = world.config()?["servers"]["prod"]["auth"].clone();
    assert_eq!(token["accessToken"], auth["accessToken"]);
    assert_ne!(auth["accessToken"], before["servers"]["prod"]["auth"]["accessToken"]);
    assert_eq!(auth["refreshToken"], "");
    assert_ne!(
        world.kept().await?.remove(0).secret,
        secret,
        "the refresh token was not replaced"
    );
    Ok(())
}

#[tokio::test]
async fn a_read_only_file_costs_a_warning_and_no_session() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.expire()?;
    let (text, secret) = (world.config_text()?, world.kept().await?.remove(0).secret);
    fs::set_permissions(world.config_file(), fs::Permissions::from_mode(0o400))?;
    for _ in 0..2 {
        let outcome = world.done(&["token"]).await?;
        assert!(outcome.out.starts_with("eyJ"), "{outcome:?}");
        assert!(
            outcome.err.contains("warning") && outcome.err.contains("read-only"),
            "{outcome:?}"
        );
    }
    assert_eq!(world.config_text()?, text);
    assert_ne!(world.kept().await?.remove(0).secret, secret);
    Ok(())
}

#[tokio::test]
async fn a_session_that_the_server_ended_is_cleared_away() -> Result<()> {
    let mut server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.change_config(|config| config["servers"]["prod"]["auth"]["serviceToken"] = "keep".into())?;
    let secret = String::from_utf8(world.kept().await?.remove(0).secret)?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let body = json!({"refreshToken": secret});
    let ended = http
        .post(format!("{}/auth/logout", server.url()))
        .json(&body)
        .send()
        .await?;
    assert_eq!(ended.status().as_u16(), 204);
    world.expire()?;
    let outcome = world.run(&["token", "--json"]).await?;
    assert_eq!(outcome.failure()?, failed(4, "sign_in_needed"));
    assert!(outcome.err.contains("sign in again"), "{outcome:?}");
    assert_eq!(
        world.config()?["servers"]["prod"]["auth"],
        json!({"serviceToken": "keep"})
    );
    assert!(world.kept().await?.is_empty());
    server.stop().await?;
    assert_eq!(
        world.run(&["token", "--json"]).await?.failure()?,
        failed(4, "signed_out"),
        "nobody is asked"
    );
    Ok(())
}

#[tokio::test]
async fn an_answer_that_cannot_be_written_is_our_fault() -> Result<()> {
    let world = World::bare().await?;
    let mut command = world.command(&["token"]);
    command.env("FLOWSTATE_AUTH_TOKEN", "static-bearer");
    let full = fs::File::options().write(true).open("/dev/full")?;
    let output = command
        .stdout(full)
        .stderr(Stdio::piped())
        .spawn()?
        .wait_with_output()
        .await?;
    assert_eq!(output.status.code(), Some(1));
    assert!(!output.stderr.is_empty() && !String::from_utf8_lossy(&output.stderr).contains("static-bearer"));
    Ok(())
}
