use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use auth_core::storage::{AuthStorageAdapter, KeyUse, Store};
use auth_core::tokens::{SigningAlgorithm, TokenManager};
use tokio::net::TcpListener;

use crate::hashing::Hashing;
use crate::http::{AppState, connections, router};
use crate::keys::{KeysError, key_ring};
use crate::rules::AuthService;
use crate::{Clock, Mailbox, Mailer, Randomness, Settings};

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
        let access = key_ring(&store, KeyUse::Access, settings.algorithm, now).await?;
        // Only we read refresh tokens: the fastest algorithm will do.
        let refresh = key_ring(&store, KeyUse::Refresh, SigningAlgorithm::EdDSA, now).await?;
        let auth = AuthService {
            tokens: TokenManager::new(settings.issuer.clone(), access, refresh),
            settings,
            store,
            clock: parts.clock,
            random: parts.random,
            mailer: parts.mailer,
            hashing: Hashing::new(std::thread::available_parallelism().map_or(1, NonZero::get)),
        };
        Ok(Self {
            state: AppState {
                auth: Arc::new(auth),
                mailbox: parts.mailbox,
            },
        })
    }

    /// Serves on the bound socket until the shutdown is ready; requests under way then have 10 s to finish.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let serving = connections::serve(listener, router(self.state.clone()), shutdown);
        tokio::select! {
            () = serving => {}
            () = sweep(&self.state.auth) => {}
        }
    }
}

/// Removes what has ended, for ever.
async fn sweep(auth: &AuthService) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        match auth.store.sweep(auth.clock.now().minus_seconds(KEPT)).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "ended sessions, codes and limits removed"),
            Err(error) => tracing::warn!("what has ended could not be removed: {error}"),
        }
    }
}
