//! API tokens of machines without a profile.

use std::time::Duration;

use accounts::FailureKind;
use auth_core::{Secret, ServerUrl};
use machine::AgentFailure;
use serde_json::json;
use tokio::task::JoinSet;

use super::{World, ask};
use crate::http::replay::{Replay, ok, problem};

const PATH: &str = "/auth/token";

fn reply(token: &str, seconds: u64) -> String {
    ok(&json!({"access_token": token, "token_type": "Bearer", "expires_in": seconds}))
}

async fn exchange(world: &World, url: &str, api_token: &str) -> Result<String, AgentFailure> {
    let (url, api_token) = (ServerUrl::parse(url).unwrap(), Secret::new(api_token));
    let answer = ask(world.place(), move |agent| {
        agent.exchange(&url, &api_token, Duration::from_secs(60))
    })
    .await?;
    assert!(answer.server.starts_with("http://127.0.0.1"), "{}", answer.server);
    Ok(answer.access_token.expose().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_exchange_serves_until_the_token_is_old() {
    let replay = Replay::start().await;
    replay
        .on(PATH, reply("first", 900))
        .on(PATH, reply("brief", 1))
        .on(PATH, reply("next", 900));
    let world = World::new().await;
    let _agent = world.start().await;
    for _ in 0..3 {
        assert_eq!(exchange(&world, &replay.url, "epic_live_a").await.unwrap(), "first");
    }
    assert_eq!(replay.asked_for(PATH), 1);
    assert_eq!(
        exchange(&world, &replay.url, "epic_live_b").await.unwrap(),
        "brief",
        "another token"
    );
    // Half of a life of one second is over before long.
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(exchange(&world, &replay.url, "epic_live_b").await.unwrap(), "next");
    assert_eq!(exchange(&world, &replay.url, "epic_live_a").await.unwrap(), "first");
    assert_eq!(replay.asked_for(PATH), 3);
    assert!(
        !world.root.path().join("config/config.json").exists(),
        "no profile was made"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_callers_make_one_exchange() {
    let replay = Replay::start().await;
    replay.on(PATH, reply("first", 900)).on(PATH, reply("second", 900));
    let world = std::sync::Arc::new(World::new().await);
    let _agent = world.start().await;
    let mut callers = JoinSet::new();
    for _ in 0..32 {
        let (world, url) = (world.clone(), replay.url.clone());
        callers.spawn(async move { exchange(&world, &url, "epic_live_a").await.unwrap() });
    }
    let mut tokens = callers.join_all().await;
    tokens.dedup();
    assert_eq!(tokens, ["first"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_refuses_is_said_and_not_remembered() {
    let replay = Replay::start().await;
    replay
        .on(PATH, problem(401, json!({"code": "invalid_token"})))
        .on(PATH, problem(429, json!({"code": "rate_limited"})))
        .on(PATH, reply("good", 900));
    let world = World::new().await;
    let _agent = world.start().await;
    let refused = |failure| match failure {
        AgentFailure::Refused { source } => source,
        other => panic!("{other}"),
    };
    let unknown = refused(exchange(&world, &replay.url, "epic_live_a").await.unwrap_err());
    assert_eq!(
        (unknown.code.as_str(), unknown.kind()),
        ("invalid_token", Some(FailureKind::SignIn))
    );
    let limited = refused(exchange(&world, &replay.url, "epic_live_a").await.unwrap_err());
    assert_eq!(
        (limited.code.as_str(), limited.retry_after),
        ("rate_limited", Some(Duration::from_secs(17)))
    );
    assert_eq!(exchange(&world, &replay.url, "epic_live_a").await.unwrap(), "good");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_for_api_tokens_is_bounded() {
    let replay = Replay::start().await;
    replay.on(PATH, reply("one", 900));
    let world = World::new().await;
    let _agent = world.start().await;
    for number in 0..40 {
        exchange(&world, &replay.url, &format!("epic_live_{number}"))
            .await
            .unwrap();
    }
    assert_eq!(replay.asked_for(PATH), 40);
    exchange(&world, &replay.url, "epic_live_39").await.unwrap();
    assert_eq!(replay.asked_for(PATH), 40, "the last one is remembered");
    exchange(&world, &replay.url, "epic_live_0").await.unwrap();
    assert_eq!(replay.asked_for(PATH), 41, "the first one made room");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_cannot_be_is_refused_without_its_secret() {
    let world = World::new().await;
    let _agent = world.start().await;
    let mut raw = world.raw();
    for url in ["http://auth.example.com", "", "epic_live_x"] {
        raw.say(json!({"op": "exchange", "url": url, "apiToken": "epic_live_y"}).to_string() + "\n");
        let reply = raw.line().unwrap();
        assert_eq!(reply["code"], "invalid_server", "{reply}");
        assert!(!reply.to_string().contains("epic_live"), "{reply}");
    }
}
