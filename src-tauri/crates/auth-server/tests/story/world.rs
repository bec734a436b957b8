//! A server in this process, and a client of it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use auth_core::models::Timestamp;
use auth_core::storage::AuthStorageAdapter;
use auth_core::tokens::SigningAlgorithm;
use auth_server::{
    Accounts, Authenticate, Clock, Limits, Mailbox, Mailer, Parts, Server, Settings, SignUp, SystemRandomness,
};
use auth_storage::SqliteStorage;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const ADA: &str = "ada@example.com";
pub const ADMIN: &str = "root@admins.example";

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock(AtomicU64);

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

pub struct World {
    pub url: String,
    pub address: SocketAddr,
    pub http: reqwest::Client,
    pub clock: Arc<ManualClock>,
    pub mailbox: Arc<Mailbox>,
    pub storage: Arc<dyn AuthStorageAdapter>,
    pub folder: Arc<TempDir>,
    pub authenticator: Arc<dyn Authenticate>,
    pub accounts: Accounts,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

pub fn settings() -> Settings {
    Settings {
        domains: vec!["default".into(), "second".into()],
        issuer: "http://auth.test".into(),
        algorithm: SigningAlgorithm::EdDSA,
        access_ttl: 900,
        refresh_ttl: 2_592_000,
        refresh_grace: 600,
        code_ttl: 600,
        session_max: 31_536_000,
        sign_up: SignUp::Open,
        admin_email_domains: vec!["admins.example".into()],
        limits: Limits::OFF,
        trusted_proxies: Vec::new(),
        metrics: false,
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings();
        change(&mut settings);
        let clock = Arc::new(ManualClock(AtomicU64::new(1_795_478_400_000)));
        Self::start(settings, clock, Arc::new(TempDir::new().unwrap())).await
    }

    /// A server whose mails go elsewhere than into its mailbox.
    pub async fn mailing(mailer: Arc<dyn Mailer>, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings();
        change(&mut settings);
        let clock = Arc::new(ManualClock(AtomicU64::new(1_795_478_400_000)));
        Self::start_with(settings, clock, Arc::new(TempDir::new().unwrap()), Some(mailer)).await
    }

    async fn start(settings: Settings, clock: Arc<ManualClock>, folder: Arc<TempDir>) -> Self {
        Self::start_with(settings, clock, folder, None).await
    }

    async fn start_with(
        settings: Settings,
        clock: Arc<ManualClock>,
        folder: Arc<TempDir>,
        mailer: Option<Arc<dyn Mailer>>,
    ) -> Self {
        let storage = Arc::new(SqliteStorage::open(&database(folder.path())).await.unwrap());
        Self::start_on(settings, clock, folder, mailer, storage).await
    }

    /// A server on any engine.
    pub async fn on(storage: Arc<dyn AuthStorageAdapter>) -> Self {
        let clock = Arc::new(ManualClock(AtomicU64::new(1_795_478_400_000)));
        Self::start_on(settings(), clock, Arc::new(TempDir::new().unwrap()), None, storage).await
    }

    /// A further server on the same engine and clock, with these settings.
    pub async fn also_on(&self, storage: Arc<dyn AuthStorageAdapter>, settings: Settings) -> Self {
        Self::start_on(settings, self.clock.clone(), self.folder.clone(), None, storage).await
    }

    /// The same, with mails that go elsewhere than into its mailbox.
    pub async fn also_mailing(&self, settings: Settings, mailer: Arc<dyn Mailer>) -> Self {
        let (clock, folder, storage) = (self.clock.clone(), self.folder.clone(), self.storage.clone());
        Self::start_on(settings, clock, folder, Some(mailer), storage).await
    }

    async fn start_on(
        settings: Settings,
        clock: Arc<ManualClock>,
        folder: Arc<TempDir>,
        mailer: Option<Arc<dyn Mailer>>,
        storage: Arc<dyn AuthStorageAdapter>,
    ) -> Self {
        let mailbox = Arc::new(Mailbox::default());
        let parts = Parts {
            storage: storage.clone(),
            clock: clock.clone(),
            random: Arc::new(SystemRandomness),
            mailer: mailer.unwrap_or_else(|| mailbox.clone()),
            mailbox: Some(mailbox.clone()),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::new(settings, parts).await.unwrap();
        let (authenticator, accounts) = (server.authenticator(), server.accounts());
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(server.serve(listener, async {
            stopped.await.ok();
        }));
        Self {
            url: format!("http://{address}"),
            address,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            clock,
            mailbox,
            storage,
            folder,
            authenticator,
            accounts,
            stop,
            serving,
        }
    }

    /// Stops the server, with whatever requests are under way, and waits for it to end.
    pub async fn stop(self) -> (Arc<ManualClock>, Arc<TempDir>) {
        self.stop.send(()).unwrap();
        drop(self.http);
        self.serving.await.unwrap();
        self.storage.close().await;
        (self.clock, self.folder)
    }

    /// A further server on the same data and clock.
    pub async fn beside(&self) -> Self {
        self.beside_with(settings()).await
    }

    /// The same, with these settings.
    pub async fn beside_with(&self, settings: Settings) -> Self {
        Self::start(settings, self.clock.clone(), self.folder.clone()).await
    }

    /// Another server on the same data, with these settings.
    pub async fn restart(self, settings: Settings) -> Self {
        let (clock, folder) = self.stop().await;
        Self::start(settings, clock, folder).await
    }

    pub fn pass(&self, seconds: u64) {
        self.clock.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    pub fn go_back(&self, seconds: u64) {
        self.clock.0.fetch_sub(seconds * 1_000, Ordering::SeqCst);
    }

    pub fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.url)).json(body)
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.url))
    }

    pub async fn send_code(&self, email: &str) -> Reply {
        let body = json!({"email": email, "domainId": "default"});
        reply(self.post("/auth/send-code", &body)).await
    }

    pub async fn verify(&self, email: &str, code: &str) -> Reply {
        let body = json!({"email": email, "code": code, "domainId": "default"});
        reply(self.post("/auth/verify-code", &body)).await
    }

    /// The code that was last mailed to the address.
    pub fn code(&self, email: &str) -> String {
        self.mailbox.mails(Some(email)).pop().unwrap().code.expose().to_owned()
    }

    pub async fn fresh_code(&self, email: &str) -> String {
        self.send_code(email).await.ok(StatusCode::ACCEPTED);
        self.code(email)
    }

    pub async fn sign_in(&self, email: &str) -> Value {
        let code = self.fresh_code(email).await;
        self.verify(email, &code).await.ok(StatusCode::OK)
    }

    /// The access token of an administrator.
    pub async fn admin(&self) -> String {
        let tokens = self.sign_in(ADMIN).await;
        tokens["accessToken"].as_str().unwrap().to_owned()
    }

    /// A request with a bearer token, and a body where there is one.
    pub async fn call(&self, method: Method, path: &str, token: &str, body: Value) -> Reply {
        let request = self
            .http
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(token);
        reply(if body.is_null() { request } else { request.json(&body) }).await
    }

    /// A new service account of the administrator's.
    pub async fn service_account(&self, admin: &str, scopes: &[&str]) -> Value {
        let body = json!({"name": "ci", "scopes": scopes});
        self.call(Method::POST, "/auth/service-accounts", admin, body)
            .await
            .ok(StatusCode::CREATED)
    }

    /// A new API token of the account, as the reply to its creation has it.
    pub async fn api_token(&self, admin: &str, account: &Value, body: Value) -> Value {
        let path = format!("/auth/service-accounts/{}/tokens", account["id"].as_str().unwrap());
        self.call(Method::POST, &path, admin, body)
            .await
            .ok(StatusCode::CREATED)
    }

    /// Trades an API token as the stack's runner does.
    pub async fn exchange(&self, token: &Value) -> Reply {
        let form = [("grant_type", "api_token"), ("api_token", token.as_str().unwrap())];
        reply(self.http.post(format!("{}/auth/token", self.url)).form(&form)).await
    }

    pub async fn refresh(&self, token: &Value) -> Reply {
        reply(self.post("/auth/refresh", &json!({"refreshToken": token}))).await
    }

    pub async fn me(&self, token: &Value, org: Option<&str>) -> Reply {
        let mut request = self.get("/auth/me").bearer_auth(token.as_str().unwrap());
        if let Some(org) = org {
            request = request.header("x-org-id", org);
        }
        reply(request).await
    }
}

pub fn database(folder: &Path) -> std::path::PathBuf {
    folder.join("data/auth.db")
}

/// Another code than this one.
pub fn wrong(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

pub struct Reply {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

pub async fn reply(request: RequestBuilder) -> Reply {
    read(request.send().await.unwrap()).await
}

pub async fn read(response: Response) -> Reply {
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    };
    Reply { status, headers, body }
}

impl Reply {
    #[track_caller]
    pub fn ok(self, status: StatusCode) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// Checks that this is a whole problem of that status and code.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!(
            (self.status.as_u16(), &self.body["code"]),
            (status, &json!(code)),
            "{}",
            self.body
        );
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert_eq!(self.headers.contains_key("www-authenticate"), status == 401);
        for text in ["title", "detail"] {
            assert!(
                self.body[text].as_str().is_some_and(|text| text.len() > 8),
                "{}",
                self.body
            );
        }
        self.body
    }

    #[track_caller]
    pub fn retry_after(&self) -> u64 {
        self.headers["retry-after"].to_str().unwrap().parse().unwrap()
    }
}
