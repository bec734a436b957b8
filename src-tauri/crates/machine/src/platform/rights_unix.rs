use std::fs::{self, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// Everything that a group and others may do.
const OTHERS: u32 = 0o077;

/// Whether this person owns it.
pub(crate) fn belongs_to_us(metadata: &Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw()
}

/// Whether anybody else may do anything with it.
pub(crate) fn is_open_to_others(metadata: &Metadata) -> bool {
    metadata.mode() & OTHERS != 0
}

/// Takes the rights of everybody else away, and leaves the owner's.
pub(crate) fn close_to_others(path: &Path) -> io::Result<()> {
    let mode = fs::metadata(path)?.mode() & 0o7777 & !OTHERS;
    fs::set_permissions(path, Permissions::from_mode(mode))
}
