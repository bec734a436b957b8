//! Waiting for a lock that another holds.
//!
//! The system hands a lock over at once, but a thread that waits for one cannot be called off. So one thread waits at a lock file for the
//! whole process, however many want it and however many give up: what it gets goes to whoever has waited longest, or straight back.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::lock_file::LockFile;

/// Why a lock was not had.
#[derive(Debug)]
pub(crate) enum Missed {
    TimedOut { holder: Option<String> },
    Io(io::Error),
}

impl From<io::Error> for Missed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Takes the lock of a file, in an async runtime. Its folder must be there. Dropping the future gives up.
pub(crate) async fn acquire(path: &Path, deadline: Duration) -> Result<LockFile, Missed> {
    let mut file = LockFile::open(path)?;
    if file.try_lock()? {
        return Ok(file);
    }
    let (sender, given) = oneshot::channel();
    let caller = Arc::new(());
    line_up(path, Want::new(&caller, |given| sender.send(given).err()?.ok()))?;
    let given = timeout(deadline, given).await;
    drop(caller);
    take(given.ok().and_then(Result::ok), file)
}

/// The same for callers without an async runtime.
pub(crate) fn acquire_blocking(path: &Path, deadline: Duration) -> Result<LockFile, Missed> {
    let mut file = LockFile::open(path)?;
    if file.try_lock()? {
        return Ok(file);
    }
    let (sender, given) = sync_channel(1);
    let caller = Arc::new(());
    line_up(path, Want::new(&caller, move |given| sender.send(given).err()?.0.ok()))?;
    let in_time = given.recv_timeout(deadline);
    // What comes from now on finds nobody, and goes back.
    drop((given, caller));
    take(in_time.ok(), file)
}

/// What came of the wait; `file` is the caller's own look at the lock.
fn take(given: Option<Given>, mut file: LockFile) -> Result<LockFile, Missed> {
    if let Some(given) = given {
        let mut given = given?;
        given.sign();
        return Ok(given);
    }
    // Whoever waits for us may stand before a file that somebody has since removed and made again.
    if file.try_lock()? {
        return Ok(file);
    }
    Err(Missed::TimedOut { holder: file.holder() })
}

type Given = io::Result<LockFile>;

/// Somebody who wants the lock.
struct Want {
    /// Gone with the caller.
    caller: Weak<()>,
    /// Hands it over; gives it back where nobody takes it any more.
    give: Box<dyn FnOnce(Given) -> Option<LockFile> + Send>,
}

impl Want {
    fn new(caller: &Arc<()>, give: impl FnOnce(Given) -> Option<LockFile> + Send + 'static) -> Self {
        Self {
            caller: Arc::downgrade(caller),
            give: Box::new(give),
        }
    }
}

/// Who waits in this process, by lock file. There is an entry exactly while there is a thread.
static LINES: Mutex<BTreeMap<PathBuf, VecDeque<Want>>> = Mutex::new(BTreeMap::new());

fn lines() -> MutexGuard<'static, BTreeMap<PathBuf, VecDeque<Want>>> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn line_up(path: &Path, want: Want) -> io::Result<()> {
    let mut lines = lines();
    if let Some(line) = lines.get_mut(path) {
        line.retain(|want| want.caller.strong_count() > 0);
        line.push_back(want);
        return Ok(());
    }
    let path = path.to_owned();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let thread = thread::Builder::new().name(format!("lock {name}"));
    let waits_at = path.clone();
    thread.spawn(move || wait(&waits_at))?;
    lines.insert(path, VecDeque::from([want]));
    Ok(())
}

/// Waits for the lock until nobody wants it any more.
fn wait(path: &Path) {
    loop {
        let given = lock(path);
        let mut lines = lines();
        let Some(line) = lines.get_mut(path) else { return };
        let mut nobodys = None;
        match given {
            Ok(file) => {
                nobodys = Some(file);
                while let Some(want) = line.pop_front() {
                    nobodys = nobodys.take().and_then(|file| (want.give)(Ok(file)));
                    if nobodys.is_none() {
                        break;
                    }
                }
            }
            Err(error) => line
                .drain(..)
                .for_each(|want| drop((want.give)(Err(error.kind().into())))),
        }
        let is_done = line.is_empty();
        if is_done {
            lines.remove(path);
        }
        drop(lines);
        drop(nobodys);
        if is_done {
            return;
        }
    }
}

fn lock(path: &Path) -> Given {
    let mut file = LockFile::open(path)?;
    loop {
        match file.lock_blocking() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            locked => return locked.map(|()| file),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(5);
    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn those_in_line_get_it_one_after_the_other_and_the_last_one_ends_the_wait() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = acquire_blocking(&path, SOON).unwrap();
        let others: Vec<_> = (0..8)
            .map(|_| {
                let path = path.clone();
                thread::spawn(move || acquire_blocking(&path, LONG).map(drop))
            })
            .collect();
        while lines().get(&path).map_or(0, VecDeque::len) < 8 {
            thread::yield_now();
        }
        drop(first);
        for other in others {
            other.join().unwrap().unwrap();
        }
        assert!(!lines().contains_key(&path));
    }

    #[test]
    fn those_who_gave_up_are_forgotten_and_the_next_one_gets_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = acquire_blocking(&path, SOON).unwrap();
        for _ in 0..20 {
            let Err(Missed::TimedOut { holder: Some(holder) }) = acquire_blocking(&path, SOON) else {
                panic!("two have it")
            };
            assert!(holder.ends_with(&std::process::id().to_string()), "{holder}");
        }
        assert_eq!(lines()[&path].len(), 1);
        let next = thread::spawn({
            let path = path.clone();
            move || acquire_blocking(&path, LONG)
        });
        let is_in_line = |line: &VecDeque<Want>| line.iter().any(|want| want.caller.strong_count() > 0);
        while !lines().get(&path).is_some_and(is_in_line) {
            thread::yield_now();
        }
        drop(first);
        let next = next.join().unwrap().unwrap();
        assert!(!lines().contains_key(&path));
        drop(next);
        acquire_blocking(&path, Duration::ZERO).unwrap();
    }

    #[test]
    fn a_file_made_anew_is_another_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let _held = acquire_blocking(&path, SOON).unwrap();
        assert!(acquire_blocking(&path, SOON).is_err());
        std::fs::remove_file(&path).unwrap();
        acquire_blocking(&path, SOON).expect("it waits at the old file");
    }
}
