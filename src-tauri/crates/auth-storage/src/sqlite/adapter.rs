use std::time::Duration;

use async_trait::async_trait;
use auth_core::models::Timestamp;
use auth_core::storage::{
    AuthStorageAdapter, Damage, Document, Fault, Kind, Listed, Lookup, Page, Place, StorageError, Stored, UniqueKey,
    Version,
};
use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite};

use super::reader::{Question, Reader};
use super::writer::{Write, Writer};
use crate::obstacle::Obstacle;
use crate::row::stored;

/// The storage in one SQLite file.
#[derive(Debug)]
pub struct SqliteStorage {
    commits: Writer,
    lookups: Reader,
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStorage {
    pub(super) fn over(writer: SqlitePool, readers: SqlitePool, patience: Duration) -> Self {
        Self {
            commits: Writer::new(writer.clone(), patience),
            lookups: Reader::new(readers.clone()),
            writer,
            readers,
        }
    }

    /// Ends all connections; the writer's last, so that it folds the log into the file.
    pub async fn close(&self) {
        self.commits.close().await;
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn engine_says(&self) -> Result<Vec<String>, sqlx::Error> {
        let lines: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_all(&self.readers)
            .await?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }
}

#[async_trait]
impl AuthStorageAdapter for SqliteStorage {
    async fn ping(&self) -> Result<(), StorageError> {
        let answer = sqlx::query("SELECT id FROM users LIMIT 1")
            .fetch_optional(&self.readers)
            .await;
        answer
            .map(drop)
            .map_err(|source| StorageError::Unavailable { source: source.into() })
    }

    async fn insert(&self, document: &Document) -> Result<Version, StorageError> {
        let table = document.kind.collection();
        let write = Write {
            statement: format!("INSERT INTO {table} (id, version, doc) VALUES (?, 1, ?)"),
            texts: vec![document.id.clone(), document.json.clone()],
            number: None,
        };
        let written = self.commits.write(write).await;
        written.map_err(|source| failure(document.kind, source))?;
        Ok(Version("1".to_owned()))
    }

    async fn replace(&self, document: &Document, expected: &Version) -> Result<Version, StorageError> {
        let kind = document.kind;
        let Ok(expected) = expected.0.parse::<i64>() else {
            return Err(StorageError::Stale { kind });
        };
        let table = kind.collection();
        let write = Write {
            statement: format!("UPDATE {table} SET version = version + 1, doc = ? WHERE id = ? AND version = ?"),
            texts: vec![document.json.clone(), document.id.clone()],
            number: Some(expected),
        };
        let written = self.commits.write(write).await;
        if written.map_err(|source| failure(kind, source))? == 0 {
            return Err(StorageError::Stale { kind });
        }
        Ok(Version((expected + 1).to_string()))
    }

    async fn get(&self, kind: Kind, id: &str) -> Result<Option<Stored>, StorageError> {
        let question = Question {
            kind,
            fields: &[],
            values: vec![id.to_owned()],
        };
        self.lookups.ask(question).await
    }

    async fn find(&self, lookup: Lookup<'_>, page: &Page) -> Result<Vec<Stored>, StorageError> {
        let kind = lookup.kind();
        let unique = lookup.index().filter(|index| index.unique.is_some());
        if let (Some(index), None, 1..) = (unique, &page.after, page.limit) {
            let values = lookup.values().into_iter().map(str::to_owned).collect();
            let fields = index.fields;
            let found = self.lookups.ask(Question { kind, fields, values }).await?;
            return Ok(found.into_iter().collect());
        }
        let mut query = QueryBuilder::<Sqlite>::new("SELECT id, version, doc FROM ");
        query.push(kind.collection()).push(" WHERE TRUE");
        if let Some(after) = &page.after {
            query.push(" AND id > ").push_bind(after.clone());
        }
        for (field, value) in lookup.fields() {
            query
                .push(" AND doc ->> '$.")
                .push(field)
                .push("' = ")
                .push_bind(value.to_owned());
        }
        query.push(" ORDER BY id LIMIT ").push_bind(i64::from(page.limit));
        let rows = query
            .build()
            .fetch_all(&self.readers)
            .await
            .map_err(|source| failure(kind, source))?;
        rows.iter().map(|row| stored::<Sqlite>(kind, row)).collect()
    }

    async fn sweep(&self, before: Timestamp) -> Result<u64, StorageError> {
        let mut removed = 0;
        for kind in Kind::EXPIRING {
            let statement = format!("DELETE FROM {} WHERE doc ->> '$.expires' < ?", kind.collection());
            let done = sqlx::query(AssertSqlSafe(statement))
                .bind(before.to_string())
                .execute(&self.writer)
                .await;
            removed += done.map_err(|source| failure(kind, source))?.rows_affected();
        }
        Ok(removed)
    }

    async fn count(&self, kind: Kind) -> Result<u64, StorageError> {
        let counted: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {}", kind.collection())))
            .fetch_one(&self.readers)
            .await
            .map_err(|source| failure(kind, source))?;
        Ok(counted.unsigned_abs())
    }

    async fn list(&self, kind: Kind, after: Option<&Place>, limit: u32) -> Result<Vec<Listed>, StorageError> {
        let page = Page {
            after: after.map(|place| place.0.clone()),
            limit,
        };
        let found = self.find(Lookup::All { kind }, &page).await?;
        Ok(found
            .into_iter()
            .map(|stored| Listed {
                place: Place(stored.document.id.clone()),
                stored: Ok(stored),
            })
            .collect())
    }

    async fn audit(&self, mend: bool) -> Result<Vec<Damage>, StorageError> {
        let unavailable = |source: sqlx::Error| StorageError::Unavailable { source: source.into() };
        let before = self.engine_says().await.map_err(unavailable)?;
        if before.is_empty() {
            return Ok(Vec::new());
        }
        let mut after = before.clone();
        if mend {
            // Makes all indexes anew from the tables; whatever else is damaged stays so and is told again.
            let made = sqlx::query("REINDEX").execute(&self.writer).await;
            after = match made {
                Ok(_) => self.engine_says().await.map_err(unavailable)?,
                Err(error) => vec![error.to_string()],
            };
        }
        let damage = |message: String, mended| Damage {
            kind: None,
            place: Place("the database file".to_owned()),
            fault: Fault::Engine { message },
            mended,
        };
        let mended = before.iter().filter(|line| !after.contains(line)).cloned();
        let mut found: Vec<Damage> = mended.map(|message| damage(message, true)).collect();
        found.extend(after.iter().cloned().map(|message| damage(message, false)));
        Ok(found)
    }

    async fn close(&self) {
        Self::close(self).await;
    }
}

/// SQLite's result codes, as far as the rules tell them apart.
pub(super) fn failure(kind: Kind, source: sqlx::Error) -> StorageError {
    let database = source.as_database_error();
    let code = database.and_then(DatabaseError::code).unwrap_or_default().into_owned();
    if database.is_some_and(|error| error.kind() == ErrorKind::UniqueViolation) {
        // 1555: the primary key; any other unique index is the kind's own key.
        let own = UniqueKey::of(kind).filter(|_| code != "1555");
        return StorageError::Conflict {
            kind,
            key: own.unwrap_or(UniqueKey::Id),
        };
    }
    // The low byte is the primary code.
    let obstacle = match code.parse::<u32>().map(|code| code & 0xff) {
        // The file is damaged, or is no database any more.
        Ok(11 | 26) => {
            return StorageError::Corrupt {
                kind,
                source: source.into(),
            };
        }
        Ok(13) => Obstacle::DiskFull,
        Ok(10) => Obstacle::DiskFails,
        Ok(3 | 8 | 14 | 23) => Obstacle::NoRights,
        _ if matches!(source, sqlx::Error::PoolClosed) => Obstacle::Closed,
        _ => return StorageError::Unavailable { source: source.into() },
    };
    obstacle.unavailable()
}
