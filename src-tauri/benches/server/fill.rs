//! Makes a database of so many people, each with a session: copies of the one that is there, with names of their own.
//!
//! ```sh
//! fill data/auth.db 1000000
//! ```

use anyhow::{Context, Result, ensure};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection};

const MOST: u32 = 2_000_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().context("which database?")?;
    let people: u32 = arguments.next().context("how many people?")?.parse()?;
    ensure!(people <= MOST, "at most {MOST} people");
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal);
    let mut database = options.connect().await?;
    let mut transaction = database.begin().await?;
    for (table, change) in [
        (
            "users",
            "'$.id', 'fill-' || n, '$.email', 'fill-' || n || '@bench.example'",
        ),
        ("sessions", "'$.id', 'fill-' || n, '$.userId', 'fill-' || n"),
    ] {
        let statement = format!(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
            INSERT OR IGNORE INTO {table} (id, version, doc)
            SELECT 'fill-' || n, 1, json_set((SELECT doc FROM {table} LIMIT 1), {change}) FROM numbers"
        );
        let made = sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(people)
            .execute(&mut *transaction)
            .await?;
        eprintln!("{table}: {} more", made.rows_affected());
    }
    transaction.commit().await?;
    Ok(database.close().await?)
}
