//! How a file comes to be: for one person alone, and theirs, whoever makes it.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use crate::platform;

/// Begins the name of a file that is known by nothing else; the library puts [`RANDOM`] letters behind it.
const NAMELESS: &str = ".tmp";
const RANDOM: usize = 6;

/// A nameless file in `folder`, to be renamed to where it belongs. Dropping it removes it.
pub(crate) fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    temporary_named(folder, NAMELESS, "")
}

/// The same, with a name that tells whose it is should it be left over.
pub(crate) fn temporary_named(folder: &Path, prefix: &str, suffix: &str) -> io::Result<NamedTempFile> {
    // The library makes it 0600 where there are modes.
    let file = Builder::new().prefix(prefix).suffix(suffix).tempfile_in(folder)?;
    platform::give_to_owner(file.as_file(), file.path());
    Ok(file)
}

/// Whether a file of that name is one of [`temporary`].
pub(crate) fn is_temporary(name: &str) -> bool {
    name.starts_with(NAMELESS) && name.len() == NAMELESS.len() + RANDOM
}

/// After a file took its place: brings that to the disk, where it can be. Everybody sees the new file; only a power cut in the
/// next seconds could bring the old one back.
pub(crate) fn settle(folder: &Path) {
    if let Err(error) = platform::sync_folder(folder) {
        tracing::warn!(%error, folder = %folder.display(), "a folder could not be synced");
    }
}

/// Opens a file, or makes it.
pub(crate) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Only what is new is given away: behind a name that was there may be a link to anything.
    match platform::private(options.clone().create_new(true)).open(path) {
        Ok(made) => {
            platform::give_to_owner(&made, path);
            Ok(made)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => platform::private(options.create(true)).open(path),
        Err(error) => Err(error),
    }
}
