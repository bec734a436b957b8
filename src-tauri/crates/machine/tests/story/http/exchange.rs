use std::sync::Arc;

use accounts::ports::{ApiError, Clock, UnixMillis};
use async_trait::async_trait;
use auth_core::{Secret, ServerUrl};
use machine::{CliAuthService, Exchanged};
use serde_json::json;

use super::replay::{Replay, ok, problem, reply};

const PATH: &str = "/auth/token";
const NOW: UnixMillis = 1_790_000_000_000;

struct Standing;

#[async_trait]
impl Clock for Standing {
    fn now(&self) -> UnixMillis {
        NOW
    }

    async fn wait_until(&self, _at: UnixMillis) {}
}

fn api_token() -> Secret {
    Secret::new("epic_live_0123456789abcdef0123456789abcdef")
}

async fn exchange(replay: &Replay) -> Result<Exchanged, ApiError> {
    CliAuthService::new(Arc::new(Standing))
        .exchange(&ServerUrl::parse(&replay.url).unwrap(), &api_token())
        .await
}

#[tokio::test]
async fn an_api_token_is_sent_as_a_form_and_gives_an_access_token() {
    let replay = Replay::start().await;
    replay.on(
        PATH,
        ok(&json!({"access_token": "acc", "token_type": "Bearer", "expires_in": 900})),
    );
    let exchanged = exchange(&replay).await.unwrap();
    assert_eq!(exchanged.access_token, Secret::new("acc"));
    let end = NOW + 900_000;
    assert!(
        (end - 20_000..=end).contains(&exchanged.expires_at),
        "{}",
        exchanged.expires_at
    );
    let requests = replay.requests();
    let [request] = &requests[..] else {
        panic!("one request is enough, {} were sent", requests.len())
    };
    assert!(request.head.starts_with("post /auth/token "), "{}", request.head);
    assert!(request.head.contains("content-type: application/x-www-form-urlencoded"));
    assert_eq!(
        request.text,
        format!("grant_type=api_token&api_token={}", api_token().expose())
    );
}

#[tokio::test]
async fn a_token_that_the_server_does_not_know_is_told_apart_and_not_quoted() {
    let echo = format!("no such token: {}", api_token().expose());
    let oauth = |error: &str| {
        reply(
            400,
            "content-type: application/json\r\n",
            &json!({"error": error}).to_string(),
        )
    };
    for (refusal, is_refused) in [
        (problem(401, json!({"code": "invalid_token", "detail": echo})), true),
        (problem(401, json!({"code": "invalid_grant"})), true),
        (oauth("invalid_grant"), true),
        (reply(401, "", &echo), true),
        (oauth("unsupported_grant_type"), false),
        (problem(400, json!({"code": "invalid_request", "detail": echo})), false),
        (problem(429, json!({"code": "rate_limited"})), false),
        (reply(503, "", &echo), false),
        (reply(404, "", ""), false),
    ] {
        let replay = Replay::start().await;
        replay.on(PATH, refusal);
        let error = exchange(&replay).await.unwrap_err();
        assert_eq!(matches!(error, ApiError::ApiTokenRefused { .. }), is_refused, "{error}");
        assert!(!format!("{error} {error:?}").contains("epic_live"), "{error}");
    }
}

#[tokio::test]
async fn what_is_no_bearer_token_is_not_handed_on() {
    for body in [
        json!({}),
        json!({"access_token": "acc", "token_type": "mac", "expires_in": 900}),
        json!({"access_token": "", "token_type": "Bearer", "expires_in": 900}),
        json!({"access_token": "acc", "token_type": "Bearer"}),
    ] {
        let replay = Replay::start().await;
        replay.on(PATH, ok(&body));
        let error = exchange(&replay).await.unwrap_err();
        assert!(matches!(error, ApiError::NotAnAuthServer { .. }), "{body}: {error}");
    }
}
