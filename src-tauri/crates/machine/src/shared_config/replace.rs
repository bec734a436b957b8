use std::fs::{self, Metadata};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;

use super::place::Place;
use crate::new_file;

/// Foreign enough to be told from all else, and hidden.
const PREFIX: &str = ".config.json.";
const SUFFIX: &str = ".tmp";
/// No update takes this long: what is older was left by one that was killed.
const LONGEST_UPDATE: Duration = Duration::from_secs(3600);

/// Puts `text` in the place of the file, all of it or nothing, and gives what the disk knows of the new file.
pub(super) fn replace(place: &Place, text: &str, sync: bool) -> io::Result<Metadata> {
    let temp = temporary(&place.folder, text, sync)?;
    // A rename changes none of it, and afterwards it might be another's file that is looked at.
    let metadata = temp.as_file().metadata()?;
    temp.persist(&place.file).map_err(|error| error.error)?;
    if sync {
        new_file::settle(&place.folder);
    }
    Ok(metadata)
}

/// A file of this content for this person alone. Dropping it removes it.
pub(crate) fn temporary(folder: &Path, text: &str, sync: bool) -> io::Result<NamedTempFile> {
    let mut temp = new_file::temporary_named(folder, PREFIX, SUFFIX)?;
    temp.write_all(text.as_bytes())?;
    if sync {
        temp.as_file().sync_all()?;
    }
    Ok(temp)
}

/// Whether a file of that name is one of [`temporary`].
pub(crate) fn is_temporary(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

/// Removes what killed updates left behind; the caller has the lock, so nobody else is at work in its folder. A folder that a link leads
/// to may be another lock's too: there only what is old goes. Whatever cannot be removed waits for the next time.
pub(super) fn clean(place: &Place) {
    let all_are_stray = place.folder == place.link_folder;
    let Ok(entries) = fs::read_dir(&place.folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if !is_temporary(&name.to_string_lossy()) {
            continue;
        }
        let metadata = entry.metadata().ok().filter(Metadata::is_file);
        let age = metadata.and_then(|metadata| metadata.modified().ok()?.elapsed().ok());
        if (all_are_stray || age.is_some_and(|age| age > LONGEST_UPDATE))
            && let Err(error) = fs::remove_file(entry.path())
        {
            tracing::debug!(%error, "a temporary file could not be removed");
        }
    }
}
