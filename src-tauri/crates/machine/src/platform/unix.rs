use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown, lchown};
use std::path::Path;

/// Makes the folder and those above it that are missing, for this person alone.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = path.ancestors().take_while(|folder| !folder.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    for folder in missing.into_iter().rev() {
        // The name may be another's by now, who may have put a link there: that is given away itself, not what it leads to.
        give(folder, |owner| lchown(folder, Some(owner.uid()), Some(owner.gid())));
    }
    Ok(())
}

/// Gives a file that we have just made to whoever owns its folder, where the superuser makes it: `sudo` locks nobody out of
/// their own files.
pub(crate) fn give_to_owner(file: &File, path: &Path) {
    give(path, |owner| fchown(file, Some(owner.uid()), Some(owner.gid())));
}

fn give(path: &Path, change: impl FnOnce(&Metadata) -> io::Result<()>) {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let owner = fs::metadata(folder.unwrap_or(Path::new(".")));
    // Some file systems know no owners, or no superuser; the file is there all the same.
    if let Err(error) = owner.and_then(|owner| if owner.uid() == 0 { Ok(()) } else { change(&owner) }) {
        tracing::debug!(%error, "a new file could not be given to the owner of its folder");
    }
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
