//! A server that answers each path with given bytes.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use auth_core::Secret;
use auth_core::models::Timestamp;
use auth_core::tokens::{AccessTokenPayload, KeyRing, SigningAlgorithm, SigningKey, TokenManager};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub const JWKS: &str = "/.well-known/jwks.json";

pub struct Replay {
    pub url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    replies: HashMap<String, VecDeque<Vec<u8>>>,
    requests: Vec<Request>,
}

#[derive(Clone)]
pub struct Request {
    pub path: String,
    pub head: String,
    pub text: String,
    pub body: Value,
}

impl Replay {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, Arc::clone(&shared)));
            }
        });
        Self { url, state }
    }

    /// The next reply to that path; the last one is given again and again. No bytes at all: it never answers.
    pub fn on(&self, path: &str, reply: impl Into<Vec<u8>>) -> &Self {
        let mut state = self.state.lock().unwrap();
        state
            .replies
            .entry(path.to_owned())
            .or_default()
            .push_back(reply.into());
        self
    }

    pub fn requests(&self) -> Vec<Request> {
        self.state.lock().unwrap().requests.clone()
    }

    pub fn asked_for(&self, path: &str) -> usize {
        self.requests().iter().filter(|request| request.path == path).count()
    }
}

/// A reply with these headers, a line each.
pub fn reply(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

pub fn ok(body: &Value) -> String {
    reply(200, "content-type: application/json\r\n", &body.to_string())
}

pub fn problem(status: u16, extra: Value) -> String {
    let mut body = json!({"status": status, "title": "t", "detail": "the detail"});
    if let (Value::Object(body), Value::Object(extra)) = (&mut body, extra) {
        body.extend(extra);
    }
    let headers = "content-type: application/problem+json\r\nretry-after: 17\r\n";
    reply(status, headers, &body.to_string())
}

/// Keys of a server and tokens by them.
pub struct Issuer(TokenManager);

impl Issuer {
    pub fn new() -> Self {
        let ring = || KeyRing {
            current: SigningKey::generate(SigningAlgorithm::EdDSA).unwrap(),
            former: Vec::new(),
        };
        Self(TokenManager::new("https://auth.example.com", ring(), ring()))
    }

    pub fn jwks(&self) -> String {
        ok(&serde_json::to_value(self.0.jwks()).unwrap())
    }

    pub fn token(&self, domain: &str, now: Timestamp, ttl_seconds: u64) -> Secret {
        let payload = AccessTokenPayload {
            user_id: "user-of-claims".into(),
            email: "claims@example.com".into(),
            domain_id: domain.into(),
            org_id: "org".into(),
            scopes: None,
        };
        self.0
            .create_access(payload, "session", "id", now, ttl_seconds)
            .unwrap()
    }
}

async fn serve(mut client: TcpStream, state: Arc<Mutex<State>>) {
    let Some(request) = read(&mut client).await else { return };
    let reply = {
        let mut state = state.lock().unwrap();
        let replies = state.replies.entry(request.path.clone()).or_default();
        let reply = if replies.len() > 1 {
            replies.pop_front()
        } else {
            replies.front().cloned()
        };
        state.requests.push(request);
        reply.unwrap_or_else(|| self::reply(404, "", "no such page").into_bytes())
    };
    if reply.is_empty() {
        // Until the client has had enough.
        client.read_to_end(&mut Vec::new()).await.unwrap_or_default();
    }
    // The client may have gone.
    if client.write_all(&reply).await.is_ok() {
        client.shutdown().await.unwrap_or_default();
    }
}

async fn read(client: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if bytes.len() >= end + 4 + length {
                let path = head.split_whitespace().nth(1)?.to_owned();
                let text = String::from_utf8_lossy(&bytes[end + 4..]).into_owned();
                let body = serde_json::from_str(&text).unwrap_or_default();
                return Some(Request { path, head, text, body });
            }
        }
        if client.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
