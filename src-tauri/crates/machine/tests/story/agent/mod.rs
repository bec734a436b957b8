//! The agent socket against real sockets, real processes and a real server. The keychain alone is a map.

mod asking;
mod exchanging;
mod garbage;
mod limits;
mod place;
mod strangers;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use accounts::ports::{Clock, Vault, VaultError, VaultKey};
use accounts::{Accounts, Ports, ServerForm, StoreKind};
use async_trait::async_trait;
use auth_core::{Secret, ServerId};
use machine::{
    Agent, AgentClient, AgentError, AgentPlace, CliAuthService, Paths, SessionLocks, SettingsFile, SharedConfigFile,
    SystemClock, TimelineFiles,
};
use serde_json::Value;
use tempfile::TempDir;
use testbed::{DEADLINE, Server};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const ADA: &str = "ada@example.com";

#[derive(Default)]
struct MapVault(Mutex<HashMap<VaultKey, Secret>>);

#[async_trait]
impl Vault for MapVault {
    async fn read(&self, key: &VaultKey) -> Result<Option<Secret>, VaultError> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }

    async fn write(&self, key: &VaultKey, secret: &Secret) -> Result<(), VaultError> {
        self.0.lock().unwrap().insert(key.clone(), secret.clone());
        Ok(())
    }

    async fn delete(&self, key: &VaultKey) -> Result<(), VaultError> {
        self.0.lock().unwrap().remove(key);
        Ok(())
    }

    fn kind(&self) -> StoreKind {
        StoreKind::Keychain
    }
}

/// A person's computer with a login, at first without an agent.
struct World {
    root: TempDir,
    accounts: Arc<Accounts>,
    shown: Arc<Mutex<Vec<Option<String>>>>,
}

/// An agent that answers until it is ended.
struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    async fn end(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }
}

impl World {
    async fn new() -> Self {
        // A short name: socket paths hold 108 bytes.
        let root = tempfile::Builder::new().prefix("a-").tempdir().unwrap();
        std::fs::create_dir(root.path().join("run")).unwrap();
        let paths = paths(&root);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let accounts = Accounts::open(Ports {
            vault: Arc::new(MapVault::default()),
            config: Arc::new(SharedConfigFile::new(paths.config_dir())),
            api: Arc::new(CliAuthService::new(clock.clone())),
            clock,
            lock: Arc::new(SessionLocks::new(paths.config_dir())),
            settings: Arc::new(SettingsFile::new(&paths)),
            timeline: Arc::new(TimelineFiles::new(&paths)),
        })
        .await;
        Self {
            root,
            accounts,
            shown: Arc::default(),
        }
    }

    /// Where the agent of this person listens.
    fn place(&self) -> AgentPlace {
        AgentPlace::new(&paths(&self.root), None, Some(self.root.path().join("run")))
    }

    /// The same for a tool that uses another config folder.
    fn place_elsewhere(&self) -> AgentPlace {
        let paths = Paths::new(Some(self.root.path().join("other").into()), None, None).unwrap();
        AgentPlace::new(&paths, None, Some(self.root.path().join("run")))
    }

    fn socket(&self) -> PathBuf {
        self.place().socket().to_owned()
    }

    async fn listen(&self) -> Result<Agent, AgentError> {
        let shown = self.shown.clone();
        let show = move |server| shown.lock().unwrap().push(server);
        Agent::listen(self.place(), self.accounts.clone(), Arc::new(SystemClock), show).await
    }

    async fn start(&self) -> Running {
        let agent = self.listen().await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(agent.run(async { stopped.await.unwrap_or_default() }));
        Running { stop, task }
    }

    /// Ada signs in to a server, which becomes the active one if it is the first.
    async fn sign_in(&self, id: &str, server: &Server, url: &str) {
        let form = ServerForm {
            id: id.into(),
            url: url.into(),
            ..ServerForm::default()
        };
        let id = self.accounts.add_server(&form).await.unwrap();
        self.accounts.request_code(&id, ADA).await.unwrap();
        let code = server.latest_code(ADA).await.unwrap();
        self.accounts.submit_code(&id, &code).await.unwrap();
    }

    /// Another tool has used up the access token of a server.
    fn expire(&self, id: &str) {
        let path = self.root.path().join("config/config.json");
        let mut config: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        config["servers"][id]["auth"]["expiresAt"] = 1_700_000_000_000_u64.into();
        std::fs::write(path, config.to_string()).unwrap();
    }

    /// A tool's call of the agent.
    async fn ask<T: Send + 'static>(&self, call: impl FnOnce(&AgentClient) -> T + Send + 'static) -> T {
        ask(self.place(), call).await
    }

    /// A connection without any client of ours.
    fn raw(&self) -> Raw {
        Raw::connect(self.socket())
    }
}

async fn ask<T: Send + 'static>(place: AgentPlace, call: impl FnOnce(&AgentClient) -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(move || call(&AgentClient::new(place)))
        .await
        .unwrap()
}

fn paths(root: &TempDir) -> Paths {
    Paths::new(Some(root.path().join("config").into()), None, None).unwrap()
}

fn id(id: &str) -> ServerId {
    ServerId::existing(id)
}

/// A connection that says what it likes.
struct Raw(BufReader<UnixStream>);

impl Raw {
    fn connect(socket: PathBuf) -> Self {
        let stream = UnixStream::connect(socket).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        Self(BufReader::new(stream))
    }

    fn say(&mut self, bytes: impl AsRef<[u8]>) {
        assert!(self.try_say(bytes), "the connection ended");
    }

    /// Whether there was still somebody to hear it.
    fn try_say(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.get_mut().write_all(bytes.as_ref()).is_ok()
    }

    /// Nothing more will be said.
    fn close(&mut self) {
        self.0.get_mut().shutdown(std::net::Shutdown::Write).unwrap();
    }

    /// One line, or none where the connection has ended.
    fn line(&mut self) -> Option<Value> {
        self.line_within(DEADLINE).unwrap()
    }

    fn line_within(&mut self, limit: Duration) -> std::io::Result<Option<Value>> {
        self.0.get_ref().set_read_timeout(Some(limit))?;
        tokio::task::block_in_place(|| {
            let mut line = String::new();
            match self.0.read_line(&mut line) {
                Ok(0) => Ok(None),
                Ok(_) => {
                    assert!(line.ends_with('\n'), "half a reply: {line}");
                    Ok(Some(serde_json::from_str(&line).unwrap()))
                }
                // It was closed with something unread.
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    /// The code of the refusal that comes next.
    fn refusal(&mut self) -> String {
        let reply = self.line().expect("the connection ended");
        assert_eq!(reply["ok"], false, "{reply}");
        assert!(
            reply["message"].as_str().is_some_and(|message| message.len() > 20),
            "no sentence: {reply}"
        );
        reply["code"].as_str().unwrap().to_owned()
    }
}
