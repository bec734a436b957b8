//! The running app is asked first. Here it is a process of its own that is nothing but its agent, with the real parts.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use accounts::{Accounts, Ports};
use anyhow::Result;
use machine::{
    Agent, AgentPlace, CliAuthService, Keychain, Paths, SessionLocks, SettingsFile, SharedConfigFile, SystemClock,
    TimelineFiles,
};
use serde_json::{Value, json};
use testbed::{Fault, FaultyProxy, Process, Server};

use crate::world::{ADA, Outcome, World, failed};

const MARK: &str = "CLI_STORY_AGENT";

/// Starts it, and waits until it listens.
pub async fn start(world: &World) -> Result<Process> {
    let mut command = world.desktop.command(std::env::current_exe()?);
    command
        .args(["--exact", "agent::running", "--ignored", "--nocapture"])
        .env(MARK, "");
    let mut process = world.desktop.spawn("agent", command)?;
    process.line("listening").await?;
    Ok(process)
}

#[test]
#[ignore = "the other process of the tests beside it"]
fn running() -> Result<()> {
    if std::env::var_os(MARK).is_none() {
        return Ok(());
    }
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let paths = Paths::from_env()?;
        let accounts = Accounts::open(Ports {
            vault: Arc::new(Keychain::new(paths.scope())),
            config: Arc::new(SharedConfigFile::new(paths.config_dir())),
            api: Arc::new(CliAuthService::new(Arc::new(SystemClock))),
            clock: Arc::new(SystemClock),
            lock: Arc::new(SessionLocks::new(paths.config_dir())),
            settings: Arc::new(SettingsFile::new(&paths)),
            timeline: Arc::new(TimelineFiles::new(&paths)),
        })
        .await;
        let place = AgentPlace::from_env(&paths);
        let agent = Agent::listen(place, accounts, Arc::new(SystemClock), |_| {}).await?;
        // The test runner's own words stand on this line already.
        println!("\nlistening");
        agent.run(std::future::pending()).await;
        Ok(())
    })
}

/// Ada is signed in to `prod`, through a proxy that counts; her access token has ended, and the agent runs.
async fn with_agent(server: &Server) -> Result<(World, FaultyProxy, Process)> {
    let proxy = FaultyProxy::start(server.address()).await?;
    let world = World::signed_in(server, &proxy.url()).await?;
    // Before it starts: what it got itself it remembers, whatever the file says.
    world.expire()?;
    let agent = start(&world).await?;
    Ok((world, proxy, agent))
}

/// A run that could not reach the keychain if it tried.
async fn without_keychain(world: &World, arguments: &[&str]) -> Result<Outcome> {
    let mut command = world.command(arguments);
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    Outcome::of(command, "").await
}

fn refreshes(proxy: &FaultyProxy) -> usize {
    let requests = proxy.requests();
    requests
        .iter()
        .filter(|request| *request == "POST /auth/refresh")
        .count()
}

#[tokio::test]
async fn a_due_token_comes_from_the_agent_and_the_keychain_is_left_alone() -> Result<()> {
    let server = Server::start(&[]).await?;
    let (world, proxy, _agent) = with_agent(&server).await?;
    let token = without_keychain(&world, &["token", "--json"]).await?;
    assert_eq!(token.code, 0, "{token:?}");
    assert_eq!(token.json()?["server"], "prod");
    let auth = &world.config()?["servers"]["prod"]["auth"];
    assert_eq!(token.json()?["accessToken"], auth["accessToken"]);
    world.expire()?;
    let header = without_keychain(&world, &["headers"]).await?.json()?;
    assert!(
        header["Authorization"]
            .as_str()
            .is_some_and(|header| header.starts_with("Bearer eyJ"))
    );
    world.expire()?;
    let exec = without_keychain(&world, &["exec", "--", "sh", "-c", "echo $FLOWSTATE_AUTH_TOKEN"]).await?;
    assert!(exec.out.starts_with("eyJ"), "{exec:?}");
    assert_eq!(refreshes(&proxy), 1, "the agent remembers");
    let refresh = without_keychain(&world, &["refresh", "--json"]).await?;
    assert_eq!((refresh.code, refreshes(&proxy)), (0, 2), "{refresh:?}");
    Ok(())
}

#[tokio::test]
async fn status_and_which_show_what_the_agent_sees() -> Result<()> {
    let server = Server::start(&[]).await?;
    let (world, mut proxy, agent) = with_agent(&server).await?;
    proxy.set(Fault::Refuse).await?;
    let away = without_keychain(&world, &["status", "--json"]).await?;
    let seen = away.json()?["servers"][0]["state"].clone();
    assert_eq!((away.code, seen), (5, json!("offline")));
    assert!(away.err.contains("could not be reached"), "{away:?}");
    proxy.set(Fault::None).await?;
    let status = without_keychain(&world, &["status", "--json"]).await?;
    let running = json!({"running": true, "pid": agent.pid()});
    assert_eq!((status.code, &status.json()?["agent"]), (0, &running));
    assert_eq!(status.json()?["servers"][0]["state"], "signed_in");
    world.done(&["server", "share", "prod", "none"]).await?;
    let which = without_keychain(&world, &["which", "--json"]).await?.json()?;
    assert!(
        which["expiresAt"].is_u64(),
        "the file says nothing, the agent does: {which}"
    );
    Ok(())
}

#[tokio::test]
async fn what_is_shared_with_nobody_is_in_the_agents_memory() -> Result<()> {
    let server = Server::start(&[]).await?;
    let (world, proxy, _agent) = with_agent(&server).await?;
    world.done(&["server", "share", "prod", "none"]).await?;
    assert_eq!(world.config()?["servers"]["prod"].get("auth"), None);
    let first = without_keychain(&world, &["token"]).await?;
    let before = refreshes(&proxy);
    for _ in 0..3 {
        assert_eq!(without_keychain(&world, &["token"]).await?.out, first.out);
    }
    assert_eq!(refreshes(&proxy), before);
    Ok(())
}

#[tokio::test]
async fn the_agent_sees_at_once_what_was_changed_here() -> Result<()> {
    let server = Server::start(&[]).await?;
    let (world, _proxy, _agent) = with_agent(&server).await?;
    let sees = async || -> Result<Vec<(Value, Value)>> {
        let status = world.run(&["status", "--json"]).await?.json()?;
        assert_eq!(status["agent"]["running"], true);
        let servers = status["servers"].as_array().into_iter().flatten();
        Ok(servers
            .map(|server| (server["id"].clone(), server["state"].clone()))
            .collect())
    };
    world.done(&["server", "share", "prod", "none"]).await?;
    world.done(&["server", "add", "two", "--url", &server.url()]).await?;
    assert_eq!(
        sees().await?,
        [(json!("prod"), json!("signed_in")), (json!("two"), json!("signed_out"))]
    );
    world.done(&["logout"]).await?;
    world.done(&["server", "share", "two", "none"]).await?;
    world.sign_in(&server, "two").await?;
    assert_eq!(
        sees().await?,
        [(json!("prod"), json!("signed_out")), (json!("two"), json!("signed_in"))]
    );
    let token = without_keychain(&world, &["token", "--server", "two"]).await?;
    assert!(token.out.starts_with("eyJ"), "{token:?}");
    Ok(())
}

#[tokio::test]
async fn what_the_agent_cannot_do_ends_as_it_would_without_it() -> Result<()> {
    let server = Server::start(&[]).await?;
    let (world, mut proxy, _agent) = with_agent(&server).await?;
    world
        .done(&["server", "add", "two", "--url", "https://two.example"])
        .await?;
    let signed_out = world.run(&["token", "--server", "two", "--json"]).await?;
    assert_eq!(signed_out.failure()?, failed(4, "signed_out"));
    proxy.set(Fault::Refuse).await?;
    assert_eq!(world.run(&["token", "--json"]).await?.failure()?, failed(5, "offline"));
    proxy.set(Fault::None).await?;
    if let Some(keyring) = &world.keyring {
        keyring.lock().await?;
    }
    assert_eq!(world.run(&["token", "--json"]).await?.failure()?, failed(6, "locked"));
    Ok(())
}

#[tokio::test]
async fn a_read_only_file_costs_a_warning_where_the_agent_could_not_write_it() -> Result<()> {
    let server = Server::start(&[]).await?;
    let (world, _proxy, _agent) = with_agent(&server).await?;
    let text = world.config_text()?;
    fs::set_permissions(world.config_file(), fs::Permissions::from_mode(0o400))?;
    for _ in 0..2 {
        let token = world.done(&["token"]).await?;
        assert!(
            token.out.starts_with("eyJ") && token.err.contains("warning"),
            "{token:?}"
        );
    }
    assert_eq!(world.config_text()?, text);
    fs::set_permissions(world.config_file(), fs::Permissions::from_mode(0o600))?;
    world.done(&["refresh"]).await?;
    assert_eq!(world.done(&["token"]).await?.err, "");
    Ok(())
}

#[tokio::test]
async fn an_api_token_is_exchanged_once_for_all_who_ask_the_agent() -> Result<()> {
    let server = Server::start(&[]).await?;
    let api_token = server.api_token().await?;
    let world = World::bare().await?;
    let _agent = start(&world).await?;
    let mut tokens = BTreeSet::new();
    for _ in 0..3 {
        let mut command = world.command(&["token"]);
        command
            .env("FLOWSTATE_API_TOKEN", &api_token)
            .env("FLOWSTATE_AUTH_URL", server.url());
        tokens.insert(Outcome::of(command, "").await?.out);
    }
    // Each exchange gives another token.
    assert!(
        tokens.len() == 1 && tokens.iter().all(|token| token.starts_with("eyJ")),
        "{tokens:?}"
    );
    Ok(())
}

#[tokio::test]
async fn an_agent_that_is_stopped_dead_or_somebody_elses_is_gone_without() -> Result<()> {
    let server = Server::start(&[]).await?;
    let (world, _proxy, mut agent) = with_agent(&server).await?;
    let pid = agent.pid().unwrap_or_default().to_string();
    let signal = async |name: &str| world.desktop.command("kill").args([name, &pid]).status().await;
    signal("-STOP").await?;
    let token = world.done(&["token"]).await?;
    assert!(token.out.starts_with("eyJ"), "{token:?}");
    let status = world.done(&["status", "--json"]).await?.json()?;
    assert_eq!(status["agent"]["running"], false);
    signal("-CONT").await?;
    // One that speaks for this folder has nothing to say about another.
    let elsewhere = world.desktop.home().join("elsewhere");
    std::fs::create_dir(&elsewhere)?;
    std::fs::copy(world.config_file(), elsewhere.join("config.json"))?;
    let mut command = world.command(&["status", "--json"]);
    command.env("FLOWSTATE_CONFIG_DIR", &elsewhere);
    assert_eq!(Outcome::of(command, "").await?.json()?["agent"]["running"], false);
    agent.kill().await?;
    world.expire()?;
    world.done(&["token"]).await?;
    assert_eq!(world.config()?["servers"]["prod"]["auth"]["email"], ADA);
    Ok(())
}
