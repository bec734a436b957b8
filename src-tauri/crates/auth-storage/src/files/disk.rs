//! Files that are whole or not there, on the disk when they are said to be.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// How files that are being written begin.
pub const TEMPORARY: &str = ".tmp-";

/// Tells the temporary files of one process apart; those of several differ by its id, and by trying.
static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// Makes a file that must not be there yet.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`], and all else that goes wrong with disks.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (folder, temporary) = write_temporary(path, bytes)?;
    // A link, unlike a rename, never takes the place of another file.
    let made = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    made?;
    sync_folder(folder)
}

/// Makes an empty file that must not be there yet: its name is all that it says.
///
/// # Errors
/// As [`write_new`].
pub fn make_empty(path: &Path) -> io::Result<()> {
    let made = private_file().write(true).create_new(true).open(path)?;
    give_file(&made, path);
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes a file or takes the place of the one that is there.
pub fn write_over(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (folder, temporary) = write_temporary(path, bytes)?;
    if let Err(error) = fs::rename(&temporary, path) {
        // What counts is why the rename failed.
        let _left = fs::remove_file(&temporary);
        return Err(error);
    }
    sync_folder(folder)
}

/// Makes a folder, if it is not there, in one that is.
pub fn make_folder(path: &Path) -> io::Result<()> {
    match private_folder().create(path) {
        Ok(()) => {
            give_folder(path);
            path.parent().map_or(Ok(()), sync_folder)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Removes a file; one that is not there is fine.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// The names in a folder, sorted; none where there is no folder.
pub fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        // What is no text is none of ours.
        if let Ok(name) = entry?.file_name().into_string() {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Opens the file for a lock, making it where there is none.
pub fn open_lock(path: &Path) -> io::Result<File> {
    let there = || OpenOptions::new().write(true).open(path);
    match there() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        opened => return opened,
    }
    // Only what is new is given away: behind a name that was there may be a link to anything.
    match private_file().write(true).create_new(true).open(path) {
        Ok(made) => {
            give_file(&made, path);
            Ok(made)
        }
        // Another process has been faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => there(),
        Err(error) => Err(error),
    }
}

fn write_temporary<'a>(path: &'a Path, bytes: &[u8]) -> io::Result<(&'a Path, PathBuf)> {
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let (mut file, temporary) = loop {
        let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let temporary = folder.join(format!("{TEMPORARY}{}-{number}", std::process::id()));
        match private_file().write(true).create_new(true).open(&temporary) {
            // Left by a process of the same id that was killed, or made by one in another container.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            file => break (file?, temporary),
        }
    };
    give_file(&file, &temporary);
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    drop(file);
    if let Err(error) = written {
        let _left = fs::remove_file(&temporary);
        return Err(error);
    }
    Ok((folder, temporary))
}

/// Puts on the disk which names a folder has.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened; the file system looks after it.
#[cfg(not(unix))]
pub fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Gives a file that we have just made to whoever owns its folder, where the superuser makes it: the server, which runs as a
/// user of its own, reads and writes what a command under `sudo` has left.
#[cfg(unix)]
fn give_file(file: &File, path: &Path) {
    give(path, |owner, group| std::os::unix::fs::fchown(file, owner, group));
}

/// The same for a folder. Its name may be another's by now, who may have put a link there: that is given away itself, not what
/// it leads to.
#[cfg(unix)]
fn give_folder(path: &Path) {
    give(path, |owner, group| std::os::unix::fs::lchown(path, owner, group));
}

#[cfg(unix)]
fn give(path: &Path, change: impl FnOnce(Option<u32>, Option<u32>) -> io::Result<()>) {
    use std::os::unix::fs::MetadataExt;
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let owner = fs::metadata(folder.unwrap_or(Path::new(".")));
    // Some file systems know no owners, or no superuser; what was made is there all the same.
    let _given = owner.and_then(|owner| match owner.uid() {
        0 => Ok(()),
        uid => change(Some(uid), Some(owner.gid())),
    });
}

/// Elsewhere there is no superuser whose files are closed to others.
#[cfg(not(unix))]
fn give_file(_file: &File, _path: &Path) {}

#[cfg(not(unix))]
fn give_folder(_path: &Path) {}

#[cfg(unix)]
fn private_folder() -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(unix)]
fn private_file() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn private_folder() -> DirBuilder {
    DirBuilder::new()
}

#[cfg(not(unix))]
fn private_file() -> OpenOptions {
    OpenOptions::new()
}
