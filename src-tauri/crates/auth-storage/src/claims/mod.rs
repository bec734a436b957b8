//! Unique values where the engine knows none: an object or document of its own says which record has one.
//!
//! A claim is made before its record is written and confirmed after. Whoever finds a claim that is not confirmed confirms it
//! where the record is there, and takes it over where it is not and does not come. Each of these steps is a write that
//! fails if another came before, so of several who want a value one gets it, whoever is killed meanwhile.

use std::time::Duration;

use async_trait::async_trait;
use auth_core::storage::{Index, Kind, StorageError, Stored, UniqueKey};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::entries::Entries;

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
    pub turn: u64,
}

/// A value that was claimed for a record.
#[derive(Debug)]
pub struct Claim<T> {
    pub key: UniqueKey,
    kind: Kind,
    index: &'static Index,
    value: String,
    entry: Entry,
    tag: T,
}

/// Where the entries are kept.
#[async_trait]
pub trait Board: Sync {
    /// What an entry that lies there is known by.
    type Tag: Send + Sync + Clone + PartialEq + std::fmt::Debug;

    async fn look(&self, kind: Kind, index: &Index, value: &str) -> Result<Option<(Entry, Self::Tag)>, StorageError>;

    /// Makes an entry where there is none, or writes over one that is still that one; none where somebody was faster.
    async fn put(
        &self,
        kind: Kind,
        (index, value): (&Index, &str),
        entry: &Entry,
        before: Option<&Self::Tag>,
    ) -> Result<Option<Self::Tag>, StorageError>;

    /// The record of that id, unless it is gone.
    async fn record(&self, kind: Kind, id: &str) -> Result<Option<Stored>, StorageError>;

    /// Takes the time of reading a record that is there.
    async fn no_record(&self, kind: Kind) -> Result<(), StorageError>;
}

/// The record that an entry names, if that has the value.
async fn holder<B: Board>(
    board: &B,
    kind: Kind,
    index: &'static Index,
    value: &str,
    entry: &Entry,
) -> Result<Option<Stored>, StorageError> {
    let found = board.record(kind, &entry.id).await?;
    let has = |stored: &Stored| Entries::of(&stored.document).is_ok_and(|entries| entries.has(index, value));
    Ok(found.filter(has))
}

fn next(entry: &Entry, id: &str, state: State) -> Entry {
    Entry {
        id: id.to_owned(),
        state,
        turn: entry.turn + 1,
    }
}

/// Who has the value. A value that nobody has takes as many steps, so that the time does not tell whether an address is known.
pub async fn owner<B: Board>(
    board: &B,
    kind: Kind,
    index: &'static Index,
    value: &str,
) -> Result<Option<Stored>, StorageError> {
    loop {
        let seen = board.look(kind, index, value).await?;
        let Some((entry, tag)) = seen.filter(|(entry, _)| entry.state != State::Free) else {
            board.no_record(kind).await?;
            return Ok(None);
        };
        let found = holder(board, kind, index, value, &entry).await?;
        if found.is_none() || entry.state == State::Kept {
            return Ok(found);
        }
        // Its writer has not come so far; until somebody has, another could take it over.
        let kept = next(&entry, &entry.id, State::Kept);
        if board.put(kind, (index, value), &kept, Some(&tag)).await?.is_some() {
            return Ok(found);
        }
    }
}

impl<T: Send + Sync + Clone + PartialEq + std::fmt::Debug> Claim<T> {
    /// Claims a value for a record that does not have it yet.
    pub async fn make<B: Board<Tag = T>>(
        board: &B,
        kind: Kind,
        (key, index, value): (UniqueKey, &'static Index, &str),
        id: &str,
    ) -> Result<Self, StorageError> {
        let mut watched: Option<(T, Instant)> = None;
        loop {
            let seen = board.look(kind, index, value).await?;
            if let Some((entry, tag)) = &seen
                && entry.state != State::Free
                && entry.id != id
            {
                if holder(board, kind, index, value, entry).await?.is_some() {
                    match owner(board, kind, index, value).await? {
                        Some(owner) if owner.document.id != id => return Err(StorageError::Conflict { kind, key }),
                        _ => continue,
                    }
                }
                if entry.state == State::Claimed {
                    let since = match watched.take() {
                        Some((seen, since)) if seen == *tag => since,
                        _ => Instant::now(),
                    };
                    if since.elapsed() < PATIENCE {
                        watched = Some((tag.clone(), since));
                        tokio::time::sleep(PAUSE).await;
                        continue;
                    }
                }
            }
            let state = State::Claimed;
            let (entry, before) = match &seen {
                None => (
                    Entry {
                        id: id.to_owned(),
                        state,
                        turn: 0,
                    },
                    None,
                ),
                Some((entry, tag)) => (next(entry, id, state), Some(tag)),
            };
            if let Some(tag) = board.put(kind, (index, value), &entry, before).await? {
                let value = value.to_owned();
                return Ok(Self {
                    key,
                    kind,
                    index,
                    value,
                    entry,
                    tag,
                });
            }
        }
    }

    /// Says that the record is written; whether the claim has held until then.
    pub async fn confirm<B: Board<Tag = T>>(&self, board: &B) -> Result<bool, StorageError> {
        let (mut claimed, mut tag) = (self.entry.clone(), self.tag.clone());
        let place = (self.index, self.value.as_str());
        loop {
            let kept = next(&claimed, &claimed.id, State::Kept);
            if board.put(self.kind, place, &kept, Some(&tag)).await?.is_some() {
                return Ok(true);
            }
            match board.look(self.kind, self.index, &self.value).await? {
                Some((entry, _)) if entry.id == claimed.id && entry.state == State::Kept => return Ok(true),
                Some((entry, now)) if entry.id == claimed.id && entry.state == State::Claimed => {
                    (claimed, tag) = (entry, now);
                }
                _ => return Ok(false),
            }
        }
    }

    /// Gives the value up, if it is still as it was claimed.
    pub async fn withdraw<B: Board<Tag = T>>(&self, board: &B) -> Result<(), StorageError> {
        let (place, free) = ((self.index, self.value.as_str()), next(&self.entry, "", State::Free));
        board.put(self.kind, place, &free, Some(&self.tag)).await.map(drop)
    }
}

/// Gives a value up that the record no longer has.
pub async fn give_up<B: Board>(
    board: &B,
    kind: Kind,
    index: &'static Index,
    value: &str,
    id: &str,
) -> Result<(), StorageError> {
    while let Some((entry, tag)) = board.look(kind, index, value).await? {
        // Somebody else has it, or its own record has got it back.
        if entry.id != id || entry.state != State::Kept || holder(board, kind, index, value, &entry).await?.is_some() {
            break;
        }
        let free = next(&entry, "", State::Free);
        if board.put(kind, (index, value), &free, Some(&tag)).await?.is_some() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
