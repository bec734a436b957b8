use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::{SqliteStorage, files};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// "FSau" in SQLite's field for the application that a file belongs to.
const APPLICATION_ID: i32 = 0x4653_6175;
/// Connections that read; there is one that writes, since SQLite has one writer at a time.
const READERS: u32 = 4;
/// How long to wait for another process's write, and for a free connection. Who waits for an answer waits for two of these at
/// most, which is less than a server gives a request.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why the database did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the database file {} cannot be made or read; check its folder and rights", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} is not a database of this server; nothing in it was changed: choose another path", path.display())]
    Foreign { path: PathBuf },
    #[error("{} was written by a newer version of this server; run that version, or choose another path", path.display())]
    Newer { path: PathBuf },
    #[error("the tables in {} cannot be set up; check free disk space, or restore a backup", path.display())]
    Migrate {
        path: PathBuf,
        #[source]
        source: MigrateError,
    },
    #[error("the database {} does not open; check that no other program holds it and that the disk works", path.display())]
    Engine {
        path: PathBuf,
        #[source]
        source: sqlx::Error,
    },
}

impl SqliteStorage {
    /// Opens the database, making file and tables where there are none.
    ///
    /// # Errors
    /// [`OpenError`]; a file of somebody else's is refused before anything is written to it.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let engine = |source| OpenError::Engine {
            path: path.to_owned(),
            source,
        };
        let file = |source| OpenError::File {
            path: path.to_owned(),
            source,
        };
        files::make(path).map_err(file)?;
        let plain = SqliteConnectOptions::new().filename(path).busy_timeout(PATIENCE);
        claim(path, &plain).await?;
        files::make_private(path).map_err(file)?;
        let options = plain
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(PATIENCE)
        };
        let writer: SqlitePool = pool(1).connect_with(options.clone()).await.map_err(engine)?;
        MIGRATIONS.run(&writer).await.map_err(|source| match source {
            MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_) => {
                OpenError::Newer { path: path.to_owned() }
            }
            source => OpenError::Migrate {
                path: path.to_owned(),
                source,
            },
        })?;
        let readers = pool(READERS).connect_with(options).await.map_err(engine)?;
        Ok(Self::over(writer, readers, PATIENCE))
    }
}

/// Makes an empty database ours; refuses one that belongs to somebody else.
async fn claim(path: &Path, options: &SqliteConnectOptions) -> Result<(), OpenError> {
    let refuse = |source: sqlx::Error| {
        // 26: the file is no database at all.
        let foreign = source
            .as_database_error()
            .and_then(DatabaseError::code)
            .is_some_and(|code| code == "26");
        let path = path.to_owned();
        if foreign {
            OpenError::Foreign { path }
        } else {
            OpenError::Engine { path, source }
        }
    };
    let mut connection = options.connect().await.map_err(refuse)?;
    let owner: i32 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut connection)
        .await
        .map_err(refuse)?;
    if owner != APPLICATION_ID {
        let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
            .fetch_one(&mut connection)
            .await
            .map_err(refuse)?;
        if tables > 0 || owner != 0 {
            return Err(OpenError::Foreign { path: path.to_owned() });
        }
        set_owner(&mut connection).await.map_err(refuse)?;
    }
    connection.close().await.map_err(refuse)
}

async fn set_owner(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let pragma = format!("PRAGMA application_id = {APPLICATION_ID}");
    sqlx::query(sqlx::AssertSqlSafe(pragma))
        .execute(connection)
        .await
        .map(drop)
}
