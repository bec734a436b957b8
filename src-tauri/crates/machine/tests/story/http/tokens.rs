use std::sync::Arc;

use accounts::ports::{ApiError, AuthApi, Clock, NotRefreshed, Tokens, UnixMillis};
use async_trait::async_trait;
use auth_core::config::StoredAuth;
use auth_core::models::Timestamp;
use auth_core::wire::Device;
use auth_core::{Secret, ServerUrl};
use machine::CliAuthService;
use serde_json::{Value, json};

use super::replay::{Issuer, JWKS, Replay, ok, reply};
use super::{code, email, refresh_token, server, service};

/// Sun, 06 Nov 1994 08:49:37 GMT.
const SERVER_TIME: u64 = 784_111_777;
const DATE: &str = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
/// Our own clock is years ahead of that server's.
const OUR_TIME: UnixMillis = 1_790_000_000_000;

struct Standing;

#[async_trait]
impl Clock for Standing {
    fn now(&self) -> UnixMillis {
        OUR_TIME
    }

    async fn wait_until(&self, _at: UnixMillis) {}
}

async fn refresh_with(issuer: &Issuer, reply: String) -> Result<Tokens, NotRefreshed> {
    let replay = Replay::start().await;
    replay.on(JWKS, issuer.jwks()).on("/auth/refresh", reply);
    CliAuthService::new(Arc::new(Standing))
        .refresh(&server(&replay.url), &refresh_token())
        .await
}

fn now() -> Timestamp {
    Timestamp::from_seconds(SERVER_TIME)
}

fn dated(body: &Value) -> String {
    reply(
        200,
        &format!("{DATE}content-type: application/json\r\n"),
        &body.to_string(),
    )
}

#[tokio::test]
async fn a_lifetime_counts_from_when_we_asked_on_our_own_clock() {
    let issuer = Issuer::new();
    let token = issuer.token("default", now(), 900);
    let body = json!({"accessToken": token.expose(), "refreshToken": "next", "expiresIn": 900, "userId": "u", "email": "ada@example.com"});
    let tokens = refresh_with(&issuer, dated(&body)).await.unwrap();
    let end = OUR_TIME + 900_000;
    assert!(
        (end - 20_000..=end).contains(&tokens.expires_at),
        "{}",
        tokens.expires_at
    );
    assert_eq!(
        (tokens.user_id.as_str(), tokens.email.as_str()),
        ("u", "ada@example.com")
    );
    assert_eq!(
        (tokens.access_token, tokens.refresh_token),
        (token, Some(Secret::new("next")))
    );
}

#[tokio::test]
async fn without_a_lifetime_the_tokens_own_end_is_moved_to_our_clock() {
    let issuer = Issuer::new();
    let token = issuer.token("default", now(), 900);
    let body = json!({"access_token": token.expose()});
    let tokens = refresh_with(&issuer, dated(&body)).await.unwrap();
    assert_eq!(tokens.expires_at, OUR_TIME + 900_000);
    assert_eq!(
        (tokens.user_id.as_str(), tokens.email.as_str()),
        ("user-of-claims", "claims@example.com")
    );
    assert_eq!(tokens.refresh_token, None, "the old one stays");
    let undated = refresh_with(&issuer, ok(&body)).await.unwrap();
    assert_eq!(undated.expires_at, (SERVER_TIME + 900) * 1000);
}

#[tokio::test]
async fn tokens_that_the_keys_do_not_vouch_for_are_thrown_away() {
    let (issuer, forger) = (Issuer::new(), Issuer::new());
    let good = issuer.token("default", now(), 900);
    let (head, signature) = good.expose().rsplit_once('.').unwrap();
    let payload_of = |token: &Secret| token.expose().split('.').nth(1).unwrap().to_owned();
    let other = issuer.token("default", now(), 9_000);
    let swapped = format!("{}.{}.{signature}", head.split('.').next().unwrap(), payload_of(&other));
    for (token, words) in [
        (forger.token("default", now(), 900).expose(), "not among them"),
        (swapped.as_str(), "signature is wrong"),
        ("opaque", "no access token"),
        (
            &format!("eyJhbGciOiJub25lIn0.{}.", payload_of(&good)),
            "no access token",
        ),
        (
            issuer
                .token("default", Timestamp::from_seconds(SERVER_TIME - 2_000), 900)
                .expose(),
            "ended",
        ),
    ] {
        let error = refresh_with(&issuer, dated(&json!({"accessToken": token, "expiresIn": 900})))
            .await
            .unwrap_err()
            .error;
        assert!(
            matches!(error, ApiError::BadToken { .. }) && error.to_string().contains(words),
            "{words}: {error}"
        );
    }
}

#[tokio::test]
async fn another_domains_token_is_thrown_away() {
    let issuer = Issuer::new();
    let token = issuer.token("other", now(), 900);
    let body = json!({"accessToken": token.expose(), "domainId": "default", "refreshToken": "next"});
    let refused = refresh_with(&issuer, dated(&body)).await.unwrap_err();
    assert_eq!(
        refused.error,
        ApiError::WrongDomain {
            expected: "default".into(),
            found: "other".into()
        }
    );
    // The one that was sent has been replaced all the same.
    assert_eq!(refused.next, Some(Secret::new("next")));
}

#[tokio::test]
async fn replies_without_tokens_are_no_auth_servers() {
    for body in ["", "{}", "<html>", "[]", r#"{"accessToken":"t","tokenType":"mac"}"#] {
        let error = refresh_with(&Issuer::new(), reply(200, "", body))
            .await
            .unwrap_err()
            .error;
        assert!(matches!(error, ApiError::NotAnAuthServer { .. }), "{body}: {error}");
    }
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_for_an_unknown_one() {
    let (old, new, forger) = (Issuer::new(), Issuer::new(), Issuer::new());
    let replay = Replay::start().await;
    replay.on(JWKS, old.jwks()).on(JWKS, new.jwks());
    let body = |issuer: &Issuer| dated(&json!({"accessToken": issuer.token("default", now(), 900).expose()}));
    for issuer in [&old, &old, &new, &new, &forger] {
        replay.on("/auth/refresh", body(issuer));
    }
    let (service, server) = (service(), server(&replay.url));
    let mut results = Vec::new();
    for _ in 0..6 {
        let good = service.refresh(&server, &refresh_token()).await.is_ok();
        results.push((good, replay.asked_for(JWKS)));
    }
    assert_eq!(
        results,
        [(true, 1), (true, 1), (true, 2), (true, 2), (false, 2), (false, 2)]
    );
}

#[tokio::test]
async fn a_sign_in_tells_which_machine_it_is() {
    let issuer = Issuer::new();
    let replay = Replay::start().await;
    let token = issuer.token("default", now(), 900);
    replay
        .on(JWKS, issuer.jwks())
        .on("/auth/verify-code", dated(&json!({"accessToken": token.expose()})));
    let device = Device {
        device_id: "d-1".into(),
        platform: Some("linux".into()),
        user_agent: None,
    };
    service()
        .with_device(device)
        .login(&server(&replay.url), &email(), &code())
        .await
        .unwrap();
    let body = &replay.requests()[1].body;
    assert_eq!(body["code"], "123456");
    assert_eq!(
        body["device"],
        json!({"deviceId": "d-1", "platform": "linux", "userAgent": null})
    );
}

#[tokio::test]
async fn a_valid_token_is_handed_out_and_a_dying_one_refreshed_first() {
    let issuer = Issuer::new();
    let replay = Replay::start().await;
    let fresh = issuer.token("default", now(), 900);
    replay.on(JWKS, issuer.jwks()).on(
        "/auth/refresh",
        dated(&json!({"accessToken": fresh.expose(), "expiresIn": 900})),
    );
    let (service, server) = (CliAuthService::new(Arc::new(Standing)), server(&replay.url));
    let auth = |left: u64| StoredAuth {
        access_token: Secret::new("old"),
        refresh_token: refresh_token(),
        expires_at: OUR_TIME + left,
        user_id: "u".into(),
        email: "e@x.y".into(),
    };
    assert_eq!(
        service.get_valid_token(&server, &auth(60_000)).await.unwrap(),
        auth(60_000)
    );
    assert!(replay.requests().is_empty());
    let renewed = service.get_valid_token(&server, &auth(59_999)).await.unwrap();
    assert_eq!((renewed.access_token, renewed.refresh_token), (fresh, refresh_token()));
    assert!(renewed.expires_at > OUR_TIME + 800_000);
    let kept_elsewhere = StoredAuth {
        refresh_token: Secret::new(""),
        ..auth(0)
    };
    let error = service
        .get_valid_token(&server, &kept_elsewhere)
        .await
        .unwrap_err()
        .error;
    assert_eq!(
        error,
        ApiError::Unauthorized {
            url: ServerUrl::parse(&replay.url).unwrap()
        }
    );
}
