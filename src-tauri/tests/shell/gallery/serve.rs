use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Files of one folder over HTTP, with a content policy. Ends when it is dropped.
pub struct Served {
    pub address: String,
    task: JoinHandle<()>,
}

impl Served {
    pub async fn start(root: PathBuf, policy: String) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let (root, policy): (Arc<Path>, Arc<str>) = (root.into(), policy.into());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (root, policy) = (Arc::clone(&root), Arc::clone(&policy));
                tokio::spawn(async move { answer(stream, &root, &policy).await });
            }
        });
        Ok(Self { address, task })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request a connection. What cannot be read or written is a page that is not drawn, which the test tells.
async fn answer(mut stream: TcpStream, root: &Path, policy: &str) -> Option<()> {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    let first = lines.next_line().await.ok()??;
    while lines.next_line().await.ok()?.is_some_and(|line| !line.is_empty()) {}
    let path = first
        .split(' ')
        .nth(1)?
        .split('?')
        .next()?
        .trim_start_matches('/')
        .to_owned();
    let is_ours = !path.split('/').any(|part| part.starts_with('.'));
    let body = match is_ours {
        true => tokio::fs::read(root.join(&path)).await.ok(),
        false => None,
    };
    let status = if body.is_some() { "200 OK" } else { "404 Not Found" };
    let body = body.unwrap_or_default();
    let kind = match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css",
        Some("js") => "text/javascript",
        _ => "application/octet-stream",
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-security-policy: {policy}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    writer.write_all(head.as_bytes()).await.ok()?;
    writer.write_all(&body).await.ok()
}
