//! Copies of what the file was before we changed it: `config.json.backup-20261124T010203.456Z`.
//!
//! A copy is kept before a change of ours where the file is not, to the byte count and the nanosecond, the one we put there last
//! (it is somebody's work); where the change touches more than sessions (so that it can be undone); and once a day in any case (so
//! that there is a last good copy to offer when somebody damages the file). The very first one is kept, which is what was there before
//! us, and the newest ten states: of two copies that differ in sessions alone the newer one stands for both, so that refreshes never
//! push out what a person did. They lie in the folder that the person names, never in one that a link leads to: that may be a
//! repository.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use accounts::ports::UnixMillis;
use tempfile::NamedTempFile;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::{read, replace};

const KEPT: usize = 10;

const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

const STAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second].[subsecond digits:3]Z");

/// One copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    pub path: PathBuf,
    /// When it was made, by its name, else by its file.
    pub made_at: UnixMillis,
    /// How many servers it holds; `None` where it cannot be read.
    pub servers: Option<usize>,
}

/// Copies `text`, the content of `path`, beside it.
pub(super) fn keep(path: &Path, text: &str) -> io::Result<PathBuf> {
    place(replace::temporary(folder(path), text, true)?, path, "backup")
}

/// Copies what lies in `file`, whatever it is, beside `path`: `config.json.broken-…`.
pub(super) fn keep_broken(path: &Path, file: &Path) -> io::Result<PathBuf> {
    let mut copy = replace::temporary(folder(path), "", false)?;
    io::copy(&mut File::open(file)?, copy.as_file_mut())?;
    copy.as_file().sync_all()?;
    let kept = place(copy, path, "broken")?;
    remove_all_but_newest(&all(path, "broken")?)?;
    Ok(kept)
}

/// Removes copies that others stand for, and what is more than is kept beside the first.
pub(super) fn thin(path: &Path) -> io::Result<()> {
    let mut copies = all(path, "backup")?;
    if copies.is_empty() {
        return Ok(());
    }
    let _first = copies.remove(0);
    let state = |copy: &PathBuf| {
        let (bytes, _) = read::bytes(copy).ok()?;
        Some(read::parse(bytes).ok()?.without_sessions().text().to_owned())
    };
    if let Some(newest) = copies.pop() {
        if let Some(newest_state) = state(&newest) {
            let stood_for: Vec<PathBuf> = copies
                .extract_if(.., |copy| state(copy).as_ref() == Some(&newest_state))
                .collect();
            for copy in stood_for {
                fs::remove_file(copy)?;
            }
        }
        copies.push(newest);
    }
    remove_all_but_newest(&copies)
}

/// Whether there is no copy of the last day.
pub(super) fn is_due(path: &Path) -> io::Result<bool> {
    let Some(newest) = all(path, "backup")?.pop() else {
        return Ok(true);
    };
    let age = fs::metadata(newest)?.modified()?.elapsed();
    // One from the future, by a clock that was set back, is as good as none.
    Ok(!age.is_ok_and(|age| age <= A_DAY))
}

/// The newest copy that can be read.
pub(super) fn last_good(path: &Path) -> io::Result<Option<PathBuf>> {
    let good = |path: &PathBuf| read::bytes(path).is_ok_and(|(bytes, _)| read::parse(bytes).is_ok());
    Ok(all(path, "backup")?.into_iter().rev().find(good))
}

/// All copies, newest first; none where there is no folder.
pub(super) fn list(path: &Path) -> io::Result<Vec<Backup>> {
    let copies = match all(path, "backup") {
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        copies => copies?,
    };
    Ok(copies.into_iter().rev().map(|copy| describe(path, copy)).collect())
}

pub(super) fn describe(path: &Path, copy: PathBuf) -> Backup {
    let by_name = dated(copy.file_name().unwrap_or_default(), &prefix(path, "backup"));
    let by_name =
        by_name.and_then(|time| UnixMillis::try_from(time.assume_utc().unix_timestamp_nanos() / 1_000_000).ok());
    let by_file = || {
        let changed = fs::metadata(&copy).ok()?.modified().ok()?;
        Some(changed.duration_since(UNIX_EPOCH).ok()?.as_millis() as UnixMillis)
    };
    let document = read::bytes(&copy).ok().and_then(|(bytes, _)| read::parse(bytes).ok());
    Backup {
        made_at: by_name.or_else(by_file).unwrap_or_default(),
        servers: document.map(|document| document.config().servers.len()),
        path: copy,
    }
}

/// Gives a copy its dated name.
fn place(mut copy: NamedTempFile, path: &Path, kind: &str) -> io::Result<PathBuf> {
    loop {
        let stamp = OffsetDateTime::now_utc().format(STAMP).map_err(io::Error::other)?;
        let kept = path.with_file_name(format!("{}{stamp}", prefix(path, kind)));
        match copy.persist_noclobber(&kept) {
            Ok(_) => return Ok(kept),
            // Two in one millisecond: the next one is soon here.
            Err(refused) if refused.error.kind() == ErrorKind::AlreadyExists => copy = refused.file,
            Err(refused) => return Err(refused.error),
        }
    }
}

fn remove_all_but_newest(copies: &[PathBuf]) -> io::Result<()> {
    copies
        .iter()
        .take(copies.len().saturating_sub(KEPT))
        .try_for_each(fs::remove_file)
}

/// All copies of a kind, oldest first.
fn all(path: &Path, kind: &str) -> io::Result<Vec<PathBuf>> {
    let prefix = prefix(path, kind);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder(path))? {
        let entry = entry?;
        // Whatever else is called nearly so is somebody's own, not ours to count or to remove.
        if dated(&entry.file_name(), &prefix).is_some() && entry.file_type()?.is_file() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// The date in the name of a copy.
fn dated(name: &OsStr, prefix: &str) -> Option<PrimitiveDateTime> {
    PrimitiveDateTime::parse(name.to_str()?.strip_prefix(prefix)?, STAMP).ok()
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

fn prefix(path: &Path, kind: &str) -> String {
    format!("{}.{kind}-", path.file_name().unwrap_or_default().display())
}
