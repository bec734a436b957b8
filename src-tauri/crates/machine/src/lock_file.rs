//! A lock that all processes of this person respect: a permanent file beside what it guards.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::new_file;

/// An open lock file: first line "program pid" of the last holder, then what the holder wants to remember.
/// It is never removed, as a lock on a file that somebody has replaced would exclude nobody.
#[derive(Debug)]
pub(crate) struct LockFile {
    file: File,
    held: bool,
}

impl LockFile {
    /// Opens the file, or makes it. Its folder must be there.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = new_file::open(path, OpenOptions::new().read(true).write(true))?;
        if file.metadata()?.is_file() {
            Ok(Self { file, held: false })
        } else {
            Err(io::Error::other("it is not a plain file"))
        }
    }

    /// Takes the lock if it is free, and says in the file who has it. Dropping `self` gives it back.
    pub fn try_lock(&mut self) -> io::Result<bool> {
        match self.file.try_lock() {
            Ok(()) => self.held = true,
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        self.sign();
        Ok(true)
    }

    /// Says in the file who has it.
    pub fn sign(&mut self) {
        if let Err(error) = self.note().and_then(|note| self.set_note(&note)) {
            // The name is for people; the lock holds without it (on a full disk, say).
            tracing::debug!(%error, "the holder's name could not be written into the lock file");
        }
    }

    /// Waits for the lock, however long another has it, and leaves its name out: for locks that are held for one write.
    pub fn lock_blocking(&mut self) -> io::Result<()> {
        self.file.lock()?;
        self.held = true;
        Ok(())
    }

    /// Who has the lock. Nobody can tell where locks are mandatory (Windows).
    pub fn holder(&mut self) -> Option<String> {
        let text = self.text().ok()?;
        text.lines().next().filter(|line| !line.is_empty()).map(str::to_owned)
    }

    /// What a holder wanted to remember.
    pub fn note(&mut self) -> io::Result<String> {
        let text = self.text()?;
        Ok(text
            .split_once('\n')
            .map(|(_, note)| note.to_owned())
            .unwrap_or_default())
    }

    /// Remembers `note` for the next holder.
    pub fn set_note(&mut self, note: &str) -> io::Result<()> {
        let program = std::env::current_exe().ok();
        let program = program.as_deref().and_then(Path::file_name).unwrap_or_default();
        let text = format!("{} {}\n{note}", program.display(), std::process::id());
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(text.as_bytes())?;
        self.file.set_len(text.len() as u64)
    }

    fn text(&mut self) -> io::Result<String> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        (&self.file).take(4096).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // Closing alone would leave the lock to a child that was forked meanwhile.
        if self.held
            && let Err(error) = self.file.unlock()
        {
            tracing::warn!(%error, "a lock could not be given back; it goes when the program ends");
        }
    }
}

/// Who has a lock, for those who do not want it.
#[derive(Debug)]
pub(crate) enum Holder {
    Nobody,
    /// With the name that is in the file, where it can be read.
    Somebody {
        name: Option<String>,
    },
    Unknown {
        source: io::Error,
    },
}

/// Looks at a lock file without making one, and without writing into it.
pub(crate) fn holder(path: &Path) -> Holder {
    // Opening a pipe would wait for its writer.
    let opened = std::fs::metadata(path).and_then(|metadata| match metadata.is_file() {
        true => File::open(path),
        false => Err(io::Error::other("it is not a plain file")),
    });
    let mut lock = match opened.map(|file| LockFile { file, held: false }) {
        Ok(lock) => lock,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Holder::Nobody,
        Err(source) => return Holder::Unknown { source },
    };
    match lock.file.try_lock_shared() {
        Ok(()) => {
            lock.held = true;
            Holder::Nobody
        }
        Err(TryLockError::WouldBlock) => Holder::Somebody { name: lock.holder() },
        Err(TryLockError::Error(source)) => Holder::Unknown { source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_and_the_other_learns_who() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let (mut first, mut second) = (LockFile::open(&path).unwrap(), LockFile::open(&path).unwrap());
        assert!(first.try_lock().unwrap());
        first.set_note("kept").unwrap();
        assert!(!second.try_lock().unwrap());
        let holder = second.holder().unwrap();
        assert!(holder.ends_with(&format!(" {}", std::process::id())), "{holder}");
        assert!(matches!(super::holder(&path), Holder::Somebody { name: Some(name) } if name == holder));
        drop(first);
        assert!(matches!(super::holder(&path), Holder::Nobody));
        assert!(second.try_lock().unwrap());
        assert_eq!(second.note().unwrap(), "kept");
    }
}
