//! An S3-compatible store in this process: it checks signatures, and keeps its objects in a folder.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, anyhow};
use async_trait::async_trait;
use hyper::service::service_fn;
use hyper::{Method, Request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::access::S3Access;
use s3s::auth::SimpleAuth;
use s3s::dto::PutObjectInput;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Request, S3Result};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::RwLock;
use tokio::task::{JoinHandle, JoinSet};

const BUCKET: &str = "auth";
const KEY_ID: &str = "only-for-tests";
const SECRET: &str = "only-for-tests-too";
const REGION: &str = "eu-central-1";

/// A running store with one bucket.
#[derive(Debug)]
pub struct ObjectStore {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
    folder: TempDir,
}

struct Shared {
    service: S3Service,
    /// The store looks at conditions first and writes then; nobody may come in between.
    turn: RwLock<()>,
    forgetful: Forgetful,
    fails: AtomicBool,
}

/// Forgets the conditions of writes where the store is not to look at them.
#[derive(Debug, Clone, Default)]
struct Forgetful {
    new: Arc<AtomicBool>,
    same: Arc<AtomicBool>,
}

#[async_trait]
impl S3Access for Forgetful {
    async fn put_object(&self, request: &mut S3Request<PutObjectInput>) -> S3Result<()> {
        if self.new.load(Ordering::SeqCst) {
            request.input.if_none_match = None;
        }
        if self.same.load(Ordering::SeqCst) {
            request.input.if_match = None;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

impl ObjectStore {
    /// Starts it with an empty bucket.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("bed-s3-").tempdir()?;
        std::fs::create_dir(folder.path().join(BUCKET))?;
        let files = FileSystem::new(folder.path()).map_err(|error| anyhow!("{error:?}"))?;
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(KEY_ID, SECRET));
        let forgetful = Forgetful::default();
        service.set_access(forgetful.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut store = Self {
            address: listener.local_addr()?,
            shared: Arc::new(Shared {
                service: service.build(),
                turn: RwLock::new(()),
                forgetful,
                fails: AtomicBool::new(false),
            }),
            accepting: None,
            folder,
        };
        store.accepting = Some(tokio::spawn(accept(listener, Arc::clone(&store.shared))));
        Ok(store)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of a place in the bucket.
    #[must_use]
    pub fn url(&self, prefix: &str) -> String {
        self.url_at(self.address, prefix)
    }

    /// The same where somebody in between listens.
    #[must_use]
    pub fn url_at(&self, address: SocketAddr, prefix: &str) -> String {
        format!("s3://{BUCKET}/{prefix}?endpoint=http://{address}&region={REGION}")
    }

    /// What lets programs in: names of variables and their values.
    #[must_use]
    pub fn variables() -> [(&'static str, &'static str); 2] {
        [("AWS_ACCESS_KEY_ID", KEY_ID), ("AWS_SECRET_ACCESS_KEY", SECRET)]
    }

    /// The folder with the objects of the bucket.
    #[must_use]
    pub fn bucket(&self) -> std::path::PathBuf {
        Path::join(self.folder.path(), BUCKET)
    }

    /// Whether it takes the conditions of a write and does not look at them, as many services do: that the object is new
    /// (`If-None-Match`), that it is still the same (`If-Match`).
    pub fn forget_conditions(&self, new: bool, same: bool) {
        self.shared.forgetful.new.store(new, Ordering::SeqCst);
        self.shared.forgetful.same.store(same, Ordering::SeqCst);
    }

    /// Whether it answers every request with a failure of its own.
    pub fn fail(&self, fails: bool) {
        self.shared.fails.store(fails, Ordering::SeqCst);
    }

    /// Ends it with all connections; [`ObjectStore::restart`] brings it back.
    pub async fn stop(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            // That it was aborted is no news.
            accepting.await.ok();
        }
    }

    /// Starts it with the objects that are there, on the same port.
    ///
    /// # Errors
    /// If somebody has taken the port.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await;
        let listener = TcpListener::bind(self.address).await?;
        self.accepting = Some(tokio::spawn(accept(listener, Arc::clone(&self.shared))));
        Ok(())
    }
}

impl Drop for ObjectStore {
    fn drop(&mut self) {
        if let Some(accepting) = &self.accepting {
            accepting.abort();
        }
    }
}

/// Its connections end with it.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        // Answers are small; none waits for the rest of a packet.
        stream.set_nodelay(true).ok();
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let service = service_fn(move |request| serve(request, Arc::clone(&shared)));
            let server = Builder::new(TokioExecutor::new());
            // A client that goes away in the middle is its own affair.
            server.serve_connection(TokioIo::new(stream), service).await.ok();
        });
    }
}

async fn serve(request: Request<hyper::body::Incoming>, shared: Arc<Shared>) -> Result<s3s::HttpResponse, Infallible> {
    if shared.fails.load(Ordering::SeqCst) {
        let mut response = s3s::HttpResponse::new(s3s::Body::empty());
        *response.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        return Ok(response);
    }
    let request = request.map(s3s::Body::from);
    let answer = if request.method() == Method::PUT || request.method() == Method::DELETE {
        let _alone = shared.turn.write().await;
        shared.service.call(request).await
    } else {
        let _beside_readers = shared.turn.read().await;
        shared.service.call(request).await
    };
    Ok(answer.unwrap_or_else(|error| {
        eprintln!("testbed: S3: {error:?}");
        let mut response = s3s::HttpResponse::new(s3s::Body::empty());
        *response.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        response
    }))
}
