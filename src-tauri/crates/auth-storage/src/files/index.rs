//! The indexes of a kind, as files in its drawer. Everything here blocks.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use auth_core::models::Timestamp;
use auth_core::storage::Index;
use serde::{Deserialize, Serialize};

use super::disk;
pub use crate::entries::{BY_END, marker};
use crate::names::{name_of, shard_of, text_of};

/// What an entry says where its name does not.
#[derive(Serialize, Deserialize)]
struct Entry {
    id: String,
}

pub fn unique_path(drawer: &Path, index: &Index, name: &str) -> PathBuf {
    drawer.join(index.name).join(shard_of(name)).join(name)
}

/// Makes the entry of a record.
pub fn enter(drawer: &Path, index: &Index, name: &str, id: &str) -> io::Result<()> {
    let path = unique_path(drawer, index, name);
    disk::make_folder(path.parent().unwrap_or(drawer))?;
    if index.unique.is_none() {
        return enter_in(&path, &name_of(id), id);
    }
    let bytes = serde_json::to_vec(&Entry { id: id.to_owned() })?;
    match disk::write_new(&path, &bytes) {
        // Left by a record that has no right to it any more, as its caller has found out.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => disk::write_over(&path, &bytes),
        made => made,
    }
}

/// Takes the entry of a record away.
pub fn leave(drawer: &Path, index: &Index, name: &str, id: &str) -> io::Result<()> {
    let path = unique_path(drawer, index, name);
    if index.unique.is_some() {
        return disk::remove(&path);
    }
    disk::remove(&path.join(name_of(id)))?;
    remove_if_empty(&path)
}

/// The record that the entry of a unique index names.
pub fn owner(drawer: &Path, index: &Index, name: &str) -> io::Result<Option<String>> {
    match fs::read(unique_path(drawer, index, name)) {
        Ok(bytes) => Ok(Some(serde_json::from_slice::<Entry>(&bytes)?.id)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The records that the entries of an index name, in the order of their ids.
pub fn members(drawer: &Path, index: &Index, name: &str) -> io::Result<Vec<String>> {
    let folder = unique_path(drawer, index, name);
    let mut ids = Vec::new();
    for entry in disk::names_in(&folder)? {
        if !entry.starts_with('.') {
            ids.extend(id_in(&folder, &entry)?);
        }
    }
    ids.sort_unstable();
    Ok(ids)
}

/// Whether the entry of a record is there.
pub fn is_entered(drawer: &Path, index: &Index, name: &str, id: &str) -> io::Result<bool> {
    if index.unique.is_some() {
        return Ok(owner(drawer, index, name)?.is_some_and(|owner| owner == id));
    }
    unique_path(drawer, index, name).join(name_of(id)).try_exists()
}

/// Makes the entry by which a record is looked at after its end.
pub fn mark(drawer: &Path, end: Timestamp, id: &str) -> io::Result<()> {
    let (day, name) = marker(end, id);
    enter_in(&drawer.join(BY_END).join(day), &name, id)
}

/// Takes that entry away.
pub fn unmark(drawer: &Path, end: Timestamp, id: &str) -> io::Result<()> {
    let (day, name) = marker(end, id);
    unmark_entry(drawer, &day, &name)
}

/// Takes such an entry away by its own name.
pub fn unmark_entry(drawer: &Path, day: &str, name: &str) -> io::Result<()> {
    let folder = drawer.join(BY_END).join(day);
    disk::remove(&folder.join(name))?;
    remove_if_empty(&folder)
}

/// Whether that entry is there.
pub fn is_marked(drawer: &Path, end: Timestamp, id: &str) -> io::Result<bool> {
    let (day, name) = marker(end, id);
    drawer.join(BY_END).join(day).join(name).try_exists()
}

/// The records whose end, when it was marked, lay before that moment: day, entry and id.
pub fn marked_before(drawer: &Path, before: Timestamp) -> io::Result<Vec<(String, String, String)>> {
    let (last_day, last) = marker(before, "");
    let last = last.split(',').next().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    let root = drawer.join(BY_END);
    for day in disk::names_in(&root)?.into_iter().take_while(|day| *day <= last_day) {
        let folder = root.join(&day);
        for name in disk::names_in(&folder)? {
            let Some((time, id)) = name.split_once(',') else {
                continue;
            };
            if day < last_day || *time < *last {
                let id = match text_of(id) {
                    Some(id) => Some(id),
                    None => id_in(&folder, &name)?,
                };
                found.extend(id.map(|id| (day.clone(), name, id)));
            }
        }
    }
    Ok(found)
}

/// Makes an entry of its own in the folder of a value.
fn enter_in(folder: &Path, name: &str, id: &str) -> io::Result<()> {
    loop {
        disk::make_folder(folder)?;
        let (path, says_it) = (folder.join(name), name.rsplit(',').next().and_then(text_of).is_some());
        let made = if says_it {
            disk::make_empty(&path)
        } else {
            disk::write_new(&path, &serde_json::to_vec(&Entry { id: id.to_owned() })?)
        };
        match made {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            // Its last entry has left just now, and the folder with it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            made => return made,
        }
    }
}

fn id_in(folder: &Path, name: &str) -> io::Result<Option<String>> {
    if let Some(id) = text_of(name) {
        return Ok(Some(id));
    }
    match fs::read(folder.join(name)) {
        Ok(bytes) => Ok(serde_json::from_slice::<Entry>(&bytes).ok().map(|entry| entry.id)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn remove_if_empty(folder: &Path) -> io::Result<()> {
    match fs::remove_dir(folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty) => Ok(()),
        done => done,
    }
}
