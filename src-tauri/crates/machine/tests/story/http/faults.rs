use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use accounts::ports::{ApiError, AuthApi, NetworkFault};
use machine::{CliAuthService, SystemClock};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::replay::{Issuer, JWKS, Replay, ok, reply};
use super::{code, email, refresh_token, server, service};

async fn probe(bytes: impl Into<Vec<u8>>) -> ApiError {
    let replay = Replay::start().await;
    replay.on(JWKS, bytes);
    service().probe(&server(&replay.url)).await.unwrap_err()
}

fn network(error: &ApiError) -> Option<NetworkFault> {
    match error {
        ApiError::Network { fault, .. } => Some(*fault),
        _ => None,
    }
}

#[tokio::test]
async fn what_is_no_auth_server_is_said_to_be_none() {
    for (bytes, words) in [
        (
            reply(
                200,
                "content-type: text/html\r\n",
                "<!doctype html><title>Hotel</title>",
            ),
            "web page",
        ),
        (reply(200, "", "\n <html>"), "web page"),
        (reply(200, "", ""), "empty"),
        (reply(200, "content-type: application/json\r\n", "[1,2]"), "not JSON"),
        (ok(&json!({"keys": []})), "no key"),
        (reply(404, "", "nothing here"), "no such page"),
        (
            reply(301, "location: https://www.example.com/secret?x\r\n", ""),
            "https://www.example.com",
        ),
        (reply(302, "location: /login\r\n", ""), "another page"),
        ("\u{15}\u{3}\u{1} no such protocol\r\n\r\n".to_owned(), "speak HTTP"),
        (reply(200, "", &"x".repeat(1024 * 1024 + 1)), "does not end"),
    ] {
        let error = probe(bytes).await;
        assert!(
            matches!(error, ApiError::NotAnAuthServer { .. }) && error.to_string().contains(words),
            "{words}: {error}"
        );
        assert!(
            !error.to_string().contains("secret") && !error.to_string().contains("Hotel"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (replay, elsewhere) = (Replay::start().await, Replay::start().await);
    replay.on(
        "/auth/send-code",
        reply(307, &format!("location: {}/auth/send-code\r\n", elsewhere.url), ""),
    );
    let error = service().send_code(&server(&replay.url), &email()).await.unwrap_err();
    assert!(matches!(error, ApiError::NotAnAuthServer { .. }), "{error}");
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_reply_that_breaks_off_is_a_cut() {
    let whole = Issuer::new().jwks();
    for length in [20, whole.len() - 5] {
        let error = probe(&whole.as_bytes()[..length]).await;
        assert_eq!(network(&error), Some(NetworkFault::Cut), "{length}: {error}");
    }
}

#[tokio::test]
async fn who_does_not_answer_is_told_from_who_is_not_there() {
    let replay = Replay::start().await;
    replay.on(JWKS, "");
    let impatient =
        CliAuthService::new(Arc::new(SystemClock)).with_timeouts(Duration::from_millis(50), Duration::from_secs(10));
    let error = impatient.probe(&server(&replay.url)).await.unwrap_err();
    assert_eq!(network(&error), Some(NetworkFault::TimedOut), "{error}");

    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = service().probe(&server(&format!("http://{free}"))).await.unwrap_err();
    assert_eq!(network(&error), Some(NetworkFault::Unreachable), "{error}");
}

#[tokio::test]
async fn a_server_without_tls_is_not_spoken_to_in_the_clear() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let plain_server = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut first = [0; 1024];
        let length = client.read(&mut first).await.unwrap();
        client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        String::from_utf8_lossy(&first[..length]).into_owned()
    });
    let error = service().probe(&server(&url)).await.unwrap_err();
    assert!(
        matches!(error, ApiError::NotAnAuthServer { .. }) && error.to_string().contains("https"),
        "{error}"
    );
    assert!(!plain_server.await.unwrap().contains("GET"));
}

#[tokio::test]
async fn without_keys_neither_code_nor_refresh_token_is_spent() {
    let replay = Replay::start().await;
    replay.on(JWKS, reply(500, "", "sorry"));
    let server = server(&replay.url);
    let login = service().login(&server, &email(), &code()).await.unwrap_err();
    let refresh = service().refresh(&server, &refresh_token()).await.unwrap_err().error;
    assert!(matches!(login, ApiError::ServerFault { .. }), "{login}");
    assert!(matches!(refresh, ApiError::ServerFault { .. }), "{refresh}");
    assert_eq!(replay.asked_for(JWKS), replay.requests().len());
}

#[tokio::test]
async fn requests_are_those_of_the_contract() {
    let replay = Replay::start().await;
    replay
        .on(
            "/auth/send-code",
            reply(
                202,
                "content-type: application/json\r\n",
                r#"{"expiresIn":600,"retryAfter":60}"#,
            ),
        )
        .on("/auth/logout", reply(204, "", ""));
    let (service, server) = (service(), server(&replay.url));
    let sent = service.send_code(&server, &email()).await.unwrap();
    assert_eq!(
        (sent.expires_in, sent.retry_after),
        (Duration::from_secs(600), Duration::from_secs(60))
    );
    service.logout(&server, &refresh_token()).await.unwrap();
    let [send, logout] = &replay.requests()[..] else {
        panic!("two requests")
    };
    assert_eq!(send.body, json!({"email": "ada@example.com", "domainId": "default"}));
    assert_eq!(logout.body, json!({"refreshToken": "refresh-token-of-ada"}));
    assert!(
        send.head
            .contains(concat!("user-agent: flowstate-accounts/", env!("CARGO_PKG_VERSION"))),
        "{}",
        send.head
    );
    assert!(!send.head.contains("accept-encoding"), "{}", send.head);
}
