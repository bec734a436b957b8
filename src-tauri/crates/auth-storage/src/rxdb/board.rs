//! Unique values: a collection of their own.

use async_trait::async_trait;
use auth_core::storage::{Index, Kind, StorageError, Stored};
use serde_json::{Value, json};

use super::RxDBStorage;
use super::rows;
use super::server::Row;
use crate::claims::{Board, Entry};
use crate::names::name_of_all;
use crate::obstacle::Obstacle;

/// The collection of the entries.
pub const VALUES: &str = "unique_values";
/// No record has this id.
const NOBODY: &str = "nobody";

impl RxDBStorage {
    fn place(&self, kind: Kind, index: &Index, value: &str) -> String {
        name_of_all([self.server.domain.as_str(), kind.collection(), index.name, value])
    }
}

/// What an entry's row says; none where it is not as it should be.
pub fn entry(row: &Row) -> Option<Entry> {
    let (owner, state, turn) = (row.get("owner")?, row.get("state")?, row.get("turn")?);
    serde_json::from_value(json!({ "id": owner, "state": state, "turn": turn })).ok()
}

#[async_trait]
impl Board for RxDBStorage {
    /// The whole row: a write says in which state it takes it to be.
    type Tag = Row;

    async fn look(&self, kind: Kind, index: &Index, value: &str) -> Result<Option<(Entry, Row)>, StorageError> {
        let query = json!({ "selector": { "id": self.place(kind, index, value) }, "limit": 1 });
        let Some(row) = self.server.query(VALUES, &query).await?.pop() else {
            return Ok(None);
        };
        let entry = entry(&row).ok_or_else(|| Obstacle::NotWhole.corrupt(kind))?;
        Ok(Some((entry, rows::state(row))))
    }

    async fn put(
        &self,
        kind: Kind,
        (index, value): (&Index, &str),
        entry: &Entry,
        before: Option<&Row>,
    ) -> Result<Option<Row>, StorageError> {
        let row = json!({
            "id": self.place(kind, index, value),
            "domain": self.server.domain,
            "kind": kind.collection(),
            "index": index.name,
            "value": value,
            "owner": entry.id,
            "state": entry.state,
            "turn": entry.turn,
            "_deleted": false,
        });
        let Value::Object(row) = row else { return Ok(None) };
        let conflict = self.server.push(VALUES, &row, before).await?;
        match conflict {
            None => Ok(Some(row)),
            // One that was taken away by an audit.
            Some(state) if before.is_none() && rows::is_deleted(&state) => {
                let conflict = self.server.push(VALUES, &row, Some(&state)).await?;
                Ok(conflict.is_none().then_some(row))
            }
            Some(_) => Ok(None),
        }
    }

    async fn record(&self, kind: Kind, id: &str) -> Result<Option<Stored>, StorageError> {
        let row = self.row(kind, id).await?;
        row.map(|row| rows::stored(kind, &row)).transpose()
    }

    async fn no_record(&self, kind: Kind) -> Result<(), StorageError> {
        self.record(kind, NOBODY).await.map(drop)
    }
}
