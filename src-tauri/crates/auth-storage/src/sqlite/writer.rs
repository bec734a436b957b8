//! Writes share their commits. A commit waits for the disk; what comes in meanwhile goes together into the next one.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::sqlite::{SqliteArguments, SqlitePool, SqliteQueryResult};
use sqlx::{Arguments, AssertSqlSafe, Connection, SqliteConnection};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Writes that may wait; those beyond wait to wait.
const WAITING: usize = 1_024;
/// Writes in one commit.
const TOGETHER: usize = 64;

/// One statement that writes. It changes one row or none, so that two of them do not depend on each other's failure.
/// What it writes may be secret: it has no `Debug`.
#[derive(Clone)]
pub struct Write {
    pub statement: String,
    pub texts: Vec<String>,
    /// Bound after the texts.
    pub number: Option<i64>,
}

struct Job {
    write: Write,
    done: oneshot::Sender<Result<u64, sqlx::Error>>,
}

/// The one that writes, behind its queue.
#[derive(Debug)]
pub struct Writer {
    jobs: Mutex<Option<Sender<Job>>>,
    working: Mutex<Option<JoinHandle<()>>>,
    patience: Duration,
}

impl Writer {
    /// Over that pool; a write waits so long for its turn.
    pub fn new(pool: SqlitePool, patience: Duration) -> Self {
        let (sender, receiver) = channel(WAITING);
        Self {
            jobs: Mutex::new(Some(sender)),
            working: Mutex::new(Some(tokio::spawn(work(pool, receiver)))),
            patience,
        }
    }

    /// How many rows the write changed, once that is on the disk.
    pub async fn write(&self, write: Write) -> Result<u64, sqlx::Error> {
        let jobs = lock(&self.jobs).clone().ok_or(sqlx::Error::PoolClosed)?;
        let (done, answer) = oneshot::channel();
        tokio::time::timeout(self.patience, jobs.send(Job { write, done }))
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)?;
        answer.await.map_err(|_| sqlx::Error::PoolClosed)?
    }

    /// Takes no more writes and finishes those that wait.
    pub async fn close(&self) {
        lock(&self.jobs).take();
        let working = lock(&self.working).take();
        if let Some(working) = working {
            // Had it ended early, all that waited would have heard that the storage is closed.
            working.await.ok();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn work(pool: SqlitePool, mut jobs: Receiver<Job>) {
    let mut batch = Vec::with_capacity(TOGETHER);
    while jobs.recv_many(&mut batch, TOGETHER).await > 0 {
        match pool.acquire().await {
            Ok(mut connection) => carry_out(&mut connection, std::mem::take(&mut batch)).await,
            Err(error) => {
                // The first hears what it was; an error of sqlx's cannot be given twice.
                let mut error = Some(error);
                for job in batch.drain(..) {
                    answer(job.done, Err(error.take().unwrap_or(sqlx::Error::PoolTimedOut)));
                }
            }
        }
    }
}

async fn carry_out(connection: &mut SqliteConnection, batch: Vec<Job>) {
    if batch.len() > 1
        && let Some(results) = together(connection, &batch).await
    {
        for (job, result) in batch.into_iter().zip(results) {
            answer(job.done, result);
        }
        return;
    }
    // Alone, or a commit that failed as a whole: each hears what it was in its own case.
    for job in batch {
        let result = execute(connection, &job.write).await;
        answer(job.done, result.map(|done| done.rows_affected()));
    }
}

/// All of them in one transaction; none where it failed, and then nothing was written.
async fn together(connection: &mut SqliteConnection, batch: &[Job]) -> Option<Vec<Result<u64, sqlx::Error>>> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.ok()?;
    let mut results = Vec::with_capacity(batch.len());
    for job in batch {
        match execute(&mut transaction, &job.write).await {
            Ok(done) => results.push(Ok(done.rows_affected())),
            // That one statement is undone and nothing else.
            Err(error) if breaks_a_rule(&error) => results.push(Err(error)),
            // SQLite may have undone everything: a full disk, say.
            Err(_) => {
                transaction.rollback().await.ok();
                return None;
            }
        }
    }
    transaction.commit().await.ok()?;
    Some(results)
}

async fn execute(connection: &mut SqliteConnection, write: &Write) -> Result<SqliteQueryResult, sqlx::Error> {
    let mut values = SqliteArguments::default();
    for text in &write.texts {
        values.add(text.as_str()).map_err(sqlx::Error::Encode)?;
    }
    if let Some(number) = write.number {
        values.add(number).map_err(sqlx::Error::Encode)?;
    }
    sqlx::query_with(AssertSqlSafe(write.statement.clone()), values)
        .execute(connection)
        .await
}

fn breaks_a_rule(error: &sqlx::Error) -> bool {
    let kind = error.as_database_error().map(DatabaseError::kind);
    matches!(kind, Some(ErrorKind::UniqueViolation | ErrorKind::CheckViolation))
}

/// Whoever has left is not told.
fn answer(done: oneshot::Sender<Result<u64, sqlx::Error>>, result: Result<u64, sqlx::Error>) {
    done.send(result).ok();
}
