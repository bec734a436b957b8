//! The documents in their folders. Everything here blocks.

use std::io;
use std::path::{Path, PathBuf};

use auth_core::models::Timestamp;
use auth_core::storage::{Document, Kind, Listed, Place, StorageError, Stored, UniqueKey, Version};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::locks::Folders;
use super::{disk, index, open};
use crate::entries::Entries;
use crate::names::{name_of, shard_of};
use crate::obstacle::Obstacle;

const ENDING: &str = ".json";

/// A record's file.
#[derive(Serialize, Deserialize)]
pub struct Sheet {
    version: u64,
    id: String,
    /// Where its entry in the index by end stands: not later than when it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marked: Option<Timestamp>,
    document: Box<RawValue>,
}

impl Sheet {
    fn new(version: u64, marked: Option<Timestamp>, document: &Document) -> Result<Self, serde_json::Error> {
        Ok(Self {
            version,
            id: document.id.clone(),
            marked,
            document: RawValue::from_string(document.json.clone())?,
        })
    }

    /// As the port sees it.
    pub fn stored(&self, kind: Kind) -> Stored {
        Stored {
            document: Document {
                kind,
                id: self.id.clone(),
                json: self.document.get().to_owned(),
            },
            version: Version(self.version.to_string()),
        }
    }
}

/// The data folder.
#[derive(Debug)]
pub struct Cabinet {
    root: PathBuf,
}

impl Cabinet {
    pub fn at(root: PathBuf) -> Self {
        Self { root }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of a kind.
    pub fn drawer(&self, kind: Kind) -> PathBuf {
        self.root.join(kind.collection())
    }

    fn path(&self, kind: Kind, id: &str) -> PathBuf {
        self.drawer(kind).join(place_of(id).0)
    }

    /// The folders that nobody else may write to while this document is written.
    pub fn folders(&self, document: &Document, entries: &Entries, before: Option<&Entries>) -> Folders {
        let mut folders = Folders::from([parent(self.path(document.kind, &document.id))]);
        let (new, old) = (entries.unique(), before.and_then(Entries::unique));
        if new.map(|(_, _, name)| name) != old.map(|(_, _, name)| name) {
            for (_, index, name) in new.into_iter().chain(old) {
                folders.insert(parent(index::unique_path(&self.drawer(document.kind), index, name)));
            }
        }
        folders
    }

    /// The folder of a document.
    pub fn folder(&self, kind: Kind, id: &str) -> Folders {
        Folders::from([parent(self.path(kind, id))])
    }

    pub fn read(&self, kind: Kind, id: &str) -> Result<Option<Sheet>, StorageError> {
        let sheet = self.read_path(kind, &self.path(kind, id))?;
        if sheet.as_ref().is_some_and(|sheet| sheet.id != id) {
            return Err(Obstacle::NotWhole.corrupt(kind));
        }
        Ok(sheet)
    }

    fn read_path(&self, kind: Kind, path: &Path) -> Result<Option<Sheet>, StorageError> {
        match std::fs::read(path) {
            // What the parser says may repeat what stands there.
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|_| Obstacle::NotWhole.corrupt(kind)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.check_there(kind, &self.drawer(kind))?;
                Ok(None)
            }
            Err(error) => Err(self.failure(kind, error)),
        }
    }

    /// Under the locks of [`Cabinet::folders`].
    pub fn insert(&self, document: &Document, entries: &Entries) -> Result<Version, StorageError> {
        let kind = document.kind;
        if self.read(kind, &document.id)?.is_some() {
            let key = UniqueKey::Id;
            return Err(StorageError::Conflict { kind, key });
        }
        self.check_unique(document, entries, None)?;
        let drawer = self.drawer(kind);
        for (index, name) in &entries.keys {
            self.io(kind, index::enter(&drawer, index, name, &document.id))?;
        }
        if let Some(end) = entries.end {
            self.io(kind, index::mark(&drawer, end, &document.id))?;
        }
        let sheet = Sheet::new(1, entries.end, document).map_err(|_| Obstacle::NotWhole.corrupt(kind))?;
        let bytes = serde_json::to_vec(&sheet).map_err(|_| Obstacle::NotWhole.corrupt(kind))?;
        self.io(kind, disk::write_new(&self.path(kind, &document.id), &bytes))?;
        Ok(Version("1".to_owned()))
    }

    /// Under the locks of [`Cabinet::folders`], which the entries of the version that is expected have given.
    pub fn replace(&self, document: &Document, entries: &Entries, expected: &Version) -> Result<Version, StorageError> {
        let kind = document.kind;
        let stale = StorageError::Stale { kind };
        let Some(before) = self.read(kind, &document.id)? else {
            return Err(stale);
        };
        if before.version.to_string() != expected.0 {
            return Err(stale);
        }
        let not_whole = |_| Obstacle::NotWhole.corrupt(kind);
        let older = Entries::of(&before.stored(kind).document).map_err(not_whole)?;
        self.check_unique(document, entries, Some(&older))?;
        let (drawer, id) = (self.drawer(kind), &document.id);
        for (index, name) in entries.beside(&older) {
            self.io(kind, index::enter(&drawer, index, name, id))?;
        }
        // An end that has only moved on is found when the old one is looked at.
        let marked = match (before.marked, entries.end) {
            (Some(mark), Some(end)) if mark <= end => Some(mark),
            (_, end) => end,
        };
        if let Some(mark) = marked.filter(|_| marked != before.marked) {
            self.io(kind, index::mark(&drawer, mark, id))?;
        }
        let version = before.version + 1;
        let sheet = Sheet::new(version, marked, document).map_err(not_whole)?;
        self.write(kind, &sheet)?;
        for (index, name) in older.beside(entries) {
            self.io(kind, index::leave(&drawer, index, name, id))?;
        }
        if let Some(mark) = before.marked.filter(|_| marked != before.marked) {
            self.io(kind, index::unmark(&drawer, mark, id))?;
        }
        Ok(Version(version.to_string()))
    }

    /// Writes the record in place of the one that is there.
    pub fn write(&self, kind: Kind, sheet: &Sheet) -> Result<(), StorageError> {
        let bytes = serde_json::to_vec(sheet).map_err(|_| Obstacle::NotWhole.corrupt(kind))?;
        self.io(kind, disk::write_over(&self.path(kind, &sheet.id), &bytes))
    }

    /// Removes the record's file, and says so on the disk.
    pub fn remove(&self, kind: Kind, id: &str) -> Result<(), StorageError> {
        let path = self.path(kind, id);
        self.io(kind, disk::remove(&path))?;
        self.io(kind, disk::sync_folder(&parent(path)))
    }

    fn check_unique(
        &self,
        document: &Document,
        entries: &Entries,
        before: Option<&Entries>,
    ) -> Result<(), StorageError> {
        let kind = document.kind;
        let Some((key, index, name)) = entries.unique() else {
            return Ok(());
        };
        if before.is_some_and(|before| before.has(index, name)) {
            return Ok(());
        }
        match self.owner(kind, index, name)? {
            Some(stored) if stored.document.id != document.id => Err(StorageError::Conflict { kind, key }),
            _ => Ok(()),
        }
    }

    /// The record that has this unique value.
    pub fn owner(
        &self,
        kind: Kind,
        index: &'static auth_core::storage::Index,
        name: &str,
    ) -> Result<Option<Stored>, StorageError> {
        let drawer = self.drawer(kind);
        let Some(id) = self.io(kind, index::owner(&drawer, index, name))? else {
            self.check_there(kind, &drawer.join(index.name))?;
            return Ok(None);
        };
        let stored = self.read(kind, &id)?.map(|sheet| sheet.stored(kind));
        let has = |stored: &Stored| Entries::of(&stored.document).is_ok_and(|entries| entries.has(index, name));
        Ok(stored.filter(has))
    }

    /// The files of a kind in the order of their places, after that one.
    pub fn list(&self, kind: Kind, after: Option<&Place>, limit: u32) -> Result<Vec<Listed>, StorageError> {
        let drawer = self.drawer(kind);
        self.check_there(kind, &drawer)?;
        let from = after.and_then(|place| place.0.split_once('/')).unwrap_or_default();
        let mut found = Vec::new();
        for shard in self.io(kind, disk::names_in(&drawer))? {
            if shard.len() != 2 || shard.as_str() < from.0 {
                continue;
            }
            for name in self.io(kind, disk::names_in(&drawer.join(&shard)))? {
                if !name.ends_with(ENDING) || (shard == from.0 && name.as_str() <= from.1) {
                    continue;
                }
                let stored = match self.read_path(kind, &drawer.join(&shard).join(&name)) {
                    // It has gone since its name was read.
                    Ok(None) => continue,
                    Ok(Some(sheet)) => Ok(sheet.stored(kind)),
                    Err(error @ StorageError::Unavailable { .. }) => return Err(error),
                    Err(error) => Err(error),
                };
                let place = Place(format!("{shard}/{name}"));
                found.push(Listed { place, stored });
                if found.len() >= limit as usize {
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    pub fn count(&self, kind: Kind) -> Result<u64, StorageError> {
        let drawer = self.drawer(kind);
        self.check_there(kind, &drawer)?;
        let mut count = 0;
        for shard in self.io(kind, disk::names_in(&drawer))? {
            if shard.len() == 2 {
                let names = self.io(kind, disk::names_in(&drawer.join(shard)))?;
                count += names.iter().filter(|name| name.ends_with(ENDING)).count() as u64;
            }
        }
        Ok(count)
    }

    /// Something was not found: is that because its folder is not there? "No such record" would sign people out.
    pub fn check_there(&self, kind: Kind, folder: &Path) -> Result<(), StorageError> {
        if folder.is_dir() {
            Ok(())
        } else if self.root.join(open::FORMAT).is_file() {
            Err(Obstacle::FolderMissing.corrupt(kind))
        } else {
            Err(Obstacle::FolderAway.unavailable())
        }
    }

    /// Sorts what the operating system says.
    pub fn io<T>(&self, kind: Kind, done: io::Result<T>) -> Result<T, StorageError> {
        done.map_err(|error| self.failure(kind, error))
    }

    fn failure(&self, kind: Kind, error: io::Error) -> StorageError {
        if error.kind() == io::ErrorKind::NotFound && self.root.join(open::FORMAT).is_file() {
            return Obstacle::FolderMissing.corrupt(kind);
        }
        if error.kind() == io::ErrorKind::NotFound {
            return Obstacle::FolderAway.unavailable();
        }
        if error.kind() == io::ErrorKind::InvalidData {
            return Obstacle::NotWhole.corrupt(kind);
        }
        Obstacle::of(error).unavailable()
    }
}

/// Where the record of that id lies in its drawer.
pub fn place_of(id: &str) -> Place {
    let name = name_of(id);
    Place(format!("{}/{name}{ENDING}", shard_of(&name)))
}

fn parent(path: PathBuf) -> PathBuf {
    path.parent().map(Path::to_owned).unwrap_or(path)
}
