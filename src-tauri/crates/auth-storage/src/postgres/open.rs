use std::io::ErrorKind;
use std::str::FromStr;
use std::time::Duration;

use auth_core::Secret;
use sqlx::error::DatabaseError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};

use super::PostgresStorage;
use super::pool::{Pool, set_up};

/// Where our tables are, so that they meet nobody else's of the same names.
const SCHEMA: &str = "flowstate_auth";
/// "FSauth": whoever holds this advisory lock sets up the tables.
const LOCK: i64 = 0x4653_6175_7468;
/// How long another server may take for that.
const PATIENCE: Duration = Duration::from_secs(60);

/// A database, as its address names it: `postgres://user:password@host/database`, with the parameters of libpq.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresConfig {
    url: Secret,
}

/// Why the database did not open. Addresses are told without their passwords.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the database's address cannot be read; use postgres://user:password@host/database")]
    Address,
    #[error("PostgreSQL at {server} cannot be reached; check that it runs there, and the address")]
    Unreachable {
        server: String,
        #[source]
        source: sqlx::Error,
    },
    #[error("PostgreSQL at {server} lets nobody in with that user, password and database; check them")]
    Refused {
        server: String,
        #[source]
        source: sqlx::Error,
    },
    #[error("PostgreSQL at {server} cannot be spoken to by TLS; check sslmode and sslrootcert in the address")]
    Tls {
        server: String,
        #[source]
        source: sqlx::Error,
    },
    #[error("the database user may not make tables; run: GRANT CREATE ON DATABASE … TO …")]
    NoRights {
        #[source]
        source: sqlx::Error,
    },
    #[error("the tables were written by a newer version of this server; run that version, or use another database")]
    Newer,
    #[error("the tables cannot be set up; see what PostgreSQL says, or restore a backup")]
    Migrate {
        #[source]
        source: MigrateError,
    },
}

impl PostgresConfig {
    /// Reads an address.
    ///
    /// # Errors
    /// [`OpenError::Address`].
    pub fn parse(url: &str) -> Result<Self, OpenError> {
        // Its own words would repeat parts of the address.
        PgConnectOptions::from_str(url).map_err(|_| OpenError::Address)?;
        Ok(Self { url: Secret::new(url) })
    }

    fn options(&self) -> Result<PgConnectOptions, OpenError> {
        let options = PgConnectOptions::from_str(self.url.expose()).map_err(|_| OpenError::Address)?;
        let named = options.get_application_name().is_some();
        Ok(if named {
            options
        } else {
            options.application_name("flowstate-auth-server")
        })
    }
}

impl PostgresStorage {
    /// Opens the database, setting up the tables where that has not been done. Of several servers that start at once one does
    /// it and the others wait.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(config: &PostgresConfig) -> Result<Self, OpenError> {
        let options = config.options()?;
        let server = shown(&options);
        let connecting = tokio::time::timeout(PATIENCE, options.connect()).await;
        let connected = connecting.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        let mut connection = connected.map_err(|source| sorted(server.clone(), source))?;
        let prepared = prepare(&mut connection).await;
        // The lock ends with the connection.
        let closed = connection.close().await;
        prepared?;
        closed.map_err(|source| OpenError::Unreachable { server, source })?;
        Ok(Self::over(Pool::new(options, SCHEMA)))
    }
}

async fn prepare(connection: &mut PgConnection) -> Result<(), OpenError> {
    let failed = |source: sqlx::Error| match code(&source).as_deref() {
        Some("42501") => OpenError::NoRights { source },
        _ => OpenError::Migrate {
            source: MigrateError::Execute(source),
        },
    };
    let patience = format!("SET lock_timeout = {}", PATIENCE.as_millis());
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(patience)))
        .await
        .map_err(failed)?;
    let lock = sqlx::query("SELECT pg_advisory_lock($1)").bind(LOCK);
    lock.execute(&mut *connection).await.map_err(failed)?;
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)")
        .bind(SCHEMA)
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    if !there {
        let make = format!("CREATE SCHEMA {SCHEMA}");
        connection
            .execute(sqlx::raw_sql(AssertSqlSafe(make)))
            .await
            .map_err(failed)?;
    }
    set_up(connection, SCHEMA).await.map_err(failed)?;
    // The lock is ours, so that making the schema is under it too.
    let mut migrations: Migrator = sqlx::migrate!("migrations/postgres");
    migrations.set_locking(false);
    // `run` asks for more than a connection that is lent to a task can promise.
    let ran = migrations.run_direct(None, connection, false).await;
    ran.map_err(|source| match source {
        MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_) => OpenError::Newer,
        MigrateError::Execute(source) => failed(source),
        source => OpenError::Migrate { source },
    })
}

/// Host and port, or the socket.
fn shown(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

fn sorted(server: String, source: sqlx::Error) -> OpenError {
    // What rustls does not like about a certificate comes as invalid data.
    let insecure = match &source {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(error) => error.kind() == ErrorKind::InvalidData,
        _ => false,
    };
    if insecure {
        return OpenError::Tls { server, source };
    }
    // Class 28: who are you; 3D000: no such database.
    match code(&source) {
        Some(code) if code.starts_with("28") || code == "3D000" => OpenError::Refused { server, source },
        _ => OpenError::Unreachable { server, source },
    }
}

fn code(error: &sqlx::Error) -> Option<String> {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.map(std::borrow::Cow::into_owned)
}
