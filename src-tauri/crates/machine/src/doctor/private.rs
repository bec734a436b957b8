//! Whether what holds secrets is this person's alone.

use std::fs;
use std::path::{Path, PathBuf};

use super::check::{Advice, Check, Room, count};
use super::repair::Repair;
use crate::shared_config::resolve;
use crate::{Paths, platform};

/// Nothing of ours lies deeper, or is more.
const DEEPEST: usize = 4;
const MOST: usize = 20_000;

const WHY: &str = "These files hold tokens: whoever can read them can act as you.";

pub(super) fn checks(paths: &Paths) -> Vec<Check> {
    let config = resolve(&paths.config_file()).map(|place| vec![place.link_folder, place.file]);
    let config = config.unwrap_or_else(|_| vec![paths.config_dir().to_owned(), paths.config_file()]);
    let mut others = Vec::new();
    walk(&paths.state_dir(), DEEPEST, &mut others);
    walk(&paths.config_dir().join("locks"), DEEPEST, &mut others);
    others.extend(beside(&paths.config_file()));
    vec![look("config_permissions", &config), look("private_files", &others)]
}

fn look(id: &str, paths: &[PathBuf]) -> Check {
    let mut open = Vec::new();
    let mut foreign = Vec::new();
    for path in paths {
        let Ok(metadata) = fs::metadata(path) else { continue };
        if !platform::belongs_to_us(&metadata) {
            foreign.push(path.clone());
        } else if platform::is_open_to_others(&metadata) {
            open.push(path.clone());
        }
    }
    if !foreign.is_empty() {
        let fix = format!("Make them yours: sudo chown -R \"$USER\" {}.", names(&foreign));
        let detail = format!(
            "These belong to somebody else (was a program started with sudo?): {}.",
            names(&foreign)
        );
        return Check::fails(Room::Files, id, detail, Advice::configuration(WHY, fix));
    }
    if !open.is_empty() {
        let fix = format!("Take the rights of others away: chmod go= {}.", names(&open));
        let detail = format!("Others may use these: {}.", names(&open));
        let check = Check::fails(Room::Files, id, detail, Advice::configuration(WHY, fix));
        return check.with_repair(Some(Repair::Close { paths: open }));
    }
    let detail = match paths.iter().filter(|path| path.exists()).count() {
        0 => "Nothing is there yet.".to_owned(),
        there => format!(
            "{}, for you alone.",
            count(there, "file or folder", "files and folders")
        ),
    };
    Check::holds(Room::Files, id, detail)
}

/// As many as a person reads.
fn names(paths: &[PathBuf]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<String> = paths
        .iter()
        .take(SHOWN)
        .map(|path| path.display().to_string())
        .collect();
    let more = paths.len().saturating_sub(SHOWN);
    match more {
        0 => shown.join(" "),
        more => format!("{} and {more} more", shown.join(" ")),
    }
}

/// The folder and what is in it; links are not followed.
pub(super) fn walk(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    found.push(folder.to_owned());
    for entry in entries.flatten() {
        if found.len() >= MOST {
            return;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth > 0 => walk(&entry.path(), depth - 1, found),
            Ok(kind) if kind.is_file() => found.push(entry.path()),
            _ => {}
        }
    }
}

/// Lock and copies of the shared file.
fn beside(path: &Path) -> Vec<PathBuf> {
    let prefix = format!("{}.", path.file_name().unwrap_or_default().display());
    let entries = path.parent().and_then(|folder| fs::read_dir(folder).ok());
    let ours = |entry: &fs::DirEntry| {
        let is_ours = entry.file_name().to_string_lossy().starts_with(&prefix);
        is_ours && entry.file_type().is_ok_and(|kind| kind.is_file())
    };
    let entries = entries.into_iter().flatten().flatten().filter(ours);
    entries.map(|entry| entry.path()).collect()
}
