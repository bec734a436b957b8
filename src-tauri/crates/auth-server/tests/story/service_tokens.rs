//! §2: `POST /auth/service-token`.

use auth_core::Secret;
use auth_core::tokens::{JwksVerifier, VerifyError};
use auth_server::Clock;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, reply};

fn options(change: &[(&str, Value)]) -> Value {
    let mut options = json!({"serviceId": "mcp-gateway", "domainId": "default", "permissions": ["read", "write"], "ttlSeconds": 3_600});
    for (name, value) in change {
        options[*name] = value.clone();
    }
    options
}

#[tokio::test]
async fn a_service_token_says_what_was_asked_for_and_verifies_with_the_published_keys() {
    let world = World::new().await;
    let admin = world.admin().await;
    let made = world
        .call(Method::POST, "/auth/service-token", &admin, options(&[]))
        .await
        .ok(StatusCode::OK);
    assert_eq!(
        (&made["token_type"], &made["expires_in"]),
        (&json!("Bearer"), &json!(3_600))
    );
    let token = Secret::new(made["access_token"].as_str().unwrap());
    let jwks = reply(world.get("/.well-known/jwks.json")).await.ok(StatusCode::OK);
    let keys = JwksVerifier::parse(jwks.to_string().as_bytes()).unwrap();
    let now = world.clock.now();
    let payload = keys.verify_service(&token, now, 0).unwrap();
    assert_eq!(
        serde_json::to_value(&payload).unwrap(),
        json!({"sub": "mcp-gateway", "type": "service", "domainId": "default", "permissions": ["read", "write"],
            "iat": now.as_seconds(), "exp": now.as_seconds() + 3_600})
    );
    let end = now.plus_seconds(3_600);
    assert_eq!(keys.verify_service(&token, end, 0), Err(VerifyError::Expired));
    let bearer = world.me(&made["access_token"], Some("org-default")).await;
    bearer.problem(401, "invalid_token");
}

#[tokio::test]
async fn what_cannot_be_promised_is_refused() {
    let world = World::new().await;
    let admin = world.admin().await;
    for (name, value, status, code) in [
        ("serviceId", json!(""), 400, "invalid_request"),
        ("serviceId", json!("a\nb"), 400, "invalid_request"),
        ("serviceId", json!("x".repeat(129)), 400, "invalid_request"),
        ("domainId", json!("elsewhere"), 400, "unknown_domain"),
        ("domainId", json!("second"), 403, "forbidden"),
        ("permissions", json!(["a b"]), 400, "invalid_request"),
        ("permissions", json!("all"), 400, "invalid_request"),
        ("ttlSeconds", json!(0), 400, "invalid_request"),
        ("ttlSeconds", json!(2_592_001), 400, "invalid_request"),
        ("ttlSeconds", json!(-1), 400, "invalid_request"),
        ("ttlSeconds", json!(1.5), 400, "invalid_request"),
    ] {
        let body = options(&[(name, value)]);
        world
            .call(Method::POST, "/auth/service-token", &admin, body)
            .await
            .problem(status, code);
    }
}
