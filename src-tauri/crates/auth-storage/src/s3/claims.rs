//! Unique values: an object says which record has one.
//!
//! A claim is made before its record is written and confirmed after. Whoever finds a claim that is not confirmed confirms it
//! where the record is there, and takes it over where it is not and does not come. Each of these steps is a write that
//! fails if another came before, so of several who want a value one gets it, whoever is killed meanwhile.

use std::time::{Duration, Instant};

use auth_core::storage::{Index, Kind, StorageError, UniqueKey};
use serde::{Deserialize, Serialize};

use super::objects::{Objects, Tag, text};
use super::records::{self, Found};
use crate::obstacle::Obstacle;

/// For so long a claim may stand without its record: longer than a request may take.
const PATIENCE: Duration = Duration::from_secs(6);
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Its record is about to be written.
    Claimed,
    Kept,
    /// It was given up.
    Free,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    pub id: String,
    pub state: State,
    /// Counts its writings, so that no two of them have the same tag.
    turn: u64,
}

/// A value that was claimed for a record.
#[derive(Debug)]
pub struct Claim {
    pub key: UniqueKey,
    name: String,
    entry: Entry,
    tag: Tag,
}

/// The name of a value's object.
pub fn place(kind: Kind, index: &Index, name: &str) -> String {
    format!("{}/{}/{name}", kind.collection(), index.name)
}

async fn entry(objects: &Objects, kind: Kind, name: &str) -> Result<Option<(Entry, Tag)>, StorageError> {
    let found = objects.read::<Entry>(name).await?;
    let Some((entry, tag)) = found else { return Ok(None) };
    Ok(Some((entry.ok_or_else(|| Obstacle::NotWhole.corrupt(kind))?, tag)))
}

/// The record that an entry names, if that has the value.
async fn holder(
    objects: &Objects,
    kind: Kind,
    index: &'static Index,
    value: &str,
    entry: &Entry,
) -> Result<Option<Found>, StorageError> {
    let found = records::live(objects, kind, &entry.id).await?;
    let has = |found: &Found| found.sheet.entries(kind).is_ok_and(|entries| entries.has(index, value));
    Ok(found.filter(has))
}

fn next(entry: &Entry, id: &str, state: State) -> Entry {
    Entry {
        id: id.to_owned(),
        state,
        turn: entry.turn + 1,
    }
}

/// Who has the value.
pub async fn owner(
    objects: &Objects,
    kind: Kind,
    index: &'static Index,
    value: &str,
) -> Result<Option<Found>, StorageError> {
    let name = place(kind, index, value);
    loop {
        let Some((entry, tag)) = entry(objects, kind, &name).await? else {
            return Ok(None);
        };
        if entry.state == State::Free {
            return Ok(None);
        }
        let found = holder(objects, kind, index, value, &entry).await?;
        if found.is_none() || entry.state == State::Kept {
            return Ok(found);
        }
        // Its writer has not come so far; until somebody has, another could take it over.
        let kept = text(&next(&entry, &entry.id, State::Kept))?;
        if objects.swap(&name, kept, &tag).await?.is_some() {
            return Ok(found);
        }
    }
}

impl Claim {
    /// Claims a value for a record that does not have it yet.
    pub async fn make(
        objects: &Objects,
        kind: Kind,
        (key, index, value): (UniqueKey, &'static Index, &str),
        id: &str,
    ) -> Result<Self, StorageError> {
        let name = place(kind, index, value);
        let mut watched: Option<(Tag, Instant)> = None;
        loop {
            let (wanted, tag) = match entry(objects, kind, &name).await? {
                None => {
                    let state = State::Claimed;
                    let first = Entry {
                        id: id.to_owned(),
                        state,
                        turn: 0,
                    };
                    let tag = objects.create(&name, text(&first)?).await?;
                    (first, tag)
                }
                Some((entry, tag)) => {
                    let others = entry.state != State::Free && entry.id != id;
                    if others && holder(objects, kind, index, value, &entry).await?.is_some() {
                        if owner(objects, kind, index, value)
                            .await?
                            .is_some_and(|owner| owner.sheet.id != id)
                        {
                            return Err(StorageError::Conflict { kind, key });
                        }
                        continue;
                    }
                    if others && entry.state == State::Claimed {
                        let since = match watched.take() {
                            Some((seen, since)) if seen == tag => since,
                            _ => Instant::now(),
                        };
                        if since.elapsed() < PATIENCE {
                            watched = Some((tag, since));
                            tokio::time::sleep(PAUSE).await;
                            continue;
                        }
                    }
                    let wanted = next(&entry, id, State::Claimed);
                    let tag = objects.swap(&name, text(&wanted)?, &tag).await?;
                    (wanted, tag)
                }
            };
            if let Some(tag) = tag {
                let entry = wanted;
                return Ok(Self { key, name, entry, tag });
            }
        }
    }

    /// Says that the record is written; whether the claim has held until then.
    pub async fn confirm(&self, objects: &Objects, kind: Kind) -> Result<bool, StorageError> {
        let (mut claimed, mut tag) = (self.entry.clone(), self.tag.clone());
        loop {
            let kept = text(&next(&claimed, &claimed.id, State::Kept))?;
            if objects.swap(&self.name, kept, &tag).await?.is_some() {
                return Ok(true);
            }
            match entry(objects, kind, &self.name).await? {
                Some((entry, _)) if entry.id == claimed.id && entry.state == State::Kept => return Ok(true),
                Some((entry, now)) if entry.id == claimed.id && entry.state == State::Claimed => {
                    (claimed, tag) = (entry, now);
                }
                _ => return Ok(false),
            }
        }
    }

    /// Gives the value up, if it is still as it was claimed.
    pub async fn withdraw(&self, objects: &Objects) -> Result<(), StorageError> {
        let free = text(&next(&self.entry, "", State::Free))?;
        objects.swap(&self.name, free, &self.tag).await.map(drop)
    }
}

/// Gives a value up that the record no longer has.
pub async fn give_up(
    objects: &Objects,
    kind: Kind,
    index: &'static Index,
    value: &str,
    id: &str,
) -> Result<(), StorageError> {
    let name = place(kind, index, value);
    while let Some((entry, tag)) = entry(objects, kind, &name).await? {
        // Somebody else has it, or its own record has got it back.
        if entry.id != id || entry.state != State::Kept || holder(objects, kind, index, value, &entry).await?.is_some()
        {
            break;
        }
        if objects
            .swap(&name, text(&next(&entry, "", State::Free))?, &tag)
            .await?
            .is_some()
        {
            break;
        }
    }
    Ok(())
}
