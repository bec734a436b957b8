use async_trait::async_trait;
use auth_core::models::Timestamp;
use auth_core::storage::{
    AuthStorageAdapter, Damage, Document, Fault, Kind, Listed, Lookup, Page, Place, StorageError, Stored, UniqueKey,
    Version,
};
use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Postgres, QueryBuilder, Row};

use super::pool::Pool;
use super::statements;
use crate::columns;
use crate::obstacle::Obstacle;
use crate::row::stored;

/// Rows that one statement removes or an audit reads at most, so that none keeps others waiting for long.
const PART: u32 = 1_000;

/// The storage in a PostgreSQL database.
#[derive(Debug)]
pub struct PostgresStorage {
    pool: Pool,
}

impl PostgresStorage {
    pub(super) fn over(pool: Pool) -> Self {
        Self { pool }
    }

    async fn page(&self, lookup: Lookup<'_>, page: &Page) -> Result<Vec<PgRow>, StorageError> {
        let kind = lookup.kind();
        let mut query = QueryBuilder::<Postgres>::new("SELECT * FROM ");
        query.push(kind.collection()).push(" WHERE TRUE");
        if let Some(after) = &page.after {
            query.push(" AND id > ").push_bind(after);
        }
        for (field, value) in lookup.fields() {
            query.push(" AND \"").push(field).push("\" = ").push_bind(value);
        }
        query.push(" ORDER BY id LIMIT ").push_bind(i64::from(page.limit));
        self.pool
            .rows(query.build())
            .await
            .map_err(|source| failure(kind, source))
    }
}

#[async_trait]
impl AuthStorageAdapter for PostgresStorage {
    async fn ping(&self) -> Result<(), StorageError> {
        let answer = self.pool.rows(sqlx::query("SELECT id FROM users LIMIT 1")).await;
        answer.map(drop).map_err(|source| failure(Kind::User, source))
    }

    async fn insert(&self, document: &Document) -> Result<Version, StorageError> {
        let kind = document.kind;
        let mut query = sqlx::query(AssertSqlSafe(statements::insert(kind)))
            .bind(&document.id)
            .bind(&document.json);
        for value in values(document)? {
            query = query.bind(value);
        }
        let done = self.pool.execute(query).await;
        done.map_err(|source| failure(kind, source))?;
        Ok(Version("1".to_owned()))
    }

    async fn replace(&self, document: &Document, expected: &Version) -> Result<Version, StorageError> {
        let kind = document.kind;
        let Ok(expected) = expected.0.parse::<i64>() else {
            return Err(StorageError::Stale { kind });
        };
        let mut query = sqlx::query(AssertSqlSafe(statements::update(kind)))
            .bind(&document.id)
            .bind(&document.json);
        for value in values(document)? {
            query = query.bind(value);
        }
        let done = self.pool.execute(query.bind(expected)).await;
        if done.map_err(|source| failure(kind, source))?.rows_affected() == 0 {
            return Err(StorageError::Stale { kind });
        }
        Ok(Version((expected + 1).to_string()))
    }

    async fn get(&self, kind: Kind, id: &str) -> Result<Option<Stored>, StorageError> {
        let statement = format!("SELECT id, version, doc FROM {} WHERE id = $1", kind.collection());
        let rows = self.pool.rows(sqlx::query(AssertSqlSafe(statement)).bind(id)).await;
        let rows = rows.map_err(|source| failure(kind, source))?;
        rows.first().map(|row| stored::<Postgres>(kind, row)).transpose()
    }

    async fn find(&self, lookup: Lookup<'_>, page: &Page) -> Result<Vec<Stored>, StorageError> {
        let rows = self.page(lookup, page).await?;
        rows.iter().map(|row| stored::<Postgres>(lookup.kind(), row)).collect()
    }

    async fn sweep(&self, before: Timestamp) -> Result<u64, StorageError> {
        let mut removed = 0;
        for kind in Kind::EXPIRING {
            // What another server sweeps is left to it; what has got a later end meanwhile is looked at again and stays.
            let statement = format!(
                "DELETE FROM {table} WHERE expires < $1 AND id IN
                (SELECT id FROM {table} WHERE expires < $1 LIMIT {PART} FOR UPDATE SKIP LOCKED)",
                table = kind.collection()
            );
            loop {
                let query = sqlx::query(AssertSqlSafe(statement.clone())).bind(before.to_string());
                let done = self.pool.execute(query).await;
                let part = done.map_err(|source| failure(kind, source))?.rows_affected();
                removed += part;
                if part < u64::from(PART) {
                    break;
                }
            }
        }
        Ok(removed)
    }

    async fn count(&self, kind: Kind) -> Result<u64, StorageError> {
        let statement = format!("SELECT count(*) FROM {}", kind.collection());
        let rows = self.pool.rows(sqlx::query(AssertSqlSafe(statement))).await;
        let counted = rows.and_then(|rows| rows.first().map_or(Ok(0), |row| row.try_get::<i64, _>(0)));
        Ok(counted.map_err(|source| failure(kind, source))?.unsigned_abs())
    }

    async fn list(&self, kind: Kind, after: Option<&Place>, limit: u32) -> Result<Vec<Listed>, StorageError> {
        let page = Page {
            after: after.map(|place| place.0.clone()),
            limit,
        };
        let listed = |row: &PgRow| {
            Ok(Listed {
                place: Place(row.try_get("id").map_err(|source| failure(kind, source))?),
                stored: stored::<Postgres>(kind, row),
            })
        };
        self.page(Lookup::All { kind }, &page)
            .await?
            .iter()
            .map(listed)
            .collect()
    }

    /// The columns say what the documents say.
    async fn audit(&self, mend: bool) -> Result<Vec<Damage>, StorageError> {
        let mut found = Vec::new();
        for kind in Kind::ALL {
            let mut page = Page::first(PART);
            loop {
                let rows = self.page(Lookup::All { kind }, &page).await?;
                if rows.is_empty() {
                    break;
                }
                for row in rows {
                    let stored = stored::<Postgres>(kind, &row)?;
                    page.after = Some(stored.document.id.clone());
                    let Ok(should) = columns::values(&stored.document) else {
                        continue;
                    };
                    let column = |name: &&str| row.try_get::<Option<String>, _>(*name);
                    let is: Result<Vec<_>, _> = columns::names(kind).iter().map(column).collect();
                    if is.map_err(|source| failure(kind, source))? == should {
                        continue;
                    }
                    let mended = match mend {
                        true => Some(self.replace(&stored.document, &stored.version).await),
                        false => None,
                    };
                    let (fault, mended) = match mended {
                        Some(Ok(_)) => (Fault::NotIndexed, true),
                        Some(Err(StorageError::Conflict { key, .. })) => (Fault::Shared { key }, false),
                        Some(Err(StorageError::Stale { .. })) | None => (Fault::NotIndexed, false),
                        Some(Err(error)) => return Err(error),
                    };
                    found.push(Damage {
                        kind: Some(kind),
                        place: Place(stored.document.id),
                        fault,
                        mended,
                    });
                }
            }
        }
        Ok(found)
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}

fn values(document: &Document) -> Result<Vec<Option<String>>, StorageError> {
    columns::values(document).map_err(|_| Obstacle::NotWhole.corrupt(document.kind))
}

/// PostgreSQL's codes, as far as the rules or a person tell them apart.
fn failure(kind: Kind, source: sqlx::Error) -> StorageError {
    let database = source.as_database_error();
    if let Some(error) = database.filter(|error| error.kind() == ErrorKind::UniqueViolation) {
        let of_ids = error.constraint().is_some_and(|name| name.ends_with("_pkey"));
        let own = UniqueKey::of(kind).filter(|_| !of_ids);
        return StorageError::Conflict {
            kind,
            key: own.unwrap_or(UniqueKey::Id),
        };
    }
    let code = database.and_then(DatabaseError::code).unwrap_or_default();
    match code.as_ref() {
        "53100" => Obstacle::DiskFull.unavailable(),
        "42501" | "25006" => Obstacle::NoRights.unavailable(),
        // Pages or indexes are damaged.
        "XX001" | "XX002" => StorageError::Corrupt {
            kind,
            source: source.into(),
        },
        _ if matches!(source, sqlx::Error::PoolClosed) => Obstacle::Closed.unavailable(),
        _ => StorageError::Unavailable { source: source.into() },
    }
}
