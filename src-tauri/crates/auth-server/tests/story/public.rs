//! What anybody may ask, and the mailbox of a server in development.

use auth_core::Secret;
use auth_core::tokens::JwksVerifier;
use auth_server::Clock;
use reqwest::StatusCode;
use serde_json::json;

use crate::world::{ADA, World, reply};

#[tokio::test]
async fn the_published_keys_verify_access_tokens() {
    let world = World::new().await;
    let tokens = world.sign_in(ADA).await;
    let jwks = reply(world.get("/.well-known/jwks.json")).await.ok(StatusCode::OK);
    let keys = JwksVerifier::parse(jwks.to_string().as_bytes()).unwrap();
    let token = Secret::new(tokens["accessToken"].as_str().unwrap());
    let claims = keys
        .verify_access(&token, Some("http://auth.test"), world.clock.now(), 0)
        .unwrap();
    assert_eq!(
        (claims.payload.email.as_str(), claims.payload.domain_id.as_str()),
        (ADA, "default")
    );
    assert_eq!(claims.payload.scopes, None);
    let refresh = Secret::new(tokens["refreshToken"].as_str().unwrap());
    assert!(keys.verify_access(&refresh, None, world.clock.now(), 0).is_err());
}

#[tokio::test]
async fn discovery_names_the_keys() {
    let world = World::new().await;
    let document = reply(world.get("/.well-known/openid-configuration"))
        .await
        .ok(StatusCode::OK);
    assert_eq!(document["issuer"], "http://auth.test");
    assert_eq!(document["jwks_uri"], "http://auth.test/.well-known/jwks.json");
    assert_eq!(document["id_token_signing_alg_values_supported"], json!(["EdDSA"]));
}

#[tokio::test]
async fn without_its_storage_the_server_lives_but_is_not_ready() {
    let world = World::new().await;
    let tokens = world.sign_in(ADA).await;
    reply(world.get("/health/ready")).await.ok(StatusCode::OK);
    world.storage.close().await;
    reply(world.get("/health")).await.ok(StatusCode::OK);
    reply(world.get("/health/ready"))
        .await
        .problem(503, "storage_unavailable");
    world
        .refresh(&tokens["refreshToken"])
        .await
        .problem(503, "storage_unavailable");
    world.send_code(ADA).await.problem(503, "storage_unavailable");
    world
        .me(&tokens["accessToken"], Some("org-default"))
        .await
        .problem(503, "storage_unavailable");
}

#[tokio::test]
async fn the_mailbox_is_json_for_programs_and_a_page_for_people() {
    let world = World::new().await;
    for email in [ADA, "eve@example.com", ADA] {
        world.fresh_code(email).await;
        world.pass(1);
    }
    let mails = reply(world.get("/dev/mailbox")).await.ok(StatusCode::OK);
    let to: Vec<_> = mails
        .as_array()
        .unwrap()
        .iter()
        .map(|mail| mail["to"].as_str().unwrap())
        .collect();
    assert_eq!(to, [ADA, "eve@example.com", ADA], "oldest first");
    let eve = reply(world.get("/dev/mailbox?to=Eve%40example.com"))
        .await
        .ok(StatusCode::OK);
    assert_eq!(
        eve,
        json!([{"to": "eve@example.com", "code": world.code("eve@example.com"), "domainId": "default", "sentAt": "2026-11-24T00:00:01.000Z"}])
    );
    let page = reply(world.get("/dev/mailbox").header("accept", "text/html,*/*;q=0.8")).await;
    assert!(
        page.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("default-src 'none'")
    );
    assert!(page.ok(StatusCode::OK).as_str().unwrap().contains(&world.code(ADA)));
}

#[tokio::test]
async fn the_front_page_tells_a_person_what_this_is() {
    let world = World::new().await;
    let page = reply(world.get("/")).await;
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let page = page.ok(StatusCode::OK);
    let text = page.as_str().unwrap();
    for word in [
        "flowstate-auth server add",
        "http://auth.test",
        "/openapi.json",
        "/health/ready",
        "/dev/mailbox",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    for (link, _) in text.split("href=\"").skip(1).filter_map(|rest| rest.split_once('"')) {
        assert_eq!(reply(world.get(link)).await.status, StatusCode::OK, "{link}");
    }
    let style = reply(world.get("/page.css")).await;
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
}
