//! Values that many records may have: an object names them all.

use std::time::{Duration, Instant};

use auth_core::storage::{Kind, StorageError};
use serde::{Deserialize, Serialize};

use super::objects::{Objects, text};
use crate::obstacle::Obstacle;

/// How long others may be faster.
const PATIENCE: Duration = Duration::from_secs(8);
/// The pause grows by so much with each of them.
const STEP: Duration = Duration::from_millis(2);

/// Which records have a value, in the order of their ids.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Members {
    ids: Vec<String>,
    /// Counts its writings, so that no two of them have the same tag.
    turn: u64,
}

/// The records that the object names.
pub async fn ids(objects: &Objects, kind: Kind, name: &str) -> Result<Vec<String>, StorageError> {
    let Some((members, _)) = objects.read::<Members>(name).await? else {
        return Ok(Vec::new());
    };
    Ok(members.ok_or_else(|| Obstacle::NotWhole.corrupt(kind))?.ids)
}

/// Adds a record.
pub async fn enter(objects: &Objects, kind: Kind, name: &str, id: &str) -> Result<(), StorageError> {
    change(objects, kind, name, |ids| {
        match ids.binary_search_by(|other| other.as_str().cmp(id)) {
            Ok(_) => false,
            Err(at) => {
                ids.insert(at, id.to_owned());
                true
            }
        }
    })
    .await
}

/// Takes a record out.
pub async fn leave(objects: &Objects, kind: Kind, name: &str, id: &str) -> Result<(), StorageError> {
    change(objects, kind, name, |ids| {
        let before = ids.len();
        ids.retain(|other| other != id);
        ids.len() != before
    })
    .await
}

async fn change(
    objects: &Objects,
    kind: Kind,
    name: &str,
    change: impl Fn(&mut Vec<String>) -> bool,
) -> Result<(), StorageError> {
    let end = Instant::now() + PATIENCE;
    let mut pause = Duration::ZERO;
    loop {
        let (mut members, tag) = match objects.read::<Members>(name).await? {
            Some((members, tag)) => (members.ok_or_else(|| Obstacle::NotWhole.corrupt(kind))?, Some(tag)),
            None => (Members::default(), None),
        };
        if !change(&mut members.ids) {
            return Ok(());
        }
        members.turn += 1;
        let written = match tag {
            Some(tag) => objects.swap(name, text(&members)?, &tag).await?,
            None => objects.create(name, text(&members)?).await?,
        };
        if written.is_some() {
            return Ok(());
        }
        if Instant::now() >= end {
            return Err(Obstacle::Contended.unavailable());
        }
        pause += STEP;
        tokio::time::sleep(pause).await;
    }
}
