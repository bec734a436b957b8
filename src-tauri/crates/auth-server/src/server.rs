use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use auth_core::storage::{AuthStorageAdapter, Store};
use tokio::net::TcpListener;

use crate::hashing::Hashing;
use crate::http::doorway::Doorway;
use crate::http::{AppState, connections, router};
use crate::keys::{Keys, KeysError, Lives};
use crate::mail::Post;
use crate::metrics::Metrics;
use crate::rules::{AuthService, Programs};
use crate::{Accounts, Authenticate, Clock, Mailbox, Mailer, Randomness, Settings};

/// How often what has ended is removed from the storage.
const SWEEP: Duration = Duration::from_secs(600);
/// How long it stays there, seconds: a person who comes back hears what happened to their code.
const KEPT: u64 = 86_400;

/// What a server is made of.
#[derive(Debug)]
pub struct Parts {
    pub storage: Arc<dyn AuthStorageAdapter>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Randomness>,
    pub mailer: Arc<dyn Mailer>,
    /// Shown at `/dev/mailbox`; only for development.
    pub mailbox: Option<Arc<Mailbox>>,
}

/// A server that is ready to serve.
#[derive(Debug)]
pub struct Server {
    state: AppState,
}

impl Server {
    /// Reads the signing keys, or makes the first ones.
    ///
    /// # Errors
    /// [`KeysError`].
    pub async fn new(settings: Settings, parts: Parts) -> Result<Self, KeysError> {
        let store = Store::new(parts.storage);
        let now = parts.clock.now();
        let lives = Lives {
            access: settings.access_ttl,
            refresh: settings.refresh_ttl,
        };
        let keys = Keys::open(store.clone(), settings.issuer.clone(), settings.algorithm, lives, now).await?;
        let programs = Programs {
            store: store.clone(),
            clock: parts.clock.clone(),
            random: parts.random.clone(),
            hashing: Hashing::new(std::thread::available_parallelism().map_or(1, NonZero::get)),
        };
        let metrics = Arc::<Metrics>::default();
        let post = Post::new(parts.mailer, parts.clock.clone(), metrics.clone());
        let auth = AuthService {
            keys,
            settings,
            store,
            clock: parts.clock,
            random: parts.random,
            programs,
            post,
            metrics,
        };
        Ok(Self {
            state: AppState {
                metrics: auth.settings.metrics,
                auth: Arc::new(auth),
                mailbox: parts.mailbox,
            },
        })
    }

    /// Who knows whose a token is, for a [`BearerLayer`](crate::BearerLayer) around another service.
    pub fn authenticator(&self) -> Arc<dyn Authenticate> {
        self.state.auth.clone()
    }

    /// The accounts that people have with other providers.
    pub fn accounts(&self) -> Accounts {
        let auth = &self.state.auth;
        Accounts::new(auth.store.clone(), auth.clock.clone(), auth.random.clone())
    }

    /// Serves on the bound socket until the shutdown is ready; requests under way then have 10 s to finish, and so
    /// have the mails that wait.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let auth = &self.state.auth;
        let doorway = Doorway::new(auth.settings.trusted_proxies.clone());
        let router = router(self.state.clone());
        let serving = connections::serve(listener, router, doorway, &auth.metrics, shutdown);
        tokio::select! {
            () = serving => {}
            () = sweep(auth) => {}
        }
        auth.post.close().await;
    }
}

/// Removes what has ended, for ever.
async fn sweep(auth: &AuthService) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        // A server that nobody asks for anything keeps its key all the same.
        auth.keys.tokens(auth.clock.now()).await;
        match auth.store.sweep(auth.clock.now().minus_seconds(KEPT)).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "ended sessions, codes and limits removed"),
            Err(error) => tracing::warn!("what has ended could not be removed: {error}"),
        }
    }
}
