use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use accounts::ports::{ApiError, Server};
use auth_core::ServerUrl;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use serde::Serialize;

use super::fault;
use super::reply::Reply;

/// No reply of the API is nearly as long.
const LONGEST_REPLY: usize = 1024 * 1024;
const USER_AGENT: &str = concat!("flowstate-accounts/", env!("CARGO_PKG_VERSION"));

#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    pub request: Duration,
    pub connect: Duration,
}

impl Timeouts {
    pub const CONTRACT: Self = Self {
        request: Duration::from_secs(30),
        connect: Duration::from_secs(10),
    };
}

/// How a server is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// TLS with the system's trusted roots, through the system's proxy.
    Network,
    /// On this computer with TLS: past the proxy.
    Loopback,
    /// On this computer without TLS: past the proxy, and without reading any certificate.
    PlainLoopback,
}

/// Sends requests and takes whole replies. A client is made for each way when it is first gone.
#[derive(Debug)]
pub(super) struct Transport {
    timeouts: Timeouts,
    clients: Mutex<Vec<(Way, Client)>>,
}

impl Transport {
    pub fn new(timeouts: Timeouts) -> Self {
        Self {
            timeouts,
            clients: Mutex::new(Vec::new()),
        }
    }

    pub async fn post(&self, server: &Server, path: &str, body: &impl Serialize) -> Result<Reply, ApiError> {
        let request = self.client(server)?.post(server.url.join(path)).json(body);
        self.send(server, request).await
    }

    pub async fn post_form(&self, server: &Server, path: &str, form: &impl Serialize) -> Result<Reply, ApiError> {
        let request = self.client(server)?.post(server.url.join(path)).form(form);
        self.send(server, request).await
    }

    pub async fn get(&self, server: &Server, path: &str) -> Result<Reply, ApiError> {
        let request = self.client(server)?.get(server.url.join(path));
        self.send(server, request).await
    }

    pub async fn send(&self, server: &Server, request: RequestBuilder) -> Result<Reply, ApiError> {
        take(server, request).await.map_err(|untaken| match untaken {
            Untaken::Failed { source } => fault::network(server, &source),
            Untaken::Endless { source } => source,
        })
    }

    pub fn client(&self, server: &Server) -> Result<Client, ApiError> {
        let way = way(&server.url);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.iter().find(|(made, _)| *made == way) {
            return Ok(client.clone());
        }
        let builder = Client::builder()
            .user_agent(USER_AGENT)
            .timeout(self.timeouts.request)
            .connect_timeout(self.timeouts.connect)
            .redirect(Policy::none());
        let builder = match way {
            Way::Network => builder.https_only(true),
            Way::Loopback => builder.https_only(true).no_proxy(),
            Way::PlainLoopback => builder.no_proxy().tls_certs_only([]),
        };
        let client = builder.build().map_err(|error| fault::network(server, &error))?;
        clients.push((way, client.clone()));
        Ok(client)
    }
}

/// Why there is no whole reply.
pub(super) enum Untaken {
    Failed { source: reqwest::Error },
    Endless { source: ApiError },
}

/// Sends a request and takes the whole reply.
pub(super) async fn take(server: &Server, request: RequestBuilder) -> Result<Reply, Untaken> {
    let sent_at = Instant::now();
    let failed = |source: reqwest::Error| Untaken::Failed { source };
    let mut response = request.send().await.map_err(failed)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_REPLY {
            let source = fault::not_an_auth_server(server, "its answer does not end");
            return Err(Untaken::Endless { source });
        }
    }
    Ok(Reply {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body,
        sent_at,
    })
}

fn way(url: &ServerUrl) -> Way {
    if url.is_plain_http() {
        return Way::PlainLoopback;
    }
    if url.is_loopback() { Way::Loopback } else { Way::Network }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_computer_is_reached_past_the_proxy() {
        for (url, expected) in [
            ("http://localhost:1", Way::PlainLoopback),
            ("http://[::1]:1", Way::PlainLoopback),
            ("https://127.0.0.1", Way::Loopback),
            ("https://auth.localhost:8443", Way::Loopback),
            ("https://auth.example.com", Way::Network),
            ("https://localhost.example.com", Way::Network),
        ] {
            assert_eq!(way(&ServerUrl::parse(url).unwrap()), expected, "{url}");
        }
    }
}
