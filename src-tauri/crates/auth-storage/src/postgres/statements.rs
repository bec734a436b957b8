//! The statements that write, with the columns of a kind.

use auth_core::storage::Kind;

use crate::columns::names;

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
