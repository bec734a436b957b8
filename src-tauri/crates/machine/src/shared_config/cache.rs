use std::fs::{self, Metadata};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use auth_core::config::ConfigDocument;

use crate::platform;

/// Longer than the ticks in which a file system counts: within one, a second change leaves no trace in the times.
const TICK: Duration = Duration::from_millis(20);

/// What was last read, as long as the file is untouched: a document of a thousand profiles takes milliseconds to read.
/// Only for reading; a change always reads the disk again.
#[derive(Debug, Clone, Default)]
pub(super) struct Cache(Arc<Mutex<Option<Kept>>>);

#[derive(Debug)]
struct Kept {
    stamp: Stamp,
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
    /// The document, if `file` is the one that it was read from.
    pub fn get(&self, file: &Path) -> Option<Arc<ConfigDocument>> {
        let stamp = Stamp::of(&fs::metadata(file).ok()?)?;
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.as_ref().filter(|kept| kept.stamp == stamp)?;
        Some(kept.document.clone())
    }

    /// Keeps a document that was read or written just now.
    pub fn put(&self, document: ConfigDocument, metadata: &Metadata) -> Arc<ConfigDocument> {
        let document = Arc::new(document);
        let stamp = Stamp::of(metadata).filter(|stamp| stamp.modified.elapsed().is_ok_and(|age| age > TICK));
        let kept = stamp.map(|stamp| Kept {
            stamp,
            document: document.clone(),
        });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        document
    }
}
