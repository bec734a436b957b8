//! A service that lets in whoever the auth server knows, with an access token or an API token.
//!
//! ```sh
//! cargo run -p auth-server -- --dev --data-dir data                  # in one shell
//! cargo run -p auth-server --example protected -- data/auth.db       # in another
//! curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8788/hello
//! ```

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use auth_core::tokens::SigningAlgorithm;
use auth_server::{
    Authenticate, Bearer, BearerLayer, Limits, Mailbox, Parts, Server, Settings, SignUp, SystemClock, SystemRandomness,
};
use auth_storage::SqliteStorage;
use axum::routing::get;
use axum::{Extension, Router};
use tokio::net::TcpListener;

/// The service: anybody with a good token may say hello, administrators may do more.
pub fn app(authenticator: Arc<dyn Authenticate>) -> Router {
    let everybody = BearerLayer::new(authenticator);
    let administrators = everybody.clone().require("admin");
    Router::new()
        .route("/admin", get(async || "you may").layer(administrators))
        .route("/hello", get(hello).layer(everybody))
        .route("/", get(async || "open to all"))
}

async fn hello(Extension(bearer): Extension<Bearer>) -> String {
    format!("hello {} of {}", bearer.id(), bearer.org_id)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let database = std::env::args_os()
        .nth(1)
        .context("give the server's database, data/auth.db say")?;
    let parts = Parts {
        storage: Arc::new(SqliteStorage::open(&PathBuf::from(database)).await?),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandomness),
        // Nobody signs in here, so nothing is mailed.
        mailer: Arc::new(Mailbox::default()),
        mailbox: None,
    };
    // Domains, issuer and algorithm are those of the server whose tokens are believed.
    let settings = Settings {
        domains: vec!["default".to_owned()],
        issuer: "http://127.0.0.1:8787".to_owned(),
        algorithm: SigningAlgorithm::RS256,
        access_ttl: 900,
        refresh_ttl: 2_592_000,
        refresh_grace: 600,
        code_ttl: 600,
        session_max: 31_536_000,
        sign_up: SignUp::Closed,
        admin_email_domains: Vec::new(),
        limits: Limits::STRICT,
        trusted_proxies: Vec::new(),
        metrics: false,
    };
    let server = Server::new(settings, parts).await?;
    let listener = TcpListener::bind("127.0.0.1:8788").await?;
    println!("listening on http://{}", listener.local_addr()?);
    // Who guesses API tokens is known by their address.
    let app = app(server.authenticator()).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}
