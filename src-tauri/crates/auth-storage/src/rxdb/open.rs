use auth_core::models::RxDBStorageConfig;
use auth_core::storage::Kind;
use serde_json::{Value, json};

use super::RxDBStorage;
use super::board::VALUES;
use super::server::Server;
use crate::obstacle::Obstacle;

/// Why the server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("no client for an RxDB server can be made; check the system's certificates")]
    Client {
        #[source]
        source: reqwest::Error,
    },
    #[error("the RxDB server at {url}, collection {collection}: {obstacle}")]
    Server {
        url: String,
        collection: &'static str,
        #[source]
        obstacle: Obstacle,
    },
}

impl RxDBStorage {
    /// Opens the collections on the server; it must offer each of them, by queries and by replication.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(config: &RxDBStorageConfig) -> Result<Self, OpenError> {
        let server = Server::new(config).map_err(|source| OpenError::Client { source })?;
        for collection in Kind::ALL.into_iter().map(Kind::collection).chain([VALUES]) {
            let failed = |obstacle| OpenError::Server {
                url: server.url().to_owned(),
                collection,
                obstacle,
            };
            let nothing = json!({ "selector": { "id": "" }, "limit": 1 });
            server
                .post::<Value>(collection, "query", &nothing)
                .await
                .map_err(failed)?;
            server
                .post::<Value>(collection, "push", &json!([]))
                .await
                .map_err(failed)?;
        }
        Ok(Self::over(server))
    }
}
