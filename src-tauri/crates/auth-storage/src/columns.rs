//! The fields beside a document, for engines that look for documents by them: what is looked for and when it ends.

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
