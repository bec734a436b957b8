//! Taking away what has ended. Everything here blocks.

use auth_core::models::Timestamp;
use auth_core::storage::{Kind, StorageError};

use super::cabinet::Cabinet;
use super::index;
use crate::entries::Entries;

impl Cabinet {
    /// What is to be looked at: day, entry and id.
    pub fn ended(&self, kind: Kind, before: Timestamp) -> Result<Vec<(String, String, String)>, StorageError> {
        let drawer = self.drawer(kind);
        self.check_there(kind, &drawer.join(index::BY_END))?;
        self.io(kind, index::marked_before(&drawer, before))
    }

    /// Takes the record away if it has ended, or marks its new end; says whether it is gone. Under the lock of its folder.
    pub fn end(
        &self,
        kind: Kind,
        (day, entry, id): &(String, String, String),
        before: Timestamp,
    ) -> Result<bool, StorageError> {
        let drawer = self.drawer(kind);
        let mut gone = false;
        if let Some(mut sheet) = self.read(kind, id)? {
            let stored = sheet.stored(kind);
            let Ok(entries) = Entries::of(&stored.document) else {
                // An audit tells of it.
                return Ok(false);
            };
            let ours = |mark| index::marker(mark, id) == (day.clone(), entry.clone());
            match entries.end {
                Some(end) if end < before => {
                    self.remove(kind, id)?;
                    for (index, name) in &entries.keys {
                        self.io(kind, index::leave(&drawer, index, name, id))?;
                    }
                    if let Some(mark) = sheet.marked {
                        self.io(kind, index::unmark(&drawer, mark, id))?;
                    }
                    gone = true;
                }
                Some(end) if sheet.marked.is_some_and(ours) => {
                    self.io(kind, index::mark(&drawer, end, id))?;
                    sheet.marked = Some(end);
                    self.write(kind, &sheet)?;
                }
                _ => {}
            }
        }
        self.io(kind, index::unmark_entry(&drawer, day, entry))?;
        Ok(gone)
    }
}
