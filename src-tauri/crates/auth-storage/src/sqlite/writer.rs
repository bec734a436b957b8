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
    /// Over that pool, whose connections wait so long for another process's write. A write waits twice that long for its answer:
    /// the one before it may have to wait, too.
    pub fn new(pool: SqlitePool, patience: Duration) -> Self {
        let (sender, receiver) = channel(WAITING);
        Self {
            jobs: Mutex::new(Some(sender)),
            working: Mutex::new(Some(tokio::spawn(work(pool, receiver)))),
            patience: 2 * patience,
        }
    }

    /// How many rows the write changed, once that is on the disk.
    ///
    /// A write that is given up is not carried out, unless it has begun: then nobody knows, as after a reply that was lost.
    /// Documents are compared and set, so that whoever tries again finds out.
    pub async fn write(&self, write: Write) -> Result<u64, sqlx::Error> {
        let jobs = lock(&self.jobs).clone().ok_or(sqlx::Error::PoolClosed)?;
        let answered = async {
            let (done, answer) = oneshot::channel();
            let sent = jobs.send(Job { write, done }).await;
            sent.map_err(|_| sqlx::Error::PoolClosed)?;
            answer.await.map_err(|_| sqlx::Error::PoolClosed)?
        };
        let answer = tokio::time::timeout(self.patience, answered).await;
        answer.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    /// Takes no more writes and finishes those that somebody waits for; nobody waits for long.
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
        let connection = pool.acquire().await;
        batch.retain(is_awaited);
        match connection {
            Ok(mut connection) => carry_out(&mut connection, std::mem::take(&mut batch)).await,
            Err(error) => refuse(batch.drain(..), error),
        }
    }
}

fn is_awaited(job: &Job) -> bool {
    !job.done.is_closed()
}

/// The first hears what it was; an error of sqlx's cannot be given twice.
fn refuse(jobs: impl Iterator<Item = Job>, error: sqlx::Error) {
    let mut error = Some(error);
    for job in jobs {
        answer(job.done, Err(error.take().unwrap_or(sqlx::Error::PoolTimedOut)));
    }
}

async fn carry_out(connection: &mut SqliteConnection, batch: Vec<Job>) {
    if batch.len() > 1 {
        match together(connection, &batch).await {
            Ok(Some(results)) => {
                for (job, result) in batch.into_iter().zip(results) {
                    answer(job.done, result);
                }
                return;
            }
            Ok(None) => {}
            Err(held) => return refuse(batch.into_iter(), held),
        }
    }
    // Alone, or a commit that failed as a whole: each hears what it was in its own case.
    let mut jobs = batch.into_iter().filter(is_awaited);
    while let Some(job) = jobs.next() {
        match execute(connection, &job.write).await {
            Err(held) if is_held(&held) => return refuse(std::iter::once(job).chain(jobs), held),
            result => answer(job.done, result.map(|done| done.rows_affected())),
        }
    }
}

/// All of them in one transaction; none where it failed, and then nothing was written. An error where another process holds the
/// database: one wait for it is enough for all of them.
async fn together(
    connection: &mut SqliteConnection,
    batch: &[Job],
) -> Result<Option<Vec<Result<u64, sqlx::Error>>>, sqlx::Error> {
    let mut transaction = match connection.begin_with("BEGIN IMMEDIATE").await {
        Ok(transaction) => transaction,
        Err(held) if is_held(&held) => return Err(held),
        Err(_) => return Ok(None),
    };
    let mut results = Vec::with_capacity(batch.len());
    for job in batch {
        match execute(&mut transaction, &job.write).await {
            Ok(done) => results.push(Ok(done.rows_affected())),
            // That one statement is undone and nothing else.
            Err(error) if breaks_a_rule(&error) => results.push(Err(error)),
            // SQLite may have undone everything: a full disk, say.
            Err(_) => {
                transaction.rollback().await.ok();
                return Ok(None);
            }
        }
    }
    Ok(transaction.commit().await.ok().map(|()| results))
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

/// SQLITE_BUSY, whichever kind of it: the low byte is the primary code.
fn is_held(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| code & 0xff == 5)
}

/// Whoever has left is not told.
fn answer(done: oneshot::Sender<Result<u64, sqlx::Error>>, result: Result<u64, sqlx::Error>) {
    done.send(result).ok();
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
    use tempfile::TempDir;
    use tokio::task::JoinSet;

    use super::*;

    /// A database with one table that another process writes to, and a writer of ours.
    struct Held {
        holder: SqliteConnection,
        writer: Arc<Writer>,
        _folder: TempDir,
    }

    impl Held {
        /// Connections wait so long for the other process, and writes twice the patience for their answer.
        async fn new(waits: Duration, patience: Duration) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let options = SqliteConnectOptions::new()
                .filename(folder.path().join("held.db"))
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .busy_timeout(waits);
            let pool = SqlitePoolOptions::new().max_connections(1);
            let pool = pool.connect_with(options.clone()).await.unwrap();
            let mut holder = SqliteConnection::connect_with(&options).await.unwrap();
            for statement in ["CREATE TABLE written (text TEXT)", "BEGIN IMMEDIATE"] {
                sqlx::query(statement).execute(&mut holder).await.unwrap();
            }
            Self {
                holder,
                writer: Arc::new(Writer::new(pool, patience)),
                _folder: folder,
            }
        }

        /// What as many writes at once hear.
        async fn write(&self, number: usize) -> Vec<Result<u64, sqlx::Error>> {
            let mut writers = JoinSet::new();
            for _ in 0..number {
                let writer = self.writer.clone();
                writers.spawn(async move {
                    let statement = "INSERT INTO written VALUES (?)".to_owned();
                    let texts = vec!["text".to_owned()];
                    let number = None;
                    let write = Write {
                        statement,
                        texts,
                        number,
                    };
                    writer.write(write).await
                });
            }
            writers.join_all().await
        }

        async fn let_go(&mut self) {
            sqlx::query("COMMIT").execute(&mut self.holder).await.unwrap();
        }

        async fn written(&mut self) -> usize {
            let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM written");
            count.fetch_one(&mut self.holder).await.unwrap() as usize
        }
    }

    #[tokio::test]
    async fn writes_that_go_together_wait_once_for_another_process() {
        let mut held = Held::new(Duration::from_millis(500), Duration::from_secs(600)).await;
        // One after another they would wait for 150 seconds.
        let heard = tokio::time::timeout(Duration::from_secs(75), held.write(300))
            .await
            .unwrap();
        assert!(heard.iter().all(Result::is_err), "{heard:?}");
        held.let_go().await;
        assert_eq!(held.written().await, 0);
        assert!(held.write(300).await.iter().all(Result::is_ok));
        assert_eq!(held.written().await, 300);
    }

    #[tokio::test]
    async fn a_write_that_was_given_up_is_not_carried_out_unless_it_has_begun() {
        let mut held = Held::new(Duration::from_secs(600), Duration::from_millis(50)).await;
        let heard = held.write(400).await;
        let given_up = |heard: &Result<u64, sqlx::Error>| matches!(heard, Err(sqlx::Error::PoolTimedOut));
        assert!(heard.iter().all(given_up), "{heard:?}");
        held.let_go().await;
        held.writer.close().await;
        let written = held.written().await;
        assert!(written <= TOGETHER, "{written}");
    }
}
