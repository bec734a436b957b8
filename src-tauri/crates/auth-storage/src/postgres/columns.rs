//! The columns beside a document: what is looked for and when it ends.

use auth_core::storage::{Document, Kind};
use serde_json::{Map, Value};

/// The names of the columns of a kind, each once.
pub fn names(kind: Kind) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    let expires = Kind::EXPIRING.contains(&kind).then_some("expires");
    for name in kind
        .indexes()
        .flat_map(|index| index.fields.iter().copied())
        .chain(expires)
    {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// What stands in them for a document; nothing where the field is absent or no text.
pub fn values(document: &Document) -> Result<Vec<Option<String>>, serde_json::Error> {
    let fields: Map<String, Value> = serde_json::from_str(&document.json)?;
    let value = |name: &str| Some(fields.get(name)?.as_str()?.to_owned());
    Ok(names(document.kind).into_iter().map(value).collect())
}

/// `INSERT` of id, document and columns, numbered in that order.
pub fn insert(kind: Kind) -> String {
    let names: String = names(kind).iter().map(|name| format!(", \"{name}\"")).collect();
    let numbers: String = (0..self::names(kind).len())
        .map(|at| format!(", ${}", at + 3))
        .collect();
    let table = kind.collection();
    format!("INSERT INTO {table} (id, version, doc{names}) VALUES ($1, 1, $2{numbers})")
}

/// `UPDATE` with the version that is expected after id, document and columns.
pub fn update(kind: Kind) -> String {
    let names = names(kind);
    let sets: String = (3..)
        .zip(&names)
        .map(|(at, name)| format!(", \"{name}\" = ${at}"))
        .collect();
    let (table, last) = (kind.collection(), names.len() + 3);
    format!("UPDATE {table} SET version = version + 1, doc = $2{sets} WHERE id = $1 AND version = ${last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_name_every_column_once() {
        assert_eq!(
            insert(Kind::ApiToken),
            "INSERT INTO api_tokens (id, version, doc, \"prefix\", \"serviceAccountId\") VALUES ($1, 1, $2, $3, $4)"
        );
        assert_eq!(
            update(Kind::Session),
            "UPDATE sessions SET version = version + 1, doc = $2, \"userId\" = $3, \"expires\" = $4 WHERE id = $1 AND version = $5"
        );
        assert_eq!(
            names(Kind::Account),
            ["domainId", "provider", "providerAccountId", "userId"]
        );
    }
}
