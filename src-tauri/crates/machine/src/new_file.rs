//! How a file comes to be: for one person alone, and theirs, whoever makes it.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use crate::platform;

/// A nameless file in `folder`, to be renamed to where it belongs. Dropping it removes it.
pub(crate) fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    temporary_named(folder, ".tmp", "")
}

/// The same, with a name that tells whose it is should it be left over.
pub(crate) fn temporary_named(folder: &Path, prefix: &str, suffix: &str) -> io::Result<NamedTempFile> {
    // The library makes it 0600 where there are modes.
    let file = Builder::new().prefix(prefix).suffix(suffix).tempfile_in(folder)?;
    platform::give_to_owner(file.as_file(), file.path());
    Ok(file)
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
