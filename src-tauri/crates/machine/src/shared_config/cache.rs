use std::fs::{self, Metadata};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use auth_core::config::ConfigDocument;

use crate::platform;

/// Longer than the ticks in which a file system counts: within one, a second change leaves no trace in the times.
const TICK: Duration = Duration::from_millis(20);

/// What was last read or written: a document of a thousand profiles takes milliseconds to parse.
#[derive(Debug, Clone, Default)]
pub(super) struct Cache(Arc<Mutex<Option<Kept>>>);

#[derive(Debug)]
struct Kept {
    /// Where it tells: as long as the file has it, it need not even be read. A change always reads it.
    stamp: Option<Stamp>,
    document: Arc<ConfigDocument>,
}

/// What tells one state of a file from the next.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    number: u64,
    length: u64,
    modified: SystemTime,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Option<Self> {
        Some(Self {
            number: platform::file_number(metadata),
            length: metadata.len(),
            modified: metadata.modified().ok()?,
        })
    }
}

impl Cache {
    /// The document, if `file` is certainly the one that it was read from.
    pub fn get(&self, file: &Path) -> Option<Arc<ConfigDocument>> {
        let stamp = Stamp::of(&fs::metadata(file).ok()?)?;
        let kept = self.kept();
        let kept = kept.as_ref().filter(|kept| kept.stamp.as_ref() == Some(&stamp))?;
        Some(kept.document.clone())
    }

    /// The document, whether the file still is the same or not.
    pub fn last(&self) -> Option<Arc<ConfigDocument>> {
        Some(self.kept().as_ref()?.document.clone())
    }

    /// Keeps a document that was read or written just now.
    pub fn put(&self, document: Arc<ConfigDocument>, metadata: &Metadata) -> Arc<ConfigDocument> {
        let stamp = Stamp::of(metadata).filter(|stamp| stamp.modified.elapsed().is_ok_and(|age| age > TICK));
        let kept = Kept {
            stamp,
            document: document.clone(),
        };
        *self.kept() = Some(kept);
        document
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
