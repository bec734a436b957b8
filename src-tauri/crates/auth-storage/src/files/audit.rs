//! Looking for lost and useless entries. Everything here blocks.

use std::path::Path;

use auth_core::storage::{Damage, Fault, Index, Kind, Place, StorageError};

use super::cabinet::{Cabinet, Sheet};
use super::{disk, index, open};
use crate::entries::Entries;
use crate::obstacle::Obstacle;

/// Records read at a time.
const PART: u32 = 256;

struct Audit<'a> {
    cabinet: &'a Cabinet,
    mend: bool,
    found: Vec<Damage>,
}

impl Cabinet {
    pub fn audit(&self, mend: bool) -> Result<Vec<Damage>, StorageError> {
        if !self.root().join(open::FORMAT).is_file() {
            return Err(Obstacle::FolderAway.unavailable());
        }
        let mut audit = Audit {
            cabinet: self,
            mend,
            found: Vec::new(),
        };
        for kind in Kind::ALL {
            if audit.folders(kind)? {
                audit.records(kind)?;
                audit.entries(kind)?;
                audit.marks(kind)?;
            }
        }
        Ok(audit.found)
    }
}

impl Audit<'_> {
    fn tell(&mut self, kind: Kind, place: String, fault: Fault, mended: bool) {
        self.found.push(Damage {
            kind: Some(kind),
            place: Place(place),
            fault,
            mended,
        });
    }

    /// Whether the kind has a folder now.
    fn folders(&mut self, kind: Kind) -> Result<bool, StorageError> {
        let drawer = self.cabinet.drawer(kind);
        for folder in std::iter::once(drawer.clone()).chain(open::indexes(kind).map(|name| drawer.join(name))) {
            if !folder.is_dir() {
                if self.mend {
                    self.cabinet.io(kind, disk::make_folder(&folder))?;
                }
                self.tell(kind, shown(self.cabinet, &folder), Fault::IndexMissing, self.mend);
            }
        }
        Ok(drawer.is_dir())
    }

    /// Every record has its entries.
    fn records(&mut self, kind: Kind) -> Result<(), StorageError> {
        let mut after: Option<Place> = None;
        loop {
            let part = self.cabinet.list(kind, after.as_ref(), PART)?;
            let Some(last) = part.last() else { return Ok(()) };
            after = Some(last.place.clone());
            for listed in part {
                let Ok(stored) = listed.stored else { continue };
                let Ok(entries) = Entries::of(&stored.document) else {
                    continue;
                };
                if let Some(sheet) = self.cabinet.read(kind, &stored.document.id)? {
                    self.record(kind, &listed.place, &sheet, &stored.document.id, &entries)?;
                }
            }
        }
    }

    fn record(
        &mut self,
        kind: Kind,
        place: &Place,
        sheet: &Sheet,
        id: &str,
        entries: &Entries,
    ) -> Result<(), StorageError> {
        let (cabinet, drawer) = (self.cabinet, self.cabinet.drawer(kind));
        for (index, name) in &entries.keys {
            // An entry that cannot be read is as good as none.
            if index::is_entered(&drawer, index, name, id).unwrap_or(false) {
                continue;
            }
            let owner = cabinet.owner(kind, index, name).ok().flatten();
            match (index.unique, owner) {
                (Some(key), Some(_)) => self.tell(kind, place.0.clone(), Fault::Shared { key }, false),
                _ => {
                    if self.mend {
                        cabinet.io(kind, index::enter(&drawer, index, name, id))?;
                    }
                    self.tell(kind, place.0.clone(), Fault::NotIndexed, self.mend);
                }
            }
        }
        let Some(mark) = sheet.marked else { return Ok(()) };
        if !cabinet.io(kind, index::is_marked(&drawer, mark, id))? {
            if self.mend {
                cabinet.io(kind, index::mark(&drawer, mark, id))?;
            }
            self.tell(kind, place.0.clone(), Fault::NotIndexed, self.mend);
        }
        Ok(())
    }

    /// Every entry has its record, and nothing half-written lies about.
    fn entries(&mut self, kind: Kind) -> Result<(), StorageError> {
        let (cabinet, drawer) = (self.cabinet, self.cabinet.drawer(kind));
        for shard in cabinet.io(kind, disk::names_in(&drawer))? {
            if shard.len() == 2 {
                self.temporaries(kind, &drawer.join(shard))?;
            }
        }
        for index in kind.indexes() {
            let root = drawer.join(index.name);
            for shard in cabinet.io(kind, disk::names_in(&root))? {
                let shard = root.join(shard);
                self.temporaries(kind, &shard)?;
                for name in cabinet.io(kind, disk::names_in(&shard))? {
                    if !name.starts_with('.') {
                        self.entry(kind, index, &name)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn entry(&mut self, kind: Kind, index: &'static Index, name: &str) -> Result<(), StorageError> {
        let (cabinet, drawer) = (self.cabinet, self.cabinet.drawer(kind));
        let path = index::unique_path(&drawer, index, name);
        let ids = if index.unique.is_some() {
            index::owner(&drawer, index, name).map(|owner| owner.into_iter().collect())
        } else {
            self.temporaries(kind, &path)?;
            index::members(&drawer, index, name)
        };
        let ids: Vec<String> = cabinet.io(kind, ids).unwrap_or_else(|_| vec![String::new()]);
        for id in ids {
            let has = match cabinet.read(kind, &id) {
                Ok(sheet) => sheet.is_some_and(|sheet| {
                    Entries::of(&sheet.stored(kind).document).is_ok_and(|entries| entries.has(index, name))
                }),
                // Its record may come back from a backup.
                Err(StorageError::Corrupt { .. }) => true,
                Err(error) => return Err(error),
            };
            if !has {
                if self.mend {
                    cabinet.io(kind, index::leave(&drawer, index, name, &id))?;
                }
                self.tell(kind, shown(cabinet, &path), Fault::Leftover, self.mend);
            }
        }
        Ok(())
    }

    /// Every mark of an end has its record. The record has said already which mark is its own.
    fn marks(&mut self, kind: Kind) -> Result<(), StorageError> {
        let (cabinet, drawer) = (self.cabinet, self.cabinet.drawer(kind));
        let end_of_time = auth_core::models::Timestamp::from_millis(u64::MAX);
        for (day, entry, id) in cabinet.io(kind, index::marked_before(&drawer, end_of_time))? {
            let marked = match cabinet.read(kind, &id) {
                Ok(sheet) => sheet.and_then(|sheet| sheet.marked),
                Err(StorageError::Corrupt { .. }) => continue,
                Err(error) => return Err(error),
            };
            if marked.is_none_or(|mark| index::marker(mark, &id) != (day.clone(), entry.clone())) {
                if self.mend {
                    cabinet.io(kind, index::unmark_entry(&drawer, &day, &entry))?;
                }
                let place = drawer.join(index::BY_END).join(&day).join(&entry);
                self.tell(kind, shown(cabinet, &place), Fault::Leftover, self.mend);
            }
        }
        Ok(())
    }

    fn temporaries(&mut self, kind: Kind, folder: &Path) -> Result<(), StorageError> {
        for name in self.cabinet.io(kind, disk::names_in(folder))? {
            if name.starts_with(disk::TEMPORARY) {
                let path = folder.join(name);
                if self.mend {
                    self.cabinet.io(kind, disk::remove(&path))?;
                }
                self.tell(kind, shown(self.cabinet, &path), Fault::Leftover, self.mend);
            }
        }
        Ok(())
    }
}

/// The place as seen from the data folder.
fn shown(cabinet: &Cabinet, path: &Path) -> String {
    path.strip_prefix(cabinet.root()).unwrap_or(path).display().to_string()
}
