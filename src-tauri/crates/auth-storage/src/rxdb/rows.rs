//! Documents as rows of a collection, with the fields that are looked for beside them.

use auth_core::storage::{Document, Kind, StorageError, Stored, Version};
use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::server::Row;
use crate::columns;
use crate::names::name_of_all;
use crate::obstacle::Obstacle;

/// The primary key of a document: no two of them have the same, not even of different domains.
pub fn primary(domain: &str, id: &str) -> String {
    name_of_all([domain, id])
}

/// A document as it is to be stored.
pub fn row(domain: &str, document: &Document, version: u64) -> Result<Row, StorageError> {
    let mut row = Row::from_iter([
        ("id".to_owned(), json!(primary(domain, &document.id))),
        ("domain".to_owned(), json!(domain)),
        ("documentId".to_owned(), json!(document.id)),
        ("version".to_owned(), json!(version)),
        // A text and no object: it comes back as it was given, numbers included.
        ("doc".to_owned(), json!(document.json)),
    ]);
    row.extend(fields(document)?);
    row.insert("_deleted".to_owned(), Value::Bool(false));
    Ok(row)
}

/// The fields beside the document.
pub fn fields(document: &Document) -> Result<impl Iterator<Item = (String, Value)>, StorageError> {
    let values = columns::values(document).map_err(|_| Obstacle::NotWhole.corrupt(document.kind))?;
    let named = columns::names(document.kind).into_iter().zip(values);
    Ok(named.filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?)))))
}

/// The whole state of a row that a query has found: queries leave out that it is not deleted.
pub fn state(mut row: Row) -> Row {
    row.insert("_deleted".to_owned(), Value::Bool(false));
    row
}

pub fn is_deleted(row: &Row) -> bool {
    row.get("_deleted") == Some(&Value::Bool(true))
}

pub fn version_of(row: &Row) -> u64 {
    row.get("version").and_then(Value::as_u64).unwrap_or_default()
}

pub fn text_of<'a>(row: &'a Row, name: &str) -> Option<&'a str> {
    row.get(name)?.as_str()
}

/// As the port sees it. The version tells contents apart too: a server forgets the numbers of what it has removed.
pub fn stored(kind: Kind, row: &Row) -> Result<Stored, StorageError> {
    let corrupt = || Obstacle::NotWhole.corrupt(kind);
    let document = Document {
        kind,
        id: text_of(row, "documentId").ok_or_else(corrupt)?.to_owned(),
        json: text_of(row, "doc").ok_or_else(corrupt)?.to_owned(),
    };
    let version = version(version_of(row), &document);
    Ok(Stored { document, version })
}

pub fn version(number: u64, document: &Document) -> Version {
    let hash = digest(&SHA256, document.json.as_bytes());
    let hash: String = hash.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    Version(format!("{number}-{hash}"))
}
