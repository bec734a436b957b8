//! Look-ups that have at most one answer share their way to the database. Each statement is a trip to a thread of its own and
//! back, which costs more than the look-up; what is asked for meanwhile goes together on the next trip.

use auth_core::storage::{Kind, StorageError, Stored};
use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, Row, Sqlite, SqliteConnection};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

use super::adapter::failure;
use crate::row::stored;

/// Questions that may wait; those beyond wait to wait.
const WAITING: usize = 1_024;
/// Questions of one trip.
const TOGETHER: usize = 64;

/// What is looked for, and by which fields; by the id where there are none. The values may name people: it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Question {
    pub kind: Kind,
    pub fields: &'static [&'static str],
    pub values: Vec<String>,
}

type Answer = Result<Option<Stored>, StorageError>;

struct Job {
    question: Question,
    done: oneshot::Sender<Answer>,
}

/// The one that looks up, behind its queue. It ends when this is dropped, or its pool is closed.
#[derive(Debug)]
pub struct Reader {
    jobs: Sender<Job>,
}

impl Reader {
    pub fn new(pool: SqlitePool) -> Self {
        let (jobs, receiver) = channel(WAITING);
        tokio::spawn(work(pool, receiver));
        Self { jobs }
    }

    /// The document, as it is now or was a moment later.
    pub async fn ask(&self, question: Question) -> Answer {
        let closed = |kind| failure(kind, sqlx::Error::PoolClosed);
        let kind = question.kind;
        let (done, answer) = oneshot::channel();
        self.jobs.send(Job { question, done }).await.map_err(|_| closed(kind))?;
        answer.await.map_err(|_| closed(kind))?
    }
}

async fn work(pool: SqlitePool, mut jobs: Receiver<Job>) {
    let mut batch = Vec::with_capacity(TOGETHER);
    while jobs.recv_many(&mut batch, TOGETHER).await > 0 {
        match pool.acquire().await {
            Ok(mut connection) => answer(&mut connection, std::mem::take(&mut batch)).await,
            Err(error) => {
                // The first hears what it was; an error of sqlx's cannot be given twice.
                let mut error = Some(error);
                for Job { question, done } in batch.drain(..) {
                    let source = error.take().unwrap_or(sqlx::Error::PoolTimedOut);
                    // Whoever has left is not told.
                    done.send(Err(failure(question.kind, source))).ok();
                }
            }
        }
    }
}

/// Answers all of them, those of one shape together.
async fn answer(connection: &mut SqliteConnection, mut batch: Vec<Job>) {
    while let Some(first) = batch.first() {
        let (kind, fields) = (first.question.kind, first.question.fields);
        let (same, others) = batch
            .into_iter()
            .partition(|job| job.question.kind == kind && job.question.fields == fields);
        batch = others;
        for (job, answer) in trip(connection, kind, fields, same).await {
            job.done.send(answer).ok();
        }
    }
}

/// One statement for all of them. Where it fails, each is asked for alone: one damaged page must not hide what is beside it.
async fn trip(
    connection: &mut SqliteConnection,
    kind: Kind,
    fields: &'static [&'static str],
    jobs: Vec<Job>,
) -> Vec<(Job, Answer)> {
    let questions: Vec<&Question> = jobs.iter().map(|job| &job.question).collect();
    match look_up(connection, kind, fields, &questions).await {
        Ok(mut answers) => jobs
            .into_iter()
            .enumerate()
            .map(|(number, job)| (job, answers[number].take().transpose()))
            .collect(),
        Err(source) if jobs.len() == 1 => {
            let failed = Err(failure(kind, source));
            jobs.into_iter().zip([failed]).collect()
        }
        Err(_) => {
            let mut answered = Vec::with_capacity(jobs.len());
            for job in jobs {
                let alone = look_up(connection, kind, fields, &[&job.question]).await;
                let answer = alone
                    .map_err(|source| failure(kind, source))
                    .and_then(|mut answers| answers[0].take().transpose());
                answered.push((job, answer));
            }
            answered
        }
    }
}

/// The answers, in the order of the questions.
async fn look_up(
    connection: &mut SqliteConnection,
    kind: Kind,
    fields: &[&str],
    questions: &[&Question],
) -> Result<Vec<Option<Result<Stored, StorageError>>>, sqlx::Error> {
    let mut answers: Vec<_> = questions.iter().map(|_| None).collect();
    let values: Vec<&[String]> = questions.iter().map(|question| question.values.as_slice()).collect();
    let values = serde_json::to_string(&values).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let rows = sqlx::query(AssertSqlSafe(statement(kind, fields)))
        .bind(values)
        .fetch_all(connection)
        .await?;
    for row in &rows {
        let number: i64 = row.try_get("number")?;
        let answer = usize::try_from(number).ok().and_then(|number| answers.get_mut(number));
        if let Some(answer) = answer {
            *answer = Some(stored::<Sqlite>(kind, row));
        }
    }
    Ok(answers)
}

/// The questions are the outer loop, so that each is answered from its index.
fn statement(kind: Kind, fields: &[&str]) -> String {
    let table = kind.collection();
    let mut text = format!(
        "SELECT asked.key AS number, found.id, found.version, found.doc FROM json_each(?) AS asked CROSS JOIN {table} AS found ON "
    );
    if fields.is_empty() {
        text.push_str("found.id = asked.value ->> 0");
    }
    for (number, field) in fields.iter().enumerate() {
        let and = if number == 0 { "" } else { " AND " };
        text.push_str(&format!("{and}found.doc ->> '$.{field}' = asked.value ->> {number}"));
    }
    text
}
