//! The same story over HTTP on every engine.

use anyhow::ensure;
use auth_core::storage::Store;
use auth_server::Limits;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testbed::{DEADLINE, eventually};

use crate::engine::Engine;
use crate::world::{ADA, World, settings, wrong};

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    whole_story(Engine::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_files() {
    whole_story(Engine::files()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    whole_story(Engine::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_s3() {
    whole_story(Engine::s3().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_rxdb() {
    match Engine::rxdb().await {
        Some(engine) => whole_story(engine).await,
        None => eprintln!("there is no RxDB here: make rxdb"),
    }
}

async fn whole_story(mut engine: Engine) {
    let world = World::on(engine.open().await).await;
    codes_open_once(&world).await;
    sessions_rotate_and_end(&world).await;
    programs_come_and_go(&world).await;
    bad_input_is_refused(&world).await;
    limits_are_shared(&world, &engine).await;
    what_has_ended_is_swept(&world).await;
    outages_heal(&world, &mut engine).await;
    world.stop().await;
}

async fn codes_open_once(world: &World) {
    let old = world.fresh_code(ADA).await;
    let code = world.fresh_code(ADA).await;
    let voided = world.verify(ADA, &old).await;
    if old != code {
        assert_eq!(voided.problem(400, "code_invalid")["attemptsLeft"], 4);
    }
    let tokens = world.verify(ADA, &code).await.ok(StatusCode::OK);
    world.verify(ADA, &code).await.problem(400, "code_expired");
    let me = world
        .me(&tokens["accessToken"], Some("org-default"))
        .await
        .ok(StatusCode::OK);
    assert_eq!(me["user"]["email"], ADA);
    // The same person comes back, and is nobody in another domain.
    let again = world.sign_in(ADA).await;
    assert_eq!(again["userId"], tokens["userId"]);

    let code = world.fresh_code("eve@example.com").await;
    for left in (0..5).rev() {
        let refused = world.verify("eve@example.com", &wrong(&code)).await;
        assert_eq!(refused.problem(400, "code_invalid")["attemptsLeft"], left);
    }
    world
        .verify("eve@example.com", &code)
        .await
        .problem(429, "code_attempts_exceeded");
    let code = world.fresh_code("eve@example.com").await;
    world.pass(601);
    world
        .verify("eve@example.com", &code)
        .await
        .problem(400, "code_expired");
}

async fn sessions_rotate_and_end(world: &World) {
    let refused = |reply: crate::world::Reply, reason: &str| {
        assert_eq!(reply.problem(401, "invalid_grant")["reason"], reason);
    };
    let first = world.sign_in(ADA).await["refreshToken"].clone();
    let second = world.refresh(&first).await.ok(StatusCode::OK)["refreshToken"].clone();
    // The parent within the grace is a lost reply; the grandparent, or the parent afterwards, is a theft.
    let current = world.refresh(&first).await.ok(StatusCode::OK)["refreshToken"].clone();
    let third = world.refresh(&current).await.ok(StatusCode::OK)["refreshToken"].clone();
    world.refresh(&second).await.ok(StatusCode::OK);
    refused(world.refresh(&first).await, "reused");
    refused(world.refresh(&third).await, "revoked");
    refused(world.refresh(&json!("nonsense")).await, "unknown");

    let (one, other) = (world.sign_in(ADA).await, world.sign_in(ADA).await);
    let bearer = one["accessToken"].as_str().unwrap();
    let list = world
        .call(Method::GET, "/auth/sessions", bearer, Value::Null)
        .await
        .ok(StatusCode::OK);
    let sessions = list["items"].as_array().unwrap();
    let others: Vec<&Value> = sessions.iter().filter(|session| session["current"] == false).collect();
    assert!(!others.is_empty() && others.len() == sessions.len() - 1, "{list}");
    for session in others {
        let path = format!("/auth/sessions/{}", session["id"].as_str().unwrap());
        world
            .call(Method::DELETE, &path, bearer, Value::Null)
            .await
            .ok(StatusCode::NO_CONTENT);
    }
    refused(world.refresh(&other["refreshToken"]).await, "revoked");
    let body = json!({"refreshToken": one["refreshToken"]});
    crate::world::reply(world.post("/auth/logout", &body))
        .await
        .ok(StatusCode::NO_CONTENT);
    world
        .me(&one["accessToken"], Some("org-default"))
        .await
        .problem(401, "invalid_token");
}

async fn programs_come_and_go(world: &World) {
    let admin = world.admin().await;
    let account = world.service_account(&admin, &["read"]).await;
    let token = world.api_token(&admin, &account, json!({"name": "ci"})).await;
    let exchanged = world.exchange(&token["token"]).await.ok(StatusCode::OK);
    assert_eq!(exchanged["expires_in"], 900);
    let list = world
        .call(Method::GET, "/auth/service-accounts", &admin, Value::Null)
        .await
        .ok(StatusCode::OK);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let path = format!("/auth/service-accounts/{}", account["id"].as_str().unwrap());
    let tokens = world
        .call(Method::GET, &format!("{path}/tokens"), &admin, Value::Null)
        .await
        .ok(StatusCode::OK);
    assert!(tokens["items"][0]["lastUsedAt"].is_string() && tokens["items"][0].get("tokenHash").is_none());
    let revoke = format!("{path}/tokens/{}", token["id"].as_str().unwrap());
    world
        .call(Method::DELETE, &revoke, &admin, Value::Null)
        .await
        .ok(StatusCode::NO_CONTENT);
    assert_eq!(world.exchange(&token["token"]).await.status, StatusCode::UNAUTHORIZED);
    let ada = world.sign_in(ADA).await;
    let ada = ada["accessToken"].as_str().unwrap();
    world
        .call(Method::GET, "/auth/service-accounts", ada, Value::Null)
        .await
        .problem(403, "forbidden");
}

async fn bad_input_is_refused(world: &World) {
    world.send_code("no address").await.problem(400, "invalid_email");
    let elsewhere = json!({"email": ADA, "domainId": "elsewhere"});
    crate::world::reply(world.post("/auth/send-code", &elsewhere))
        .await
        .problem(400, "unknown_domain");
    for odd in [
        "\u{0}",
        "../../etc/passwd",
        "a'; DROP TABLE users; --",
        "%00",
        "{\"$gt\": \"\"}",
        "ü☕",
    ] {
        world.verify(odd, odd).await.problem(400, "invalid_email");
        world.verify(ADA, odd).await.problem(400, "invalid_request");
        assert_eq!(
            world.refresh(&json!(odd)).await.problem(401, "invalid_grant")["reason"],
            "unknown"
        );
        assert_eq!(world.exchange(&json!(odd)).await.status, StatusCode::UNAUTHORIZED);
    }
}

/// Two servers count together.
async fn limits_are_shared(world: &World, engine: &Engine) {
    world.pass(86_400);
    let mut strict = settings();
    strict.limits = Limits {
        send_ip: 1_000,
        send_all: 1_000,
        ..Limits::STRICT
    };
    let (one, other) = (
        world.also_on(engine.open().await, strict.clone()).await,
        world.also_on(engine.open().await, strict).await,
    );
    one.send_code("limited@example.com").await.ok(StatusCode::ACCEPTED);
    let early = other.send_code("limited@example.com").await;
    assert!(early.retry_after() <= 60);
    early.problem(429, "rate_limited");
    for turn in 1..5 {
        world.pass(61);
        let server = if turn % 2 == 0 { &one } else { &other };
        server.send_code("limited@example.com").await.ok(StatusCode::ACCEPTED);
    }
    world.pass(61);
    one.send_code("limited@example.com").await.problem(429, "rate_limited");
    other
        .send_code("somebody.else@example.com")
        .await
        .ok(StatusCode::ACCEPTED);
    one.stop().await;
    other.stop().await;
}

async fn what_has_ended_is_swept(world: &World) {
    use auth_server::Clock;
    let kept = world.sign_in("kept@example.com").await;
    let swept = Store::new(world.storage.clone())
        .sweep(world.clock.now())
        .await
        .unwrap();
    assert!(swept > 0);
    world.refresh(&kept["refreshToken"]).await.ok(StatusCode::OK);
}

async fn outages_heal(world: &World, engine: &mut Engine) {
    let tokens = world.sign_in(ADA).await;
    if !engine.stop().await {
        return;
    }
    world
        .refresh(&tokens["refreshToken"])
        .await
        .problem(503, "storage_unavailable");
    world.send_code(ADA).await.problem(503, "storage_unavailable");
    let status = async |path| crate::world::reply(world.get(path)).await.status.as_u16();
    assert_eq!((status("/health").await, status("/health/ready").await), (200, 503));
    engine.restart().await;
    let healed = async || {
        let reply = world.refresh(&tokens["refreshToken"]).await;
        ensure!(reply.status == StatusCode::OK, "{}", reply.body);
        Ok(())
    };
    eventually("the server to heal", DEADLINE, healed).await.unwrap();
    assert_eq!(status("/health/ready").await, 200);
}
