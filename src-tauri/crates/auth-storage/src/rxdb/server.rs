//! The server's endpoints, one request a verb.

use std::time::Duration;

use auth_core::Secret;
use auth_core::models::RxDBStorageConfig;
use auth_core::storage::StorageError;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use crate::obstacle::Obstacle;

/// How long a request may take, and a connection.
const PATIENCE: Duration = Duration::from_secs(10);
const CONNECTING: Duration = Duration::from_secs(2);
/// How long a connection is kept that nobody uses: less than Node.js keeps it, so that none is used that is just being closed.
const IDLE: Duration = Duration::from_secs(3);

/// Requests that are under way at once: the server does one thing at a time, and more of them only wait there.
const AT_ONCE: usize = 8;
/// How long a request waits for its turn. With what it may take then, that is less than a server gives a request of its own.
const TURN: Duration = Duration::from_secs(10);

/// A document as the server has it.
pub type Row = Map<String, Value>;

/// A server.
#[derive(Debug)]
pub struct Server {
    http: reqwest::Client,
    turns: Semaphore,
    url: String,
    token: Secret,
    version: u64,
    pub domain: String,
}

#[derive(Deserialize)]
struct Answer {
    documents: Vec<Row>,
}

impl Server {
    /// # Errors
    /// If the system's certificates cannot be read.
    pub fn new(config: &RxDBStorageConfig) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .connect_timeout(CONNECTING)
            .pool_idle_timeout(IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            http,
            turns: Semaphore::new(AT_ONCE),
            url: config.server_url.clone(),
            token: config.auth_token.clone(),
            version: config.version.unwrap_or_default(),
            domain: config.domain_id.clone(),
        })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The documents of a collection that are like that; deleted ones are not.
    pub async fn query(&self, collection: &str, query: &Value) -> Result<Vec<Row>, StorageError> {
        let answer: Result<Answer, Obstacle> = self.post(collection, "query", query).await;
        Ok(answer.map_err(Obstacle::unavailable)?.documents)
    }

    /// Writes a document that is in that state, or in none; what state it is in where that is another.
    pub async fn push(&self, collection: &str, new: &Row, assumed: Option<&Row>) -> Result<Option<Row>, StorageError> {
        let mut change = json!({ "newDocumentState": new });
        if let Some(assumed) = assumed {
            change["assumedMasterState"] = Value::Object(assumed.clone());
        }
        let conflicts: Result<Vec<Row>, Obstacle> = self.post(collection, "push", &json!([change])).await;
        Ok(conflicts.map_err(Obstacle::unavailable)?.pop())
    }

    pub async fn post<T: serde::de::DeserializeOwned>(
        &self,
        collection: &str,
        verb: &str,
        body: &Value,
    ) -> Result<T, Obstacle> {
        // Whoever gets no turn has asked for nothing: all those before are waiting for the server.
        let turn = tokio::time::timeout(TURN, self.turns.acquire()).await;
        let _turn = turn.map_err(|_| Obstacle::Unreachable)?.map_err(|_| Obstacle::Closed)?;
        let url = format!("{}/{collection}/{}/{verb}", self.url, self.version);
        let request = self.http.post(url).bearer_auth(self.token.expose()).json(body);
        let response = request.send().await.map_err(|error| obstacle(&error))?;
        match response.status() {
            StatusCode::OK => response.json().await.map_err(|error| obstacle(&error)),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Obstacle::NoEntry),
            StatusCode::UPGRADE_REQUIRED => Err(Obstacle::Outdated),
            StatusCode::NOT_FOUND => Err(Obstacle::NoEndpoint),
            _ => Err(Obstacle::ServiceFails),
        }
    }
}

fn obstacle(error: &reqwest::Error) -> Obstacle {
    if error.is_connect() || error.is_timeout() {
        Obstacle::Unreachable
    } else {
        Obstacle::BrokenOff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever_behind_requests_that_the_server_does_not_answer() {
        let server = Server::new(&RxDBStorageConfig {
            domain_id: "default".to_owned(),
            server_url: "http://127.0.0.1:9".to_owned(),
            auth_token: Secret::new("t"),
            version: None,
        })
        .unwrap();
        let all = u32::try_from(AT_ONCE).unwrap();
        let before = server.turns.acquire_many(all).await.unwrap();
        let query = json!({});
        let answer = tokio::time::timeout(PATIENCE + TURN, server.query("users", &query))
            .await
            .unwrap();
        assert!(matches!(answer, Err(StorageError::Unavailable { .. })), "{answer:?}");
        drop(before);
        assert_eq!(server.turns.available_permits(), AT_ONCE);
    }
}
