use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Makes the folder and those above it that are missing, for this person alone.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// A file that is made with these options is for this person alone.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

/// Whether the owner said that it is not to be written. The mode alone tells: the superuser may write everything,
/// and a rename asks nobody.
pub(crate) fn is_read_only(metadata: &Metadata) -> bool {
    metadata.mode() & 0o200 == 0
}

/// Brings the folder's entries to the disk: a rename is lost without it.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Tells a file from the one that took its name.
pub(crate) fn file_number(metadata: &Metadata) -> u64 {
    metadata.ino()
}

/// Whether somebody else than the owner may read it.
pub(crate) fn others_may_read(metadata: &Metadata) -> bool {
    metadata.mode() & 0o044 != 0
}
