//! §2: limits on codes and sends.

use auth_server::Limits;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::{ADA, World, reply, wrong};

async fn limited(limits: Limits) -> World {
    World::with(|settings| {
        settings.limits = limits;
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await
}

#[tokio::test]
async fn an_address_gets_one_code_a_minute() {
    let world = limited(Limits::STRICT).await;
    let sent = world.send_code(ADA).await.ok(StatusCode::ACCEPTED);
    assert_eq!(sent["retryAfter"], 60);
    world.pass(20);
    let again = world.send_code("ADA@example.com").await;
    assert_eq!(again.retry_after(), 40);
    again.problem(429, "rate_limited");
    world.send_code("eve@example.com").await.ok(StatusCode::ACCEPTED);
    let code = world.code(ADA);
    world.verify(ADA, &code).await.ok(StatusCode::OK);
    world.pass(40);
    world.send_code(ADA).await.ok(StatusCode::ACCEPTED);
}

#[tokio::test]
async fn an_address_gets_five_codes_an_hour() {
    let world = limited(Limits::STRICT).await;
    for _ in 0..5 {
        world.send_code(ADA).await.ok(StatusCode::ACCEPTED);
        world.pass(61);
    }
    let sixth = world.send_code(ADA).await;
    assert_eq!(sixth.retry_after(), 3_600 - 5 * 61);
    sixth.problem(429, "rate_limited");
    world.pass(3_600 - 5 * 61);
    world.send_code(ADA).await.ok(StatusCode::ACCEPTED);
}

#[tokio::test]
async fn an_ip_gets_its_share_and_no_more_than_all_get() {
    let world = limited(Limits {
        send_ip: 2,
        send_all: 3,
        ..Limits::OFF
    })
    .await;
    let send = |number: u32, ip: &'static str| {
        let body = json!({"email": format!("{number}@example.com"), "domainId": "default"});
        reply(
            world
                .post("/auth/send-code", &body)
                .header("x-forwarded-for", format!("9.9.9.9, {ip}")),
        )
    };
    send(1, "198.51.100.1").await.ok(StatusCode::ACCEPTED);
    send(2, "198.51.100.1").await.ok(StatusCode::ACCEPTED);
    send(3, "198.51.100.1").await.problem(429, "rate_limited");
    send(4, "198.51.100.2").await.ok(StatusCode::ACCEPTED);
    send(5, "198.51.100.3").await.problem(429, "rate_limited");
    world.pass(3_600);
    send(6, "198.51.100.1").await.ok(StatusCode::ACCEPTED);
}

#[tokio::test]
async fn tries_are_limited_beyond_one_code() {
    let world = limited(Limits {
        verify_address: 3,
        verify_ip: 4,
        ..Limits::OFF
    })
    .await;
    for _ in 0..3 {
        let code = world.fresh_code(ADA).await;
        world.verify(ADA, &wrong(&code)).await.problem(400, "code_invalid");
    }
    let code = world.fresh_code(ADA).await;
    let refused = world.verify(ADA, &code).await;
    assert_eq!(refused.retry_after(), 3_600);
    refused.problem(429, "rate_limited");
    world
        .verify("eve@example.com", "123456")
        .await
        .problem(429, "rate_limited");
}

#[tokio::test]
async fn guessing_a_bearer_is_limited_and_being_one_is_not() {
    let world = limited(Limits {
        token_ip: 3,
        ..Limits::OFF
    })
    .await;
    let admin = world.admin().await;
    let account = world.service_account(&admin, &["admin"]).await;
    let used = world.api_token(&admin, &account, json!({"name": "used"})).await["token"].clone();
    let unused = world.api_token(&admin, &account, json!({"name": "unused"})).await["token"].clone();
    let me = async |token: Value| world.me(&token, Some("org-default")).await;
    for _ in 0..5 {
        me(used.clone()).await.ok(StatusCode::OK);
    }
    // The prefix is a token's, so that the rest is compared.
    let text = used.as_str().unwrap();
    let guess = json!(format!(
        "{}{}",
        &text[..41],
        if text.ends_with('a') { 'b' } else { 'a' }
    ));
    for path in ["/auth/me", "/auth/sessions", "/auth/service-accounts"] {
        let request = world.get(path).header("x-org-id", "org-default");
        let refused = reply(request.bearer_auth(guess.as_str().unwrap())).await;
        refused.problem(401, "invalid_token");
    }
    for token in [&guess, &unused] {
        let limited = me(token.clone()).await;
        assert_eq!(limited.retry_after(), 3_600);
        limited.problem(429, "rate_limited");
        world.exchange(token).await.problem(429, "rate_limited");
    }
    me(used).await.ok(StatusCode::OK);
    world.pass(3_600);
    me(unused).await.ok(StatusCode::OK);
}

#[tokio::test]
async fn a_clock_that_was_set_back_makes_nobody_wait_for_longer_than_the_limit_says() {
    let world = limited(Limits {
        token_ip: 1,
        ..Limits::STRICT
    })
    .await;
    world.send_code(ADA).await.ok(StatusCode::ACCEPTED);
    let guess = json!("epic_live_x");
    world.exchange(&guess).await.problem(401, "invalid_grant");
    world.go_back(3 * 86_400);
    for (left_of_code, left_of_guess) in [(60, 3_600), (30, 3_570)] {
        let code = world.send_code(ADA).await;
        assert_eq!(code.retry_after(), left_of_code);
        code.problem(429, "rate_limited");
        let guessed = world.exchange(&guess).await;
        assert_eq!(guessed.retry_after(), left_of_guess);
        guessed.problem(429, "rate_limited");
        world.pass(30);
    }
    world.send_code(ADA).await.ok(StatusCode::ACCEPTED);
    world.pass(3_540);
    world.exchange(&guess).await.problem(401, "invalid_grant");
}

#[tokio::test]
async fn limits_outlive_a_restart() {
    let mut strict = crate::world::settings();
    strict.limits = Limits::STRICT;
    let world = limited(Limits::STRICT).await;
    world.send_code(ADA).await.ok(StatusCode::ACCEPTED);
    let world = world.restart(strict).await;
    world.send_code(ADA).await.problem(429, "rate_limited");
}

#[tokio::test]
async fn servers_on_one_storage_count_together() {
    let world = limited(Limits::STRICT).await;
    let mut strict = crate::world::settings();
    strict.limits = Limits::STRICT;
    let other = world.beside_with(strict).await;
    world.send_code(ADA).await.ok(StatusCode::ACCEPTED);
    other.send_code(ADA).await.problem(429, "rate_limited");
    world.pass(61);
    other.send_code(ADA).await.ok(StatusCode::ACCEPTED);
    world.send_code(ADA).await.problem(429, "rate_limited");
    // Five wrong tries, wherever they are made, void the code everywhere.
    let code = other.code(ADA);
    for try_number in 0..5 {
        let server = if try_number % 2 == 0 { &world } else { &other };
        server.verify(ADA, &wrong(&code)).await.problem(400, "code_invalid");
    }
    for server in [&world, &other] {
        server.verify(ADA, &code).await.problem(429, "code_attempts_exceeded");
    }
}
