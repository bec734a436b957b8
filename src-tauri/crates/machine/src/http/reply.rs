use std::time::{Duration, Instant};

use accounts::ports::{ApiError, Server};
use auth_core::Secret;
use auth_core::wire::{PROBLEM_JSON, Problem};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use serde::de::DeserializeOwned;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::fault;

/// How much of a reply that is not ours is shown.
const QUOTE: usize = 300;
/// RFC 9110's IMF-fixdate, the one form that is still sent.
const HTTP_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

/// A whole reply.
pub(super) struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// When the request was sent, on the clock that nobody sets.
    pub sent_at: Instant,
}

impl Reply {
    /// The reply where the server did as asked. `secret` is what the request carried: an error that echoes it is not quoted.
    pub fn accepted(self, server: &Server, secret: Option<&Secret>) -> Result<Self, ApiError> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        Err(fault::refusal(server, &self, secret))
    }

    /// The same for a refresh, where alone a refusal can end the session.
    pub fn refreshed(self, server: &Server, secret: &Secret) -> Result<Self, ApiError> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        Err(fault::refresh_refusal(server, &self, secret))
    }

    /// The body of a reply that was accepted.
    pub fn json<T: DeserializeOwned>(&self, server: &Server) -> Result<T, ApiError> {
        // What is wrong is not quoted: it may hold anything.
        serde_json::from_slice(&self.body)
            .map_err(|_| self.unexpected(server, "its answer is not the one the contract names"))
    }

    /// It is none of the replies that the contract names.
    pub fn unexpected(&self, server: &Server, detail: &str) -> ApiError {
        let detail = if self.is_html() {
            "a web page came back; a network may want you to sign in to it first"
        } else if self.body.is_empty() {
            "its answer is empty"
        } else {
            detail
        };
        fault::not_an_auth_server(server, detail)
    }

    /// The error the contract names; nothing else says what happened by anything but its status.
    pub fn problem(&self) -> Option<Problem> {
        (self.media_type() == PROBLEM_JSON)
            .then(|| serde_json::from_slice(&self.body).ok())
            .flatten()
    }

    /// OAuth's `error`, from a JSON body.
    pub fn oauth_error(&self) -> Option<String> {
        #[derive(serde::Deserialize)]
        struct OAuth {
            error: String,
        }
        let is_json = ["application/json", PROBLEM_JSON].contains(&self.media_type().as_str());
        let body: OAuth = is_json.then(|| serde_json::from_slice(&self.body).ok()).flatten()?;
        Some(body.error)
    }

    /// Some of the body for a person; nothing of web pages, nor of what repeats a secret.
    pub fn quote(&self, secret: Option<&Secret>) -> String {
        let text = self.problem().map(|problem| problem.detail);
        let text = text.unwrap_or_else(|| String::from_utf8_lossy(&self.body).into_owned());
        if self.is_html() || secret.is_some_and(|secret| !secret.is_empty() && text.contains(secret.expose())) {
            return String::new();
        }
        clean(&text)
    }

    /// How long the server wants to be left alone; seconds or a time.
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.header(&RETRY_AFTER)?;
        if let Ok(seconds) = text.trim().parse() {
            return Some(Duration::from_secs(seconds));
        }
        let now = self.date().unwrap_or_else(OffsetDateTime::now_utc);
        Some(Duration::try_from(http_date(text)? - now).unwrap_or_default())
    }

    /// The time on the server's clock.
    pub fn date(&self) -> Option<OffsetDateTime> {
        http_date(self.header(&DATE)?)
    }

    /// Where a redirect leads to.
    pub fn location(&self) -> Option<&str> {
        self.header(&LOCATION)
    }

    fn is_html(&self) -> bool {
        self.media_type() == "text/html" || self.body.trim_ascii_start().starts_with(b"<")
    }

    fn media_type(&self) -> String {
        let full = self.header(&CONTENT_TYPE).unwrap_or_default();
        full.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// One line without control characters, cut where it gets long.
pub(super) fn clean(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(QUOTE).collect()
}

fn http_date(text: &str) -> Option<OffsetDateTime> {
    Some(PrimitiveDateTime::parse(text.trim(), HTTP_DATE).ok()?.assume_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(headers: &[(HeaderName, &'static str)], body: &str) -> Reply {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()));
        Reply {
            status: 400,
            headers: headers.collect(),
            body: body.as_bytes().to_vec(),
            sent_at: Instant::now(),
        }
    }

    #[test]
    fn a_wait_is_seconds_or_a_time() {
        let wait = |value| reply(&[(RETRY_AFTER, value), (DATE, "Sun, 06 Nov 1994 08:49:37 GMT")], "").retry_after();
        assert_eq!(wait("90"), Some(Duration::from_secs(90)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:07 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:40:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("soon"), None);
    }

    #[test]
    fn quotes_are_short_clean_and_hold_no_secret() {
        assert_eq!(reply(&[], "no\x1b[31m\n\n  way\u{0}").quote(None), "no [31m way");
        assert_eq!(reply(&[], &"ü".repeat(1000)).quote(None).chars().count(), 300);
        assert_eq!(reply(&[], " <!doctype html><p>hello").quote(None), "");
        assert_eq!(
            reply(&[(CONTENT_TYPE, "text/html; charset=utf-8")], "hello").quote(None),
            ""
        );
        assert_eq!(reply(&[], "cannot use tok-1").quote(Some(&Secret::new("tok-1"))), "");
        assert_eq!(
            reply(&[], "cannot use it").quote(Some(&Secret::new("tok-1"))),
            "cannot use it"
        );
    }

    #[test]
    fn only_the_right_media_type_makes_a_problem() {
        let body = r#"{"status":401,"title":"t","code":"invalid_grant","error":"invalid_grant"}"#;
        let typed = |media| reply(&[(CONTENT_TYPE, media)], body);
        assert!(typed("application/problem+json; charset=utf-8").problem().is_some());
        assert!(typed("application/json").problem().is_none());
        assert_eq!(
            typed("application/json").oauth_error().as_deref(),
            Some("invalid_grant")
        );
        assert_eq!(typed("text/plain").oauth_error(), None);
    }
}
