//! Which entries a document has in the indexes of its kind, for engines that keep indexes themselves.

use auth_core::models::Timestamp;
use auth_core::storage::{Document, Index, Kind, Lookup, UniqueKey};
use serde_json::{Map, Value};

use crate::names::{name_of, name_of_all};

/// The index by which ended records are found.
pub const BY_END: &str = "by-end";

/// The entries of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entries {
    /// Index and name of the document's values in it.
    pub keys: Vec<(&'static Index, String)>,
    /// When it is swept, if ever.
    pub end: Option<Timestamp>,
}

impl Entries {
    /// What the document's fields say.
    pub fn of(document: &Document) -> Result<Self, serde_json::Error> {
        let fields: Map<String, Value> = serde_json::from_str(&document.json)?;
        let keys = document.kind.indexes().filter_map(|index| {
            let values = index.fields.iter().map(|field| fields.get(*field)?.as_str());
            let values: Vec<&str> = values.collect::<Option<_>>()?;
            Some((index, name_of_all(values)))
        });
        Ok(Self {
            keys: keys.collect(),
            end: end(document.kind, &fields),
        })
    }

    /// The entry that no other document may have, with what it stands for.
    pub fn unique(&self) -> Option<(UniqueKey, &'static Index, &str)> {
        let mut keys = self.keys.iter();
        keys.find_map(|(index, name)| Some((index.unique?, *index, name.as_str())))
    }

    /// Whether it has that entry.
    pub fn has(&self, index: &Index, name: &str) -> bool {
        self.keys.iter().any(|(own, value)| *own == index && value == name)
    }

    /// The entries that an older state of the document has not.
    pub fn beside(&self, older: &Self) -> impl Iterator<Item = &(&'static Index, String)> {
        self.keys.iter().filter(|(index, name)| !older.has(index, name))
    }
}

/// The name of what is looked for, in the look-up's index.
pub fn name_in(lookup: &Lookup<'_>) -> String {
    name_of_all(lookup.values())
}

/// The day's folder and the name in it of 2026-01-31T09:30:00.000Z: `2026-01-31` and `093000000,ID`.
pub fn marker(end: Timestamp, id: &str) -> (String, String) {
    let text = end.to_string();
    let (day, time) = text.split_once('T').unwrap_or((&text, ""));
    let digits: String = time.chars().filter(char::is_ascii_digit).collect();
    (day.to_owned(), format!("{digits},{}", name_of(id)))
}

fn end(kind: Kind, fields: &Map<String, Value>) -> Option<Timestamp> {
    if !Kind::EXPIRING.contains(&kind) {
        return None;
    }
    Timestamp::parse(fields.get("expires")?.as_str()?).ok()
}
