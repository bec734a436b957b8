//! What tools ask, and get.

use std::time::Duration;

use accounts::FailureKind;
use machine::{AgentClient, AgentFailure};
use testbed::{DEADLINE, Fault, FaultyProxy, Server, eventually};
use tokio::task::JoinSet;

use super::{World, ask, id};

const MIN_TTL: Duration = Duration::from_secs(60);
const REFRESH: &str = "POST /auth/refresh";

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_the_server_named_or_of_the_active_one() {
    let server = Server::start(&[]).await.unwrap();
    let world = World::new().await;
    world.sign_in("prod", &server, &server.url()).await;
    let agent = world.start().await;
    let named = world
        .ask(|agent| agent.token(Some(&id("prod")), MIN_TTL))
        .await
        .unwrap();
    assert_eq!(named.server, "prod");
    assert_eq!(named.access_token.expose().split('.').count(), 3);
    let active = world.ask(|agent| agent.token(None, MIN_TTL)).await.unwrap();
    assert_eq!(active, named, "a good token is handed out as it is");
    let refreshed = world.ask(|agent| agent.refresh(None)).await.unwrap();
    assert_ne!(refreshed.access_token, named.access_token);
    assert!(refreshed.expires_at >= named.expires_at);

    let status = world.ask(AgentClient::status).await.unwrap();
    assert_eq!(
        (status.pid, status.version.as_str()),
        (std::process::id(), env!("CARGO_PKG_VERSION"))
    );
    let [prod] = &status.servers[..] else {
        panic!("{status:?}")
    };
    assert_eq!(
        (prod.id.as_str(), prod.state.as_str(), prod.store.as_str()),
        ("prod", "signed_in", "keychain")
    );
    assert_eq!(prod.expires_at, Some(refreshed.expires_at));

    world.ask(|agent| agent.show(None)).await.unwrap();
    world.ask(|agent| agent.show(Some(&id("prod")))).await.unwrap();
    assert_eq!(*world.shown.lock().unwrap(), [None, Some("prod".to_owned())]);
    agent.end().await;
    let gone = world.ask(|agent| agent.token(None, MIN_TTL)).await.unwrap_err();
    assert!(gone.go_on_without(), "{gone}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_are_those_of_the_contract() {
    let server = Server::start(&[]).await.unwrap();
    let world = World::new().await;
    world.sign_in("prod", &server, &server.url()).await;
    let _agent = world.start().await;
    let mut raw = world.raw();
    raw.say("{\"op\":\"token\",\"server\":\"prod\",\"minTtl\":60}\n{\"op\":\"status\"}\n");
    let token = raw.line().unwrap();
    assert_eq!((&token["ok"], &token["server"]), (&true.into(), &"prod".into()));
    assert!(token["accessToken"].is_string() && token["expiresAt"].as_u64() > Some(1_700_000_000_000));
    let status = raw.line().unwrap();
    assert_eq!(status["servers"][0]["id"], "prod");
    assert_eq!(status["servers"][0]["state"], "signed_in");
    assert_eq!(status["servers"][0]["store"], "keychain");
    assert_eq!(status["servers"][0]["expiresAt"], token["expiresAt"]);
    assert_eq!(status["pid"], std::process::id());
    raw.say("{\"op\":\"show\"}\n");
    assert_eq!(raw.line().unwrap(), serde_json::json!({"ok": true}));
    assert_eq!(world.shown.lock().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_said_with_its_code() {
    let server = Server::start(&[]).await.unwrap();
    let mut proxy = FaultyProxy::start(server.address()).await.unwrap();
    let world = World::new().await;
    let _agent = world.start().await;
    let refused = |failure: AgentFailure| match failure {
        AgentFailure::Refused { source } => (source.code.clone(), source.kind()),
        other => panic!("{other}"),
    };
    let none = world.ask(|agent| agent.token(None, MIN_TTL)).await.unwrap_err();
    assert_eq!(
        refused(none),
        ("unknown_server".to_owned(), Some(FailureKind::Configuration))
    );
    world.sign_in("prod", &server, &proxy.url()).await;
    let unknown = world.ask(|agent| agent.refresh(Some(&id("eu")))).await.unwrap_err();
    assert_eq!(refused(unknown).0, "unknown_server");
    let locks = std::fs::read_dir(world.root.path().join("config/locks")).unwrap();
    assert_eq!(locks.count(), 1, "a name alone has made a lock");
    proxy.set(Fault::ServerError).await.unwrap();
    let offline = world.ask(|agent| agent.refresh(None)).await.unwrap_err();
    assert_eq!(refused(offline), ("offline".to_owned(), Some(FailureKind::Network)));
    world.accounts.sign_out(&id("prod")).await.unwrap();
    let signed_out = world.ask(|agent| agent.token(None, MIN_TTL)).await.unwrap_err();
    assert_eq!(
        refused(signed_out),
        ("signed_out".to_owned(), Some(FailureKind::SignIn))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_another_tool_has_just_added_is_found() {
    let server = Server::start(&[]).await.unwrap();
    let world = World::new().await;
    world.sign_in("prod", &server, &server.url()).await;
    let _agent = world.start().await;
    let path = world.root.path().join("config/config.json");
    let text = std::fs::read_to_string(&path).unwrap().replace("\"prod\"", "\"new\"");
    std::fs::write(path, text).unwrap();
    let token = world.ask(|agent| agent.token(Some(&id("new")), MIN_TTL)).await.unwrap();
    assert_eq!(token.server, "new");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_looks_again_when_it_is_told_to() {
    let server = Server::start(&[]).await.unwrap();
    let world = World::new().await;
    world.sign_in("prod", &server, &server.url()).await;
    let _agent = world.start().await;
    world.expire("prod");
    world.ask(AgentClient::reload).await.unwrap();
    let status = world.ask(AgentClient::status).await.unwrap();
    assert_eq!(status.servers[0].expires_at, Some(1_700_000_000_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_with_another_config_folder_gets_no_token_of_this_one() {
    let server = Server::start(&[]).await.unwrap();
    let world = World::new().await;
    world.sign_in("prod", &server, &server.url()).await;
    let _agent = world.start().await;
    assert_eq!(world.place_elsewhere().socket(), world.socket());
    let refused = ask(world.place_elsewhere(), |agent| agent.token(None, MIN_TTL)).await;
    let Err(failure @ AgentFailure::OtherConfig { .. }) = refused else {
        panic!("{refused:?}")
    };
    assert!(failure.go_on_without());
    assert!(failure.to_string().contains("FLOWSTATE_CONFIG_DIR"), "{failure}");
    let mut raw = world.raw();
    raw.say("{\"op\":\"token\",\"config\":\"/elsewhere\"}\n");
    assert_eq!(raw.refusal(), "other_config");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_refresh_holds_up_nobody_elses_answer() {
    let server = Server::start(&[]).await.unwrap();
    let mut proxy = FaultyProxy::start(server.address()).await.unwrap();
    let world = World::new().await;
    world.sign_in("slow", &server, &proxy.url()).await;
    world.sign_in("quick", &server, &server.url()).await;
    let _agent = world.start().await;
    world.expire("slow");
    world.accounts.reload().await;
    proxy.set(Fault::Hang).await.unwrap();
    let mut waiting = world.raw();
    waiting.say("{\"op\":\"token\",\"server\":\"slow\"}\n");
    eventually("the slow refresh", DEADLINE, async || {
        anyhow::ensure!(proxy.requests().iter().filter(|it| *it == REFRESH).count() == 1);
        Ok(())
    })
    .await
    .unwrap();
    let quick = world
        .ask(|agent| agent.token(Some(&id("quick")), MIN_TTL))
        .await
        .unwrap();
    assert_eq!(quick.server, "quick");
    let silent = Duration::from_millis(50);
    assert!(waiting.line_within(silent).is_err(), "the slow one was answered first");
    // The contract has no word for a refresh under way.
    let status = world.ask(AgentClient::status).await.unwrap();
    let slow = status.servers.iter().find(|server| server.id == "slow").unwrap();
    assert_eq!(slow.state, "expired");
    let given_up = world
        .ask(|agent| {
            let hasty = agent.clone().with_patience(Duration::from_millis(50));
            hasty.token(Some(&id("slow")), MIN_TTL)
        })
        .await
        .unwrap_err();
    assert!(matches!(given_up, AgentFailure::Silent { .. }), "{given_up}");
    assert!(!given_up.go_on_without());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_callers_at_expiry_make_one_refresh() {
    let server = Server::start(&[]).await.unwrap();
    let proxy = FaultyProxy::start(server.address()).await.unwrap();
    let world = World::new().await;
    world.sign_in("prod", &server, &proxy.url()).await;
    let _agent = world.start().await;
    world.expire("prod");
    world.accounts.reload().await;
    let mut callers = JoinSet::new();
    for _ in 0..64 {
        callers.spawn(ask(world.place(), |agent| agent.token(None, MIN_TTL)));
    }
    let answers = callers.join_all().await.into_iter();
    let mut tokens: Vec<_> = answers.map(|answer| answer.unwrap()).collect();
    tokens.dedup();
    assert_eq!(tokens.len(), 1);
    assert_eq!(proxy.requests().iter().filter(|it| *it == REFRESH).count(), 1);
}
