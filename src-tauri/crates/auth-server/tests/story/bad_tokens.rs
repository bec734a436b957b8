//! Tokens that were cut, forged, swapped or replayed, and clocks that are off.

use auth_core::Secret;
use auth_core::models::Timestamp;
use auth_core::tokens::{AccessTokenPayload, KeyRing, SigningAlgorithm, SigningKey, TokenManager};
use auth_server::Clock;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{ADA, World, reply};

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The token with other claims or another header, its signature as it was.
fn forged(token: &str, header: &[(&str, Value)], claims: &[(&str, Value)]) -> String {
    let (mut new_header, mut new_claims) = (part(token, 0), part(token, 1));
    for (name, value) in header {
        new_header[*name] = value.clone();
    }
    for (name, value) in claims {
        new_claims[*name] = value.clone();
    }
    let signature = token.rsplit('.').next().unwrap();
    format!("{}.{}.{signature}", encoded(&new_header), encoded(&new_claims))
}

/// Checks that nobody bears this token, whatever door it is shown at.
async fn refused_as_bearer(world: &World, token: &str) {
    for (method, path) in [
        (Method::GET, "/auth/me"),
        (Method::GET, "/auth/sessions"),
        (Method::GET, "/auth/service-accounts"),
        (Method::POST, "/auth/service-token"),
    ] {
        let request = world
            .http
            .request(method, format!("{}{path}", world.url))
            .header("x-org-id", "org-default")
            .bearer_auth(token);
        let problem = reply(request).await.problem(401, "invalid_token");
        assert!(token.len() < 20 || !problem.to_string().contains(token), "{problem}");
    }
}

#[tokio::test]
async fn a_cut_or_changed_token_is_worthless() {
    let world = World::new().await;
    let tokens = world.sign_in(ADA).await;
    let (access, refresh) = (
        tokens["accessToken"].as_str().unwrap(),
        tokens["refreshToken"].as_str().unwrap(),
    );
    for length in (0..access.len()).step_by(37) {
        refused_as_bearer(&world, &access[..length]).await;
    }
    for length in (0..refresh.len()).step_by(23) {
        let cut = json!(&refresh[..length]);
        let problem = world.refresh(&cut).await.problem(401, "invalid_grant");
        assert_eq!(problem["reason"], "unknown");
    }
    for index in (0..access.len()).step_by(31) {
        let mut changed = access.as_bytes().to_vec();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        if part_is_same(&changed, access) {
            continue;
        }
        refused_as_bearer(&world, &changed).await;
    }
    world
        .me(&tokens["accessToken"], Some("org-default"))
        .await
        .ok(StatusCode::OK);
    world.refresh(&tokens["refreshToken"]).await.ok(StatusCode::OK);
}

/// The last character of base64 has bits that mean nothing.
fn part_is_same(one: &str, other: &str) -> bool {
    let decoded = |token: &str| {
        token
            .split('.')
            .map(|part| URL_SAFE_NO_PAD.decode(part).ok())
            .collect::<Vec<_>>()
    };
    decoded(one) == decoded(other)
}

#[tokio::test]
async fn algorithms_cannot_be_chosen_by_the_token() {
    let world = World::new().await;
    let tokens = world.sign_in("root@admins.example").await;
    let access = tokens["accessToken"].as_str().unwrap();
    let jwks = reply(world.get("/.well-known/jwks.json")).await.ok(StatusCode::OK);
    let public = URL_SAFE_NO_PAD.decode(jwks["keys"][0]["x"].as_str().unwrap()).unwrap();

    for algorithm in ["none", "None", "NONE", "HS256", "RS256", "ES256", "PS256", ""] {
        let swapped = forged(access, &[("alg", json!(algorithm))], &[]);
        refused_as_bearer(&world, &swapped).await;
        let unsigned = format!("{}.", swapped.rsplit_once('.').unwrap().0);
        refused_as_bearer(&world, &unsigned).await;
    }
    // The published key as the secret of a hash.
    for secret in [public.clone(), jwks["keys"][0].to_string().into_bytes()] {
        let message = forged(access, &[("alg", json!("HS256"))], &[]);
        let message = message.rsplit_once('.').unwrap().0;
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), message.as_bytes());
        refused_as_bearer(&world, &format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))).await;
    }
    refused_as_bearer(&world, &forged(access, &[], &[("scopes", json!(["admin", "more"]))])).await;
    refused_as_bearer(&world, &forged(access, &[], &[("exp", json!(9_999_999_999_u64))])).await;
}

#[tokio::test]
async fn a_kid_is_a_name_and_nothing_else() {
    let world = World::new().await;
    let tokens = world.sign_in(ADA).await;
    let access = tokens["accessToken"].as_str().unwrap();
    for kid in [
        json!("../../../etc/passwd"),
        json!("/dev/null"),
        json!("http://evil.example/keys"),
        json!("' OR 1=1 --"),
        json!("\u{0}"),
        json!(""),
        json!("x".repeat(9_000)),
        json!(7),
        Value::Null,
    ] {
        refused_as_bearer(&world, &forged(access, &[("kid", kid)], &[])).await;
    }
    // A key that the token brings along is not looked at.
    let own = SigningKey::generate(SigningAlgorithm::EdDSA).unwrap();
    let jwk = serde_json::to_value(own.jwk()).unwrap();
    let brought = forged(access, &[("jwk", jwk), ("jku", json!("http://evil.example"))], &[]);
    refused_as_bearer(&world, &brought).await;
}

#[tokio::test]
async fn a_token_of_another_issuer_with_the_same_claims_is_not_ours() {
    let world = World::new().await;
    let tokens = world.sign_in(ADA).await;
    let access = part(tokens["accessToken"].as_str().unwrap(), 1);
    let ring = || KeyRing {
        current: SigningKey::generate(SigningAlgorithm::EdDSA).unwrap(),
        former: Vec::new(),
    };
    let other = TokenManager::new("http://auth.test", ring(), ring());
    let payload: AccessTokenPayload = serde_json::from_value(access.clone()).unwrap();
    let token = other
        .create_access(payload, access["sid"].as_str().unwrap(), "j", world.clock.now(), 900)
        .unwrap();
    refused_as_bearer(&world, Secret::expose(&token)).await;
}

#[tokio::test]
async fn no_kind_of_token_passes_for_another() {
    let world = World::new().await;
    let admin = world.admin().await;
    let tokens = world.sign_in(ADA).await;
    let options = json!({"serviceId": "s", "domainId": "default", "permissions": ["admin"], "ttlSeconds": 60});
    let service = world
        .call(Method::POST, "/auth/service-token", &admin, options)
        .await
        .ok(StatusCode::OK);
    refused_as_bearer(&world, service["access_token"].as_str().unwrap()).await;
    refused_as_bearer(&world, tokens["refreshToken"].as_str().unwrap()).await;
    for token in [&tokens["accessToken"], &service["access_token"]] {
        let problem = world.refresh(token).await.problem(401, "invalid_grant");
        assert_eq!(problem["reason"], "unknown");
        world.exchange(token).await.problem(401, "invalid_grant");
        let body = json!({"refreshToken": token});
        reply(world.post("/auth/logout", &body))
            .await
            .ok(StatusCode::NO_CONTENT);
    }
    world
        .me(&tokens["accessToken"], Some("org-default"))
        .await
        .ok(StatusCode::OK);
}

#[tokio::test]
async fn odd_authorization_headers_are_no_tokens() {
    let world = World::new().await;
    for value in [
        &b"Bearer"[..],
        b"Bearer ",
        b"Bearer  ",
        b"bearer\t",
        b"Basic YTpi",
        b"Bearer \xff\xfe",
        b"\xff",
        b"",
    ] {
        let request = world
            .get("/auth/me")
            .header("x-org-id", "org-default")
            .header("authorization", value);
        reply(request).await.problem(401, "invalid_token");
    }
    let token = world.sign_in(ADA).await["accessToken"].as_str().unwrap().to_owned();
    for org in [&b"\xff"[..], b"org-default\xc3", b"ORG-DEFAULT"] {
        let request = world.get("/auth/me").header("x-org-id", org).bearer_auth(&token);
        reply(request).await.problem(403, "forbidden");
    }
}

#[tokio::test]
async fn a_clock_that_is_five_minutes_off_signs_nobody_out() {
    let world = World::new().await;
    for ahead in [false, true] {
        let tokens = world.sign_in(ADA).await;
        let code = world.fresh_code("eve@example.com").await;
        if ahead {
            world.pass(300);
        } else {
            world.go_back(300);
        }
        world
            .me(&tokens["accessToken"], Some("org-default"))
            .await
            .ok(StatusCode::OK);
        let next = world.refresh(&tokens["refreshToken"]).await.ok(StatusCode::OK);
        let again = world.refresh(&tokens["refreshToken"]).await.ok(StatusCode::OK);
        assert_eq!(again["refreshToken"], next["refreshToken"]);
        world.verify("eve@example.com", &code).await.ok(StatusCode::OK);
        // And when it is set right again.
        if ahead {
            world.go_back(300);
        } else {
            world.pass(300);
        }
        world
            .me(&next["accessToken"], Some("org-default"))
            .await
            .ok(StatusCode::OK);
        world.refresh(&next["refreshToken"]).await.ok(StatusCode::OK);
    }
}

#[tokio::test]
async fn moments_beyond_all_calendars_do_not_break_anything() {
    let world = World::new().await;
    let admin = world.admin().await;
    let account = world.service_account(&admin, &[]).await;
    let far = json!({"name": "far", "expiresAt": "9999-12-31T23:59:59Z"});
    let token = world.api_token(&admin, &account, far).await;
    let traded = world.exchange(&token["token"]).await.ok(StatusCode::OK);
    assert_eq!(traded["expires_in"], 900);
    assert!(Timestamp::parse(token["expiresAt"].as_str().unwrap()).is_ok());
}
