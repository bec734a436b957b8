//! Three servers, as processes, on one storage and behind a round-robin.

use std::fs::File;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::engine::Engine;
use crate::program::{Program, command};
use crate::world::{Reply, read};

pub const REPLICAS: usize = 3;

/// The servers and what is in front of them.
pub struct Cluster {
    pub replicas: Vec<Program>,
    pub front: SocketAddr,
    behind: Arc<Mutex<Vec<SocketAddr>>>,
    accepting: JoinHandle<()>,
    pub http: reqwest::Client,
    engine: Engine,
    folder: TempDir,
}

impl Cluster {
    pub async fn start(engine: Engine) -> Self {
        let folder = TempDir::new().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let front = listener.local_addr().unwrap();
        let behind = Arc::default();
        let mut cluster = Self {
            replicas: Vec::new(),
            front,
            behind: Arc::clone(&behind),
            accepting: tokio::spawn(hand_on(listener, behind)),
            // A connection for each request, so that each goes to the next server.
            http: reqwest::Client::builder()
                .no_proxy()
                .pool_max_idle_per_host(0)
                .build()
                .unwrap(),
            engine,
            folder,
        };
        for number in 0..REPLICAS {
            let program = cluster.program(number);
            cluster.replicas.push(program);
        }
        cluster.announce();
        cluster
    }

    /// Starts a server; its log goes to a file of that number.
    pub fn program(&self, number: usize) -> Program {
        let mut command = command(self.folder.path(), &["--dev", "--alg", "EdDSA", "--limits", "off"]);
        command.args(["--issuer", "http://auth.test", "--storage", &self.engine.url]);
        command.envs(self.engine.variables.iter().copied());
        // Nobody reads a pipe meanwhile.
        command.stderr(File::create(self.folder.path().join(format!("log-{number}"))).unwrap());
        Program::start(command)
    }

    /// Says what is behind the front now.
    pub fn announce(&self) {
        let addresses = self
            .replicas
            .iter()
            .map(|replica| replica.url.strip_prefix("http://").unwrap().parse().unwrap());
        *self.behind.lock().unwrap() = addresses.collect();
    }

    /// A request to the next server.
    pub async fn ask(&self, path: &str, body: &Value) -> Reply {
        ask(&self.http, &format!("http://{}", self.front), path, body)
            .await
            .unwrap()
    }

    /// The newest code for the address, in whichever server's mailbox.
    pub async fn fresh_code(&self, email: &str) -> String {
        self.ask("/auth/send-code", &json!({"email": email, "domainId": "default"}))
            .await
            .ok(StatusCode::ACCEPTED);
        let mut mails = Vec::new();
        for replica in &self.replicas {
            let asked = self.http.get(format!("{}/dev/mailbox?to={email}", replica.url));
            let got = read(asked.header("accept", "application/json").send().await.unwrap())
                .await
                .ok(StatusCode::OK);
            mails.extend(got.as_array().unwrap().clone());
        }
        mails.sort_by_key(|mail| mail["sentAt"].to_string());
        mails.pop().unwrap()["code"].as_str().unwrap().to_owned()
    }

    pub async fn sign_in(&self, email: &str) -> Value {
        let body = verify(email, &self.fresh_code(email).await);
        self.ask("/auth/verify-code", &body).await.ok(StatusCode::OK)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.accepting.abort();
        for replica in self.replicas.drain(..) {
            replica.stop("-KILL");
        }
        if std::thread::panicking() {
            for number in 0..REPLICAS {
                let log = std::fs::read_to_string(self.folder.path().join(format!("log-{number}")));
                let log = log.unwrap_or_default();
                for line in log.lines().filter(|line| !line.starts_with("code ")) {
                    eprintln!("{number}: {line}");
                }
            }
        }
    }
}

/// The body of a verification.
pub fn verify(email: &str, code: &str) -> Value {
    json!({"email": email, "code": code, "domainId": "default"})
}

/// None where the connection broke off.
pub async fn ask(http: &reqwest::Client, url: &str, path: &str, body: &Value) -> Option<Reply> {
    let response = http.post(format!("{url}{path}")).json(body).send().await.ok()?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.json().await.ok()?;
    Some(Reply { status, headers, body })
}

/// Each connection to the next server that takes it.
async fn hand_on(listener: TcpListener, behind: Arc<Mutex<Vec<SocketAddr>>>) {
    let (mut connections, next) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
    while let Ok((mut client, _)) = listener.accept().await {
        let (servers, next) = (behind.lock().unwrap().clone(), Arc::clone(&next));
        connections.spawn(async move {
            for _ in 0..servers.len() {
                let turn = next.fetch_add(1, Ordering::Relaxed) % servers.len();
                if let Ok(mut server) = TcpStream::connect(servers[turn]).await {
                    tokio::io::copy_bidirectional(&mut client, &mut server).await.ok();
                    return;
                }
            }
        });
        while connections.try_join_next().is_some() {}
    }
}
