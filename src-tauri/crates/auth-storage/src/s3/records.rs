//! Records as objects, and their names.

use async_trait::async_trait;
use auth_core::models::Timestamp;
use auth_core::storage::{Document, Index, Kind, StorageError, Stored, Version};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::objects::{FORMAT, Objects, Tag, text};
use crate::claims::{Board, Entry};
use crate::entries::Entries;
use crate::names::name_of;
use crate::obstacle::Obstacle;

pub const ENDING: &str = ".json";

/// A record's object.
#[derive(Serialize, Deserialize)]
pub struct Sheet {
    /// Counts its writings, so that no two of them have the same contents and tag.
    pub version: u64,
    pub id: String,
    /// Where its entry in the index by end stands: not later than when it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marked: Option<Timestamp>,
    /// It has ended, and whoever has said so is taking it away.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
    pub document: Box<RawValue>,
}

/// A record that lies there.
pub struct Found {
    pub sheet: Sheet,
    pub tag: Tag,
}

impl Sheet {
    pub fn new(version: u64, marked: Option<Timestamp>, document: &Document) -> Result<Self, StorageError> {
        let json = RawValue::from_string(document.json.clone());
        Ok(Self {
            version,
            id: document.id.clone(),
            marked,
            gone: false,
            document: json.map_err(|_| Obstacle::NotWhole.corrupt(document.kind))?,
        })
    }

    pub fn document(&self, kind: Kind) -> Document {
        Document {
            kind,
            id: self.id.clone(),
            json: self.document.get().to_owned(),
        }
    }

    pub fn entries(&self, kind: Kind) -> Result<Entries, StorageError> {
        entries_of(&self.document(kind))
    }
}

impl Found {
    pub fn stored(&self, kind: Kind) -> Stored {
        Stored {
            document: self.sheet.document(kind),
            version: Version(self.tag.clone()),
        }
    }

    /// The same written over this one; none where somebody else has written meanwhile.
    pub async fn swap(&self, objects: &Objects, kind: Kind, next: &Sheet) -> Result<Option<Tag>, StorageError> {
        objects
            .swap(&record(kind, &self.sheet.id), text(next)?, &self.tag)
            .await
    }
}

pub fn entries_of(document: &Document) -> Result<Entries, StorageError> {
    Entries::of(document).map_err(|_| Obstacle::NotWhole.corrupt(document.kind))
}

/// The folder of the records of a kind.
pub fn folder(kind: Kind) -> String {
    format!("{}/records", kind.collection())
}

/// The name of a record in its folder.
pub fn place(id: &str) -> String {
    format!("{}{ENDING}", name_of(id))
}

/// The whole name of a record.
pub fn record(kind: Kind, id: &str) -> String {
    format!("{}/{}", folder(kind), place(id))
}

/// The record of that id, gone or not.
pub async fn find(objects: &Objects, kind: Kind, id: &str) -> Result<Option<Found>, StorageError> {
    let found = read(objects, kind, &place(id)).await?;
    if found.as_ref().is_some_and(|found| found.sheet.id != id) {
        return Err(Obstacle::NotWhole.corrupt(kind));
    }
    Ok(found)
}

/// The record at that place, gone or not.
pub async fn read(objects: &Objects, kind: Kind, place: &str) -> Result<Option<Found>, StorageError> {
    let found = objects.read::<Sheet>(&format!("{}/{place}", folder(kind))).await?;
    let Some((sheet, tag)) = found else { return Ok(None) };
    let sheet = sheet.ok_or_else(|| Obstacle::NotWhole.corrupt(kind))?;
    Ok(Some(Found { sheet, tag }))
}

/// The record of that id, unless it is gone.
pub async fn live(objects: &Objects, kind: Kind, id: &str) -> Result<Option<Found>, StorageError> {
    let found = find(objects, kind, id).await?;
    Ok(found.filter(|found| !found.sheet.gone))
}

/// The name of a value's object.
pub fn value(kind: Kind, index: &Index, name: &str) -> String {
    format!("{}/{}/{name}", kind.collection(), index.name)
}

#[async_trait]
impl Board for Objects {
    type Tag = Tag;

    async fn look(&self, kind: Kind, index: &Index, name: &str) -> Result<Option<(Entry, Tag)>, StorageError> {
        let Some((entry, tag)) = self.read::<Entry>(&value(kind, index, name)).await? else {
            return Ok(None);
        };
        Ok(Some((entry.ok_or_else(|| Obstacle::NotWhole.corrupt(kind))?, tag)))
    }

    async fn put(
        &self,
        kind: Kind,
        (index, name): (&Index, &str),
        entry: &Entry,
        before: Option<&Tag>,
    ) -> Result<Option<Tag>, StorageError> {
        let (name, bytes) = (value(kind, index, name), text(entry)?);
        match before {
            Some(tag) => self.swap(&name, bytes, tag).await,
            None => self.create(&name, bytes).await,
        }
    }

    async fn record(&self, kind: Kind, id: &str) -> Result<Option<Stored>, StorageError> {
        Ok(live(self, kind, id).await?.map(|found| found.stored(kind)))
    }

    /// A store finds out sooner that there is no such object than it sends one.
    async fn no_record(&self, _: Kind) -> Result<(), StorageError> {
        self.get(FORMAT).await.map(drop)
    }
}
