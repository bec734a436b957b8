//! What a client does: our flows, and the nearest of our peers'.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::spawn_local;

/// People of each client, who sign in in turn: nobody takes another's code.
const PEOPLE: usize = 16;
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Flow {
    /// Ours: a code is asked for, read from the mailbox and traded for a session
    SignIn,
    /// Ours: a refresh token is traded for the next
    Refresh,
    /// Ours: who bears the access token
    Me,
    /// better-auth: a code is asked for, read and traded for a session
    BetterAuthSignIn,
    /// oidc-provider: a refresh token is traded for the next
    OidcRefresh,
}

impl Flow {
    pub fn name(self) -> &'static str {
        match self {
            Self::SignIn | Self::BetterAuthSignIn => "sign-in",
            Self::Refresh | Self::OidcRefresh => "refresh, rotating",
            Self::Me => "me",
        }
    }
}

/// A client with its connection and the token that it has.
pub struct Worker {
    flow: Flow,
    address: SocketAddr,
    connection: Option<SendRequest<Full<Bytes>>>,
    token: Option<String>,
    number: usize,
    turn: usize,
    /// How long each request of the last flow took, from sending it to the end of its reply.
    pub requests: Vec<Duration>,
}

/// One request.
struct Ask<'a> {
    method: Method,
    path: &'a str,
    kind: &'a str,
    body: String,
    bearer: Option<&'a str>,
}

impl<'a> Ask<'a> {
    fn get(path: &'a str) -> Self {
        Self {
            method: Method::GET,
            path,
            kind: "",
            body: String::new(),
            bearer: None,
        }
    }

    fn post(path: &'a str, body: &Value) -> Self {
        Self {
            method: Method::POST,
            kind: JSON,
            body: body.to_string(),
            ..Self::get(path)
        }
    }
}

fn text(value: &Value, field: &str) -> Result<String> {
    let text = value[field].as_str();
    Ok(text.with_context(|| format!("no {field} in the reply"))?.to_owned())
}

impl Worker {
    pub fn new(flow: Flow, address: SocketAddr, number: usize) -> Self {
        Self {
            flow,
            address,
            connection: None,
            token: None,
            number,
            turn: 0,
            requests: Vec::new(),
        }
    }

    /// One flow. What failed begins anew, with another connection and token.
    pub async fn flow(&mut self) -> Result<()> {
        self.requests.clear();
        let done = self.once().await;
        if done.is_err() {
            (self.connection, self.token) = (None, None);
        }
        done
    }

    async fn once(&mut self) -> Result<()> {
        match self.flow {
            Flow::SignIn => self.sign_in().await.map(drop),
            Flow::Refresh => {
                let token = match self.token.take() {
                    Some(token) => token,
                    None => text(&self.sign_in().await?, "refreshToken")?,
                };
                let reply = self
                    .ask(Ask::post("/auth/refresh", &json!({"refreshToken": token})))
                    .await?;
                self.token = Some(text(&reply, "refreshToken")?);
                Ok(())
            }
            Flow::Me => {
                if self.token.is_none() {
                    self.token = Some(text(&self.sign_in().await?, "accessToken")?);
                }
                let token = self.token.clone();
                let ask = Ask {
                    bearer: token.as_deref(),
                    ..Ask::get("/auth/me")
                };
                self.ask(ask).await.map(drop)
            }
            Flow::BetterAuthSignIn => self.better_auth().await,
            Flow::OidcRefresh => {
                let token = match self.token.take() {
                    Some(token) => token,
                    None => text(&self.ask(Ask::get("/dev/grant")).await?, "refresh_token")?,
                };
                let ask = Ask {
                    method: Method::POST,
                    kind: FORM,
                    body: format!("grant_type=refresh_token&client_id=cli&refresh_token={token}"),
                    ..Ask::get("/token")
                };
                self.token = Some(text(&self.ask(ask).await?, "refresh_token")?);
                Ok(())
            }
        }
    }

    fn next_person(&mut self) -> String {
        self.turn = (self.turn + 1) % PEOPLE;
        format!("p{}@bench.example", self.number * PEOPLE + self.turn)
    }

    async fn sign_in(&mut self) -> Result<Value> {
        let email = self.next_person();
        let asked = json!({"email": email, "domainId": "default"});
        self.ask(Ask::post("/auth/send-code", &asked)).await?;
        let mails = self.ask(Ask::get(&format!("/dev/mailbox?to={email}"))).await?;
        let code = mails.as_array().and_then(|mails| mails.last()).context("no mail")?;
        let body = json!({"email": email, "code": text(code, "code")?, "domainId": "default"});
        self.ask(Ask::post("/auth/verify-code", &body)).await
    }

    async fn better_auth(&mut self) -> Result<()> {
        let email = self.next_person();
        let asked = json!({"email": email, "type": "sign-in"});
        self.ask(Ask::post("/api/auth/email-otp/send-verification-otp", &asked))
            .await?;
        let code = self.ask(Ask::get(&format!("/dev/code?email={email}"))).await?;
        let body = json!({"email": email, "otp": text(&code, "code")?});
        self.ask(Ask::post("/api/auth/sign-in/email-otp", &body))
            .await
            .map(drop)
    }

    async fn ask(&mut self, ask: Ask<'_>) -> Result<Value> {
        let mut connection = match self.connection.take().filter(|connection| !connection.is_closed()) {
            Some(connection) => connection,
            None => connect(self.address).await?,
        };
        let mut request = Request::builder()
            .method(&ask.method)
            .uri(ask.path)
            .header(HOST, self.address.to_string())
            .header(ACCEPT, JSON);
        if !ask.kind.is_empty() {
            request = request.header(CONTENT_TYPE, ask.kind);
        }
        if let Some(token) = ask.bearer {
            request = request
                .header(AUTHORIZATION, format!("Bearer {token}"))
                .header("x-org-id", "org-default");
        }
        let request = request.body(Full::new(Bytes::from(ask.body)))?;
        connection.ready().await?;
        let began = Instant::now();
        let answer = connection.send_request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        self.requests.push(began.elapsed());
        self.connection = Some(connection);
        let said = || String::from_utf8_lossy(&body).chars().take(200).collect::<String>();
        ensure!(status.is_success(), "{} {}: {status} {}", ask.method, ask.path, said());
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).with_context(|| format!("{}: {}", ask.path, said()))
    }
}

async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (connection, driver) = handshake(TokioIo::new(stream)).await?;
    spawn_local(async move {
        if let Err(error) = driver.await {
            eprintln!("a connection ended: {error}");
        }
    });
    Ok(connection)
}
