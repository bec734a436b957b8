//! What goes over the socket: one JSON object a line, one reply a line.

use std::time::Duration;

use accounts::ports::UnixMillis;
use accounts::{ServerView, SessionState};
use auth_core::Secret;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::failure::{AgentRefusal, kind_name, kind_of};

/// A request, without its line end, is at most this long.
pub(super) const LONGEST_REQUEST: usize = 64 * 1024;
/// What a token has left where the caller does not say, seconds.
pub(super) const USUAL_MIN_TTL: u64 = 60;

/// A request. Fields that are not named here are ignored.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    #[serde(flatten)]
    pub operation: Operation,
    /// The caller's config folder, resolved: an agent that serves another one must not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub(super) enum Operation {
    Token {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        server: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_ttl: Option<u64>,
    },
    Refresh {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        server: Option<String>,
    },
    Exchange {
        url: String,
        #[serde(serialize_with = "Secret::expose_on_wire")]
        api_token: Secret,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_ttl: Option<u64>,
    },
    Status,
    Show {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        server: Option<String>,
    },
    Reload,
    /// Answered at once: a client that waits for a server learns that somebody works on it.
    Ping,
}

const OPERATIONS: [&str; 7] = ["token", "refresh", "exchange", "status", "show", "reload", "ping"];

/// Why a line is no request. What it holds is never repeated: it may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Misunderstood {
    #[error("This line is no JSON object with an \"op\". Send one object a line.")]
    NoObject,
    #[error("This agent has no such \"op\". It knows token, refresh, exchange, status, show and reload.")]
    UnknownOperation,
    #[error("A field of this request is missing or of the wrong type. See the description of the agent socket.")]
    WrongField,
    #[error("This line is longer than 64 KiB. Send shorter ones.")]
    TooLong,
}

impl Request {
    pub fn parse(line: &[u8]) -> Result<Self, Misunderstood> {
        let value: Value = serde_json::from_slice(line).map_err(|_| Misunderstood::NoObject)?;
        let name = value.get("op").and_then(Value::as_str).ok_or(Misunderstood::NoObject)?;
        if !OPERATIONS.contains(&name) {
            return Err(Misunderstood::UnknownOperation);
        }
        serde_json::from_value(value).map_err(|_| Misunderstood::WrongField)
    }
}

/// An access token from the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentToken {
    #[serde(serialize_with = "Secret::expose_on_wire")]
    pub access_token: Secret,
    /// When it ends, ms since the epoch.
    pub expires_at: UnixMillis,
    /// The server's id; its address for an exchanged API token.
    pub server: String,
}

/// What a running agent says of itself and its sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentStatus {
    pub servers: Vec<AgentServer>,
    pub pid: u32,
    pub version: String,
}

/// One session, as the agent sees it. The words are those of `status --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentServer {
    pub id: String,
    pub state: String,
    pub expires_at: Option<UnixMillis>,
    pub store: String,
    /// How far the server's clock is ahead, seconds; only where that is worth showing.
    #[serde(default)]
    pub clock_skew: Option<i64>,
}

impl AgentServer {
    pub(super) fn of(server: &ServerView, now: UnixMillis) -> Self {
        Self {
            id: server.id.clone(),
            state: word(server.settled_state(now)),
            expires_at: server.expires_at,
            store: server.store.name().to_owned(),
            clock_skew: server.clock_skew,
        }
    }
}

/// The word that stands for it in JSON.
fn word(state: SessionState) -> String {
    match serde_json::to_value(state) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Nothing but that it was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Done {}

/// What every reply begins with.
#[derive(Debug, Serialize, Deserialize)]
struct Reply<T> {
    ok: bool,
    #[serde(flatten)]
    body: T,
}

/// The line for something that was done.
pub(super) fn done<T: Serialize>(body: T) -> Vec<u8> {
    line(&Reply { ok: true, body })
}

/// The line for something that was not.
pub(super) fn refused(refusal: &AgentRefusal) -> Vec<u8> {
    line(&Reply {
        ok: false,
        body: Refused {
            code: refusal.code.clone(),
            message: refusal.message.clone(),
            kind: refusal.kind.and_then(kind_name).map(str::to_owned),
            retry_after: refusal.retry_after.map(|wait| wait.as_secs()),
        },
    })
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refused {
    code: String,
    message: String,
    /// What sort of failure it is, as exit codes sort them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
}

pub(super) fn line(message: &impl Serialize) -> Vec<u8> {
    // These types hold no map with keys that are no text, the only thing that could fail.
    let mut line = serde_json::to_vec(message).unwrap_or_default();
    line.push(b'\n');
    line
}

/// Reads a reply; `None` where it is none of ours.
pub(super) fn read<T: DeserializeOwned>(line: &[u8]) -> Option<Result<T, AgentRefusal>> {
    #[derive(Deserialize)]
    struct Head {
        ok: bool,
    }
    let head: Head = serde_json::from_slice(line).ok()?;
    if head.ok {
        return serde_json::from_slice::<Reply<T>>(line)
            .ok()
            .map(|reply| Ok(reply.body));
    }
    let reply: Reply<Refused> = serde_json::from_slice(line).ok()?;
    Some(Err(AgentRefusal {
        code: reply.body.code,
        message: reply.body.message,
        kind: reply.body.kind.as_deref().and_then(kind_of),
        retry_after: reply.body.retry_after.map(Duration::from_secs),
    }))
}

#[cfg(test)]
mod tests {
    use accounts::FailureKind;

    use super::*;

    fn parsed(line: &str) -> Result<Operation, Misunderstood> {
        Request::parse(line.as_bytes()).map(|request| request.operation)
    }

    #[test]
    fn requests_are_read_as_the_contract_writes_them() {
        let token = parsed(r#"{"op":"token","server":"prod","minTtl":60,"later":[1]}"#);
        assert!(
            matches!(&token, Ok(Operation::Token { server: Some(server), min_ttl: Some(60) }) if server == "prod"),
            "{token:?}"
        );
        assert!(matches!(
            parsed(r#"{"op":"token"}"#),
            Ok(Operation::Token {
                server: None,
                min_ttl: None
            })
        ));
        assert!(matches!(parsed(r#" {"op":"status","x":null} "#), Ok(Operation::Status)));
        assert!(matches!(
            parsed(r#"{"op":"show","server":null}"#),
            Ok(Operation::Show { server: None })
        ));
        let exchange =
            Request::parse(br#"{"op":"exchange","url":"u","apiToken":"epic_live_x","config":"/c"}"#).unwrap();
        assert_eq!(exchange.config.as_deref(), Some("/c"));
        assert!(!format!("{exchange:?}").contains("epic_live_x"));
    }

    #[test]
    fn what_is_no_request_is_told_apart_and_never_repeated() {
        for (line, expected) in [
            ("", Misunderstood::NoObject),
            ("{}", Misunderstood::NoObject),
            ("[]", Misunderstood::NoObject),
            (r#"{"op":1}"#, Misunderstood::NoObject),
            (r#"{"op":"token""#, Misunderstood::NoObject),
            (r#"{"op":"erase"}"#, Misunderstood::UnknownOperation),
            (r#"{"op":"token","minTtl":"epic_live_x"}"#, Misunderstood::WrongField),
            (r#"{"op":"token","minTtl":-1}"#, Misunderstood::WrongField),
            (r#"{"op":"exchange","url":"u"}"#, Misunderstood::WrongField),
            (r#"{"op":"status","config":7}"#, Misunderstood::WrongField),
        ] {
            let error = parsed(line).unwrap_err();
            assert_eq!(error, expected, "{line}");
            assert!(!error.to_string().contains("epic_live"));
        }
        assert_eq!(
            Request::parse(&[b'[', 0xff]).unwrap_err(),
            Misunderstood::NoObject,
            "not even text"
        );
    }

    #[test]
    fn replies_are_those_of_the_contract() {
        let token = AgentToken {
            access_token: Secret::new("a"),
            expires_at: 1_790_000_000_000,
            server: "prod".into(),
        };
        let text = String::from_utf8(done(token.clone())).unwrap();
        assert_eq!(
            text,
            "{\"ok\":true,\"accessToken\":\"a\",\"expiresAt\":1790000000000,\"server\":\"prod\"}\n"
        );
        assert_eq!(read(text.as_bytes()), Some(Ok(token)));
        assert_eq!(done(Done {}), b"{\"ok\":true}\n");
        let refusal = AgentRefusal {
            code: "rate_limited".into(),
            message: "Wait.".into(),
            retry_after: Some(Duration::from_secs(9)),
            kind: Some(FailureKind::RateLimited),
        };
        let text = String::from_utf8(refused(&refusal)).unwrap();
        assert_eq!(
            text,
            "{\"ok\":false,\"code\":\"rate_limited\",\"message\":\"Wait.\",\"kind\":\"rate_limited\",\"retryAfter\":9}\n"
        );
        assert_eq!(read::<Done>(text.as_bytes()), Some(Err(refusal)));
        for foreign in ["", "HTTP/1.1 200 OK", "{}", r#"{"ok":true,"accessToken":7}"#] {
            assert_eq!(read::<AgentToken>(foreign.as_bytes()), None, "{foreign}");
        }
    }
}
