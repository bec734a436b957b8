use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// Makes the folder and those above it that are missing. A profile's folders are private by inheritance.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(path)
}

/// Who owns the folder owns what is in it, by inheritance.
pub(crate) fn give_to_owner(_file: &File, _path: &Path) {}

/// Private by inheritance from the folder.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Whether the owner said that it is not to be written. The attribute means nothing on a folder.
pub(crate) fn is_read_only(metadata: &Metadata) -> bool {
    metadata.is_file() && metadata.permissions().readonly()
}

/// NTFS journals its folders; there is nothing to do.
pub(crate) fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// There is no stable one here; when it was made tells a file from the one that took its name.
pub(crate) fn file_number(metadata: &Metadata) -> u64 {
    std::os::windows::fs::MetadataExt::creation_time(metadata)
}

/// A profile's files are private by inheritance; who may read others is not looked at.
pub(crate) fn others_may_read(_metadata: &Metadata) -> bool {
    false
}
