//! §2: `POST /auth/token`, and what the access token it gives is good for.

use auth_core::Secret;
use auth_core::models::{ApiTokenModel, Timestamp};
use auth_core::storage::Store;
use auth_core::tokens::JwksVerifier;
use auth_server::{Clock, Limits};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{ADA, Reply, World, reply, settings};

struct Made {
    admin: String,
    account: Value,
    token: Value,
}

async fn made(world: &World, body: Value) -> Made {
    let admin = world.admin().await;
    let account = world.service_account(&admin, &["read", "write"]).await;
    let token = world.api_token(&admin, &account, body).await;
    Made { admin, account, token }
}

#[track_caller]
fn refused(reply: Reply, reason: &str) {
    let problem = reply.problem(401, "invalid_grant");
    assert_eq!(
        (&problem["reason"], &problem["error"]),
        (&json!(reason), &json!("invalid_grant"))
    );
}

#[tokio::test]
async fn an_api_token_is_traded_as_the_runner_does_it() {
    let world = World::new().await;
    let Made { account, token, .. } = made(&world, json!({"name": "runner"})).await;
    let traded = world.exchange(&token["token"]).await;
    assert_eq!(traded.headers["cache-control"], "no-store");
    let traded = traded.ok(StatusCode::OK);
    assert_eq!(
        (&traded["token_type"], &traded["expires_in"]),
        (&json!("Bearer"), &json!(900))
    );
    assert_eq!(traded.as_object().unwrap().len(), 3, "{traded}");

    let jwks = reply(world.get("/.well-known/jwks.json")).await.ok(StatusCode::OK);
    let keys = JwksVerifier::parse(jwks.to_string().as_bytes()).unwrap();
    let access = Secret::new(traded["access_token"].as_str().unwrap());
    let claims = keys
        .verify_access(&access, Some("http://auth.test"), world.clock.now(), 0)
        .unwrap();
    let id = account["id"].as_str().unwrap();
    assert_eq!((claims.sub.as_str(), claims.payload.user_id.as_str()), (id, id));
    assert_eq!(
        (claims.payload.domain_id.as_str(), claims.payload.org_id.as_str()),
        ("default", "org-default")
    );
    assert_eq!(
        claims.payload.scopes.as_deref(),
        Some(&["read".to_owned(), "write".to_owned()][..])
    );
    let me = world
        .me(&traded["access_token"], Some("org-default"))
        .await
        .ok(StatusCode::OK);
    assert_eq!(
        me,
        json!({"user": {"id": id, "email": "", "name": "ci"}, "domainId": "default", "orgId": "org-default", "scopes": ["read", "write"]})
    );
}

#[tokio::test]
async fn json_is_taken_in_both_spellings() {
    let world = World::new().await;
    let Made { token, .. } = made(&world, json!({"name": "runner"})).await;
    for body in [
        json!({"grant_type": "api_token", "api_token": token["token"], "theme": "dark"}),
        json!({"grantType": "api_token", "apiToken": token["token"]}),
    ] {
        reply(world.post("/auth/token", &body)).await.ok(StatusCode::OK);
    }
}

#[tokio::test]
async fn what_is_no_exchange_is_refused_with_oauth_s_words() {
    let world = World::new().await;
    let post = |form: &[(&str, &str)]| {
        let request = world.http.post(format!("{}/auth/token", world.url)).form(form);
        reply(request)
    };
    let other = post(&[("grant_type", "client_credentials"), ("client_id", "x")]).await;
    let problem = other.problem(400, "invalid_request");
    assert_eq!(problem["error"], "unsupported_grant_type");
    for form in [
        &[][..],
        &[("grant_type", "api_token")],
        &[("api_token", "epic_live_x")],
        &[
            ("grant_type", "api_token"),
            ("api_token", "s3cret"),
            ("api_token", "s3cret"),
        ],
    ] {
        let problem = post(form).await.problem(400, "invalid_request");
        assert!(!problem.to_string().contains("s3cret"), "{problem}");
    }
    let text = world
        .http
        .post(format!("{}/auth/token", world.url))
        .body("grant_type=api_token");
    reply(text).await.problem(415, "invalid_request");
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_unknown() {
    let world = World::new().await;
    let Made { token, .. } = made(&world, json!({"name": "runner"})).await;
    let text = token["token"].as_str().unwrap();
    let other_end = format!("{}{}", &text[..41], if text.ends_with('a') { 'b' } else { 'a' });
    for wrong in [
        String::new(),
        "epic_live_".into(),
        text[..41].to_owned(),
        format!("{text}a"),
        other_end,
        text.replace("epic_live_", "epic_test_"),
        format!("epic_live_{}", "a".repeat(32)),
        "\u{0}".into(),
    ] {
        refused(world.exchange(&json!(wrong)).await, "unknown");
    }
    world.exchange(&token["token"]).await.ok(StatusCode::OK);
}

#[tokio::test]
async fn a_token_ends_when_it_says_so_and_its_access_tokens_no_later() {
    let world = World::new().await;
    let end = world.clock.now().plus_seconds(100);
    let Made { token, .. } = made(&world, json!({"name": "short", "expiresAt": end})).await;
    let traded = world.exchange(&token["token"]).await.ok(StatusCode::OK);
    assert_eq!(traded["expires_in"], 100);
    world.pass(100);
    refused(world.exchange(&token["token"]).await, "expired");
    world
        .me(&traded["access_token"], Some("org-default"))
        .await
        .problem(401, "invalid_token");
}

#[tokio::test]
async fn nothing_is_given_that_is_over_already() {
    let world = World::new().await;
    let end = Timestamp::from_millis(world.clock.now().plus_seconds(100).as_millis() + 500);
    let Made { token, .. } = made(&world, json!({"name": "short", "expiresAt": end})).await;
    world.pass(100);
    refused(world.exchange(&token["token"]).await, "expired");
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once_and_so_is_what_came_of_it() {
    let world = World::new().await;
    let Made { admin, account, token } = made(&world, json!({"name": "runner"})).await;
    let access = world.exchange(&token["token"]).await.ok(StatusCode::OK)["access_token"].clone();
    let tokens = format!("/auth/service-accounts/{}/tokens", account["id"].as_str().unwrap());
    let path = format!("{tokens}/{}", token["id"].as_str().unwrap());
    for _ in 0..2 {
        world
            .call(Method::DELETE, &path, &admin, Value::Null)
            .await
            .ok(StatusCode::NO_CONTENT);
    }
    refused(world.exchange(&token["token"]).await, "revoked");
    for bearer in [&access, &token["token"]] {
        world
            .me(bearer, Some("org-default"))
            .await
            .problem(401, "invalid_token");
    }
    let listed = world
        .call(Method::GET, &tokens, &admin, Value::Null)
        .await
        .ok(StatusCode::OK);
    assert_eq!(listed["items"][0]["revoked"], true);
}

#[tokio::test]
async fn an_account_that_sleeps_or_is_gone_takes_its_tokens_along() {
    let world = World::new().await;
    let Made { admin, account, token } = made(&world, json!({"name": "runner"})).await;
    let access = world.exchange(&token["token"]).await.ok(StatusCode::OK)["access_token"].clone();
    let path = format!("/auth/service-accounts/{}", account["id"].as_str().unwrap());
    let set = |active: bool| world.call(Method::PATCH, &path, &admin, json!({"active": active}));
    set(false).await.ok(StatusCode::OK);
    refused(world.exchange(&token["token"]).await, "revoked");
    world
        .me(&access, Some("org-default"))
        .await
        .problem(401, "invalid_token");
    set(true).await.ok(StatusCode::OK);
    world.exchange(&token["token"]).await.ok(StatusCode::OK);
    world.me(&access, Some("org-default")).await.ok(StatusCode::OK);
    world
        .call(Method::DELETE, &path, &admin, Value::Null)
        .await
        .ok(StatusCode::NO_CONTENT);
    refused(world.exchange(&token["token"]).await, "revoked");
    world
        .me(&access, Some("org-default"))
        .await
        .problem(401, "invalid_token");
}

#[tokio::test]
async fn scopes_are_those_of_the_account_as_it_is_now() {
    let world = World::new().await;
    let Made { admin, account, token } = made(&world, json!({"name": "runner"})).await;
    let access = world.exchange(&token["token"]).await.ok(StatusCode::OK)["access_token"].clone();
    let accounts = "/auth/service-accounts";
    let bearer = access.as_str().unwrap();
    world
        .call(Method::GET, accounts, bearer, Value::Null)
        .await
        .problem(403, "forbidden");
    let path = format!("{accounts}/{}", account["id"].as_str().unwrap());
    world
        .call(Method::PATCH, &path, &admin, json!({"scopes": ["admin"]}))
        .await
        .ok(StatusCode::OK);
    world
        .call(Method::GET, accounts, bearer, Value::Null)
        .await
        .ok(StatusCode::OK);
    let me = world.me(&access, Some("org-default")).await.ok(StatusCode::OK);
    assert_eq!(me["scopes"], json!(["admin"]));
}

#[tokio::test]
async fn the_api_token_itself_is_a_bearer_too() {
    let world = World::new().await;
    let Made { account, token, .. } = made(&world, json!({"name": "runner", "environment": "test"})).await;
    let me = world.me(&token["token"], Some("org-default")).await.ok(StatusCode::OK);
    assert_eq!(me["user"]["id"], account["id"]);
    world
        .me(&json!(format!("epic_live_{}", "a".repeat(32))), Some("org-default"))
        .await
        .problem(401, "invalid_token");
}

#[tokio::test]
async fn the_last_use_is_written_at_most_once_a_minute() {
    let world = World::new().await;
    let Made { admin, account, token } = made(&world, json!({"name": "runner"})).await;
    let tokens = format!("/auth/service-accounts/{}/tokens", account["id"].as_str().unwrap());
    let last_used = async || {
        let listed = world.call(Method::GET, &tokens, &admin, Value::Null).await;
        listed.ok(StatusCode::OK)["items"][0]["lastUsedAt"].clone()
    };
    let version = async || {
        let store = Store::new(world.storage.clone());
        let stored = store.get::<ApiTokenModel>(token["id"].as_str().unwrap()).await;
        stored.unwrap().unwrap().version
    };
    assert_eq!(last_used().await, Value::Null);
    let first = world.clock.now();
    world.exchange(&token["token"]).await.ok(StatusCode::OK);
    assert_eq!(last_used().await, json!(first));
    let written = version().await;
    world.pass(59);
    world.exchange(&token["token"]).await.ok(StatusCode::OK);
    assert_eq!(version().await, written, "nothing was written within the minute");
    world.pass(1);
    world.exchange(&token["token"]).await.ok(StatusCode::OK);
    assert_eq!(last_used().await, json!(world.clock.now()));
}

#[tokio::test]
async fn a_token_of_a_domain_that_is_switched_off_waits() {
    let world = World::new().await;
    let Made { token, .. } = made(&world, json!({"name": "runner"})).await;
    let mut without = settings();
    without.domains = vec!["second".into()];
    let world = world.restart(without).await;
    world.exchange(&token["token"]).await.problem(400, "unknown_domain");
    world
        .me(&token["token"], Some("org-default"))
        .await
        .problem(401, "invalid_token");
    let world = world.restart(settings()).await;
    world.exchange(&token["token"]).await.ok(StatusCode::OK);
}

#[tokio::test]
async fn guessing_is_limited_and_using_is_not() {
    let world = World::with(|settings| {
        settings.limits = Limits {
            token_ip: 3,
            ..Limits::OFF
        };
    })
    .await;
    let Made { token, .. } = made(&world, json!({"name": "runner"})).await;
    for _ in 0..5 {
        world.exchange(&token["token"]).await.ok(StatusCode::OK);
    }
    for _ in 0..3 {
        refused(world.exchange(&json!("epic_live_x")).await, "unknown");
    }
    let limited = world.exchange(&token["token"]).await;
    assert_eq!(limited.retry_after(), 3_600);
    limited.problem(429, "rate_limited");
    world.pass(3_600);
    world.exchange(&token["token"]).await.ok(StatusCode::OK);
}

#[tokio::test]
async fn a_token_is_stored_as_a_hash_and_its_prefix() {
    let world = World::new().await;
    let Made { token, .. } = made(&world, json!({"name": "runner"})).await;
    let text = token["token"].as_str().unwrap();
    assert_eq!(token["prefix"], text[..18]);
    let store = Store::new(world.storage.clone());
    let stored = store.get::<ApiTokenModel>(token["id"].as_str().unwrap()).await;
    let stored = stored.unwrap().unwrap().record;
    assert!(stored.token_hash.expose().starts_with("$2b$10$"));
    assert_eq!(stored.created_at, Timestamp::parse("2026-11-24T00:00:00Z").unwrap());
}

#[tokio::test]
async fn a_person_cannot_trade_their_own_tokens_here() {
    let world = World::new().await;
    let tokens = world.sign_in(ADA).await;
    for token in ["accessToken", "refreshToken"] {
        refused(world.exchange(&tokens[token]).await, "unknown");
    }
}
