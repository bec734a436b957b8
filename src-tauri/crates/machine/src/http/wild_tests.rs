//! Whatever a server answers: no panic, nothing that grows, and no session ended but by `invalid_grant`.

use std::time::Instant;

use accounts::ports::{ApiError, Server};
use auth_core::wire::{PROBLEM_JSON, SendCodeReply, TokenReply};
use auth_core::{Secret, ServerId, ServerUrl};
use proptest::prelude::*;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER};

use super::fault::{refresh_refusal, refusal};
use super::reply::Reply;

const TOKEN: &str = "refresh-token-of-this-session";

fn server() -> Server {
    Server {
        id: ServerId::existing("prod"),
        url: ServerUrl::parse("https://auth.example.com").unwrap(),
        domain_id: "default".to_owned(),
    }
}

/// Bytes, or JSON that nearly is what the contract names.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let field = prop_oneof![
        Just("code"),
        Just("error"),
        Just("status"),
        Just("title"),
        Just("detail"),
        Just("reason"),
        Just("attemptsLeft"),
        Just("accessToken"),
        Just("access_token"),
        Just("refreshToken"),
        Just("expiresIn"),
        Just("tokenType"),
        Just("user"),
        Just("scopes"),
        Just("domainId"),
    ];
    let value = prop_oneof![
        Just("\"invalid_grant\"".to_owned()),
        Just("\"rate_limited\"".to_owned()),
        Just("1e308".to_owned()),
        Just("-1".to_owned()),
        Just("18446744073709551616".to_owned()),
        Just("null".to_owned()),
        Just("[[[[]]]]".to_owned()),
        Just("{\"id\":{}}".to_owned()),
        Just(format!("\"{TOKEN}\"")),
        any::<String>().prop_map(|text| serde_json::Value::String(text).to_string()),
    ];
    let object = prop::collection::vec((field, value), 0..8).prop_map(|fields| {
        let fields: Vec<String> = fields.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", fields.join(",")).into_bytes()
    });
    prop_oneof![object, prop::collection::vec(any::<u8>(), 0..2000)]
}

/// The parts of a reply: proptest prints what failed, and a `Reply` cannot be printed.
fn parts() -> impl Strategy<Value = (u16, HeaderMap, Vec<u8>)> {
    let media = prop_oneof![
        Just(PROBLEM_JSON),
        Just("application/json"),
        Just("text/html"),
        Just("application/problem+json; charset=utf-8"),
        Just(""),
    ];
    let wait = prop_oneof![
        Just("7".to_owned()),
        Just("-3".to_owned()),
        Just("99999999999999999999".to_owned()),
        Just("Sun, 06 Nov 1994 08:49:37 GMT".to_owned()),
        Just("Fri, 31 Dec 9999 23:59:59 GMT".to_owned()),
        "[ -~]{0,30}",
    ];
    (300..600u16, media, wait, "[ -~]{0,40}", body()).prop_map(|(status, media, wait, date, body)| {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
        headers.insert(RETRY_AFTER, HeaderValue::from_str(&wait).unwrap());
        headers.insert(DATE, HeaderValue::from_str(&date).unwrap());
        (status, headers, body)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_answer_of_a_server_does_harm((status, headers, body) in parts()) {
        let reply = Reply { status, headers, body, sent_at: Instant::now() };
        let (server, secret) = (server(), Secret::new(TOKEN));
        let says_so = String::from_utf8_lossy(&reply.body).contains("invalid_grant");
        for error in [refusal(&server, &reply, Some(&secret)), refresh_refusal(&server, &reply, &secret)] {
            let shown = error.to_string();
            prop_assert!(shown.len() < 4_000, "{} bytes", shown.len());
            prop_assert!(!shown.contains(TOKEN), "{shown}");
            prop_assert!(!shown.chars().any(char::is_control), "{shown:?}");
            prop_assert!(says_so || !matches!(error, ApiError::InvalidGrant { .. }), "{shown}");
            // Whatever is asked for, the rules can add it to a time.
            accounts::plan::backoff("prod", u32::MAX, u64::MAX / 2, error.retry_after());
        }
        if let Err(error) = TokenReply::parse(&reply.body) {
            prop_assert!(!error.to_string().contains(TOKEN), "{error}");
        }
        if let Err(error) = reply.json::<SendCodeReply>(&server) {
            prop_assert!(!error.to_string().contains(TOKEN), "{error}");
        }
    }
}
