//! Copies of what others wrote, made before we first change it: `config.json.backup-20261124T010203.456Z`.
//!
//! The rule: a file that is not, to the byte count and the nanosecond, the one we put there last is somebody's work, and is
//! copied before we replace it; and one that only we have written is copied once a day, so that there is a last good copy to offer
//! when somebody damages it. The oldest copy and the newest nine are kept. They lie in the folder that the person names, never in
//! one that a link leads to: that may be a repository.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use time::OffsetDateTime;
use time::macros::format_description;

use super::{read, replace};

const KEPT: usize = 10;

const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Copies `text`, the content of `path`, beside it.
pub(super) fn keep(path: &Path, text: &str) -> io::Result<()> {
    let mut copy = replace::temporary(folder(path), text, true)?;
    loop {
        let stamp = OffsetDateTime::now_utc()
            .format(format_description!(
                "[year][month][day]T[hour][minute][second].[subsecond digits:3]Z"
            ))
            .map_err(io::Error::other)?;
        match copy.persist_noclobber(path.with_file_name(format!("{}{stamp}", prefix(path)))) {
            Ok(_) => break,
            // Two in one millisecond: the next one is soon here.
            Err(refused) if refused.error.kind() == ErrorKind::AlreadyExists => copy = refused.file,
            Err(refused) => return Err(refused.error),
        }
    }
    let all = all(path)?;
    for surplus in all.iter().skip(1).take(all.len().saturating_sub(KEPT)) {
        fs::remove_file(surplus)?;
    }
    Ok(())
}

/// Whether there is no copy of the last day.
pub(super) fn is_due(path: &Path) -> io::Result<bool> {
    let Some(newest) = all(path)?.pop() else {
        return Ok(true);
    };
    let age = fs::metadata(newest)?.modified()?.elapsed();
    // One from the future, by a clock that was set back, is as good as none.
    Ok(!age.is_ok_and(|age| age <= A_DAY))
}

/// The newest copy that can be read.
pub(super) fn last_good(path: &Path) -> io::Result<Option<PathBuf>> {
    let good = |path: &PathBuf| read::bytes(path).is_ok_and(|(bytes, _)| read::parse(bytes).is_ok());
    Ok(all(path)?.into_iter().rev().find(good))
}

/// All copies, oldest first.
fn all(path: &Path) -> io::Result<Vec<PathBuf>> {
    let prefix = prefix(path);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder(path))? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

fn prefix(path: &Path) -> String {
    format!("{}.backup-", path.file_name().unwrap_or_default().display())
}
