//! A server of which nothing is asked but to trade API tokens.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The one API token it knows.
pub const API_TOKEN: &str = "epic_live_0123456789abcdef0123456789abcdef";

/// It ends when it is dropped.
pub struct Issuer {
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
    accepting: JoinHandle<()>,
}

impl Issuer {
    /// Gives `exchanged-1`, `exchanged-2`, … for an API token.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = requests.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Err(error) = answer(stream, &seen).await {
                    eprintln!("issuer: {error:#}");
                }
            }
        });
        Ok(Self {
            url,
            requests,
            accepting,
        })
    }

    /// Method and path of what came in so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn answer(stream: TcpStream, seen: &Mutex<Vec<String>>) -> Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    stream.read_line(&mut first).await?;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.trim().parse()?,
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let number = {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let line = first.rsplit_once(' ').context("no request line")?.0;
        seen.push(line.to_owned());
        seen.len()
    };
    let expected = format!("grant_type=api_token&api_token={API_TOKEN}");
    let (status, kind, reply): (_, _, Value) = if String::from_utf8(body)? == expected {
        let token = format!("exchanged-{number}");
        let reply = json!({"access_token": token, "token_type": "Bearer", "expires_in": 900});
        ("200 OK", "application/json", reply)
    } else {
        let reply = json!({"status": 401, "title": "Unauthorized", "code": "invalid_token"});
        ("401 Unauthorized", "application/problem+json", reply)
    };
    let reply = reply.to_string();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{reply}",
        reply.len()
    );
    stream.write_all(head.as_bytes()).await?;
    Ok(stream.shutdown().await?)
}
