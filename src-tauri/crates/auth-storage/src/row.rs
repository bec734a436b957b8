//! A record as the SQL engines keep it: its id, its document and its version, each in a column.

use auth_core::storage::{Document, Kind, StorageError, Stored, Version};
use sqlx::{ColumnIndex, Database, Decode, Row, Type};

/// Reads one. What cannot be read is damaged.
pub fn stored<D: Database>(kind: Kind, row: &D::Row) -> Result<Stored, StorageError>
where
    for<'a> &'a str: ColumnIndex<D::Row>,
    for<'a> String: Decode<'a, D> + Type<D>,
    for<'a> i64: Decode<'a, D> + Type<D>,
{
    let corrupt = |source: sqlx::Error| StorageError::Corrupt {
        kind,
        source: source.into(),
    };
    Ok(Stored {
        document: Document {
            kind,
            id: row.try_get("id").map_err(corrupt)?,
            json: row.try_get("doc").map_err(corrupt)?,
        },
        version: Version(row.try_get::<i64, _>("version").map_err(corrupt)?.to_string()),
    })
}
