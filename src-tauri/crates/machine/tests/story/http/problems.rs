//! The contract's table *Errors*.

use std::time::Duration;

use accounts::ports::{ApiError, AuthApi};
use auth_core::wire::GrantReason;
use serde_json::{Value, json};

use super::replay::{Issuer, JWKS, Replay, problem, reply};
use super::{code, email, refresh_token, server, service};

async fn login_error(reply: String) -> ApiError {
    let replay = Replay::start().await;
    replay.on(JWKS, Issuer::new().jwks()).on("/auth/verify-code", reply);
    service()
        .login(&server(&replay.url), &email(), &code())
        .await
        .unwrap_err()
}

async fn refresh_error(reply: String) -> ApiError {
    let replay = Replay::start().await;
    replay.on(JWKS, Issuer::new().jwks()).on("/auth/refresh", reply);
    service()
        .refresh(&server(&replay.url), &refresh_token())
        .await
        .unwrap_err()
        .error
}

fn coded(status: u16, code: &str) -> String {
    problem(status, json!({ "code": code }))
}

#[tokio::test]
async fn each_code_has_its_error() {
    let wait = Some(Duration::from_secs(17));
    assert_eq!(
        login_error(problem(400, json!({"code": "code_invalid", "attemptsLeft": 3}))).await,
        ApiError::CodeInvalid { attempts_left: 3 }
    );
    for (status, code, expected) in [
        (400, "code_expired", ApiError::CodeExpired),
        (429, "code_attempts_exceeded", ApiError::CodeAttemptsExceeded),
        (429, "rate_limited", ApiError::RateLimited { retry_after: wait }),
        (400, "invalid_email", ApiError::InvalidEmail),
        (
            400,
            "unknown_domain",
            ApiError::UnknownDomain {
                domain_id: "default".into(),
            },
        ),
    ] {
        assert_eq!(login_error(coded(status, code)).await, expected, "{code}");
    }
    for (status, code) in [
        (400, "invalid_request"),
        (403, "forbidden"),
        (404, "not_found"),
        (409, "conflict"),
        (418, "brand_new"),
    ] {
        let error = login_error(coded(status, code)).await;
        let ApiError::Refused {
            status: seen, detail, ..
        } = &error
        else {
            panic!("{code}: {error}")
        };
        assert_eq!((*seen, detail.as_str()), (status, "the detail"));
    }
    for (status, code) in [(503, "storage_unavailable"), (500, "internal"), (502, "brand_new")] {
        let error = login_error(coded(status, code)).await;
        assert!(
            matches!(&error, ApiError::ServerFault { status: seen, .. } if *seen == status),
            "{code}: {error}"
        );
    }
}

#[tokio::test]
async fn only_invalid_grant_ends_a_session() {
    for (reason, expected) in [
        (json!("expired"), GrantReason::Expired),
        (json!("revoked"), GrantReason::Revoked),
        (json!("reused"), GrantReason::Reused),
        (json!("new"), GrantReason::Unknown),
        (Value::Null, GrantReason::Unknown),
    ] {
        let error = refresh_error(problem(401, json!({"code": "invalid_grant", "reason": reason}))).await;
        assert_eq!(error, ApiError::InvalidGrant { reason: expected });
    }
    let oauth = |media: &str, status| {
        reply(
            status,
            &format!("content-type: {media}\r\n"),
            r#"{"error":"invalid_grant"}"#,
        )
    };
    let unknown = ApiError::InvalidGrant {
        reason: GrantReason::Unknown,
    };
    assert_eq!(refresh_error(oauth("application/json", 400)).await, unknown);

    let own_type = |status| {
        reply(
            status,
            "content-type: application/json\r\n",
            r#"{"code":"invalid_grant"}"#,
        )
    };
    for keeps in [
        oauth("text/plain", 400),
        oauth("application/json", 500),
        own_type(400),
        own_type(401),
        coded(400, "invalid_request"),
        coded(401, "invalid_token"),
        reply(400, "", "Bad Gateway Request"),
        reply(401, "", ""),
        reply(403, "", "invalid_grant"),
    ] {
        let error = refresh_error(keeps).await;
        assert!(!matches!(error, ApiError::InvalidGrant { .. }), "{error}");
    }
    let elsewhere = login_error(coded(401, "invalid_grant")).await;
    assert!(matches!(elsewhere, ApiError::Refused { .. }), "{elsewhere}");
}

#[tokio::test]
async fn a_bare_401_on_refresh_asks_for_a_sign_in() {
    for bare in [
        reply(401, "", ""),
        coded(401, "invalid_token"),
        reply(401, "content-type: text/html\r\n", "<p>no"),
    ] {
        let error = refresh_error(bare).await;
        assert!(matches!(error, ApiError::Unauthorized { .. }), "{error}");
    }
}

#[tokio::test]
async fn other_servers_words_are_quoted_with_care() {
    let error = login_error(reply(500, "content-type: text/plain\r\n", "out of\u{7} cheese\n")).await;
    assert!(
        matches!(&error, ApiError::ServerFault { detail, .. } if detail == "out of cheese"),
        "{error:?}"
    );
    let error = refresh_error(reply(400, "", &format!("bad token {}", refresh_token().expose()))).await;
    assert!(
        matches!(&error, ApiError::Refused { detail, .. } if detail.is_empty()),
        "a secret came back: {error:?}"
    );
    let error = login_error(reply(502, "content-type: text/html\r\n", "<html>nginx</html>")).await;
    assert!(
        matches!(&error, ApiError::ServerFault { detail, .. } if detail.is_empty()),
        "{error:?}"
    );
    let error = login_error(reply(429, "retry-after: 5\r\n", "slow down")).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(5)));
}
