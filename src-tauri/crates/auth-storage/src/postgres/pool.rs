//! Connections that come back by themselves, and none that waits for ever.

use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgQueryResult, PgRow};
use sqlx::query::Query;
use sqlx::{Connection, Executor, Postgres};

/// Connections of a server to the database.
const CONNECTIONS: u32 = 16;
/// How long to wait for a free connection. A database that restarts may be back by then.
const TURN: Duration = Duration::from_secs(3);
/// How long to wait for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// A connection that has been idle for so long is tried before it is used: the database may have been restarted.
const TRUSTED: Duration = Duration::from_secs(1);

/// The connections.
#[derive(Debug)]
pub struct Pool(PgPool);

impl Pool {
    /// Connects when first used.
    pub fn new(options: PgConnectOptions, schema: &'static str) -> Self {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(TURN)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move { Ok(meta.idle_for < TRUSTED || connection.ping().await.is_ok()) })
            })
            .after_connect(move |connection, _| Box::pin(async move { set_up(connection, schema).await }))
            .connect_lazy_with(options);
        Self(pool)
    }

    pub async fn rows(&self, query: Query<'_, Postgres, PgArguments>) -> Result<Vec<PgRow>, sqlx::Error> {
        let mut connection = self.0.acquire().await?;
        let answer = tokio::time::timeout(PATIENCE, query.fetch_all(&mut *connection)).await;
        answer.unwrap_or_else(|_| {
            // Nobody knows what it is doing now, and its place is needed.
            drop(connection.detach());
            Err(sqlx::Error::PoolTimedOut)
        })
    }

    pub async fn execute(&self, query: Query<'_, Postgres, PgArguments>) -> Result<PgQueryResult, sqlx::Error> {
        let mut connection = self.0.acquire().await?;
        let answer = tokio::time::timeout(PATIENCE, query.execute(&mut *connection)).await;
        answer.unwrap_or_else(|_| {
            drop(connection.detach());
            Err(sqlx::Error::PoolTimedOut)
        })
    }

    pub async fn close(&self) {
        self.0.close().await;
    }
}

/// What every connection needs: our tables, and commits that are on the disk when they are answered. A setting that waits for
/// standbys too is left alone.
pub async fn set_up(connection: &mut sqlx::PgConnection, schema: &str) -> Result<(), sqlx::Error> {
    let settings = format!(
        "SET search_path TO {schema}, pg_catalog;
        SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')"
    );
    connection
        .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(settings)))
        .await
        .map(drop)
}
