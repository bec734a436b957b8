//! One lock a folder: within the process a queue, between processes a lock on a file in the folder.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::disk;
use crate::obstacle::Obstacle;

/// The file in each folder that is locked.
pub const LOCK: &str = ".lock";
/// How long a lock is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks at a lock that another process holds.
const PAUSE: Duration = Duration::from_millis(2);
const QUEUES: usize = 64;

/// The folders to be locked together. Sorted, so that everybody takes them in one order and nobody waits in a circle.
pub type Folders = BTreeSet<PathBuf>;

/// The queues of this process. Without them writers would have to ask again and again for the lock of a file, and the
/// unlucky one would not get it in time.
#[derive(Debug)]
pub struct Queues([Arc<Mutex<()>>; QUEUES]);

/// The turn in the queues of some folders.
#[derive(Debug)]
pub struct Turn {
    _passed: Vec<OwnedMutexGuard<()>>,
    until: Instant,
}

/// Locked folders, until it is dropped.
#[derive(Debug)]
pub struct Locked {
    _files: Vec<File>,
}

impl Queues {
    pub fn new() -> Self {
        Self(std::array::from_fn(|_| Arc::default()))
    }

    /// Waits for the turn.
    pub async fn turn(&self, folders: &Folders) -> Result<Turn, Obstacle> {
        let until = Instant::now() + PATIENCE;
        let queues: BTreeSet<usize> = folders.iter().map(|folder| queue_of(folder)).collect();
        let mut passed = Vec::with_capacity(queues.len());
        for queue in queues {
            let pass = Arc::clone(&self.0[queue]).lock_owned();
            let pass = tokio::time::timeout_at(until.into(), pass).await;
            passed.push(pass.map_err(|_| Obstacle::Locked)?);
        }
        Ok(Turn { _passed: passed, until })
    }
}

impl Turn {
    /// Locks the folders against other processes; blocks.
    pub fn lock(&self, folders: &Folders) -> io::Result<Result<Locked, Obstacle>> {
        let mut files = Vec::with_capacity(folders.len());
        for folder in folders {
            disk::make_folder(folder)?;
            let file = disk::open_lock(&folder.join(LOCK))?;
            loop {
                match file.try_lock() {
                    Ok(()) => break,
                    Err(TryLockError::Error(error)) => return Err(error),
                    Err(TryLockError::WouldBlock) if Instant::now() >= self.until => return Ok(Err(Obstacle::Locked)),
                    Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
                }
            }
            files.push(file);
        }
        Ok(Ok(Locked { _files: files }))
    }
}

fn queue_of(folder: &std::path::Path) -> usize {
    let hash = digest(&SHA256, folder.as_os_str().as_encoded_bytes());
    usize::from(hash.as_ref()[0]) % QUEUES
}
