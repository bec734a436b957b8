//! Notices when somebody else changes the shared file.

mod folders;
mod stamp;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use notify::event::{Event, EventKind};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::Paths;
use folders::Folders;
use stamp::Stamp;

/// Programs write in several steps: a file is looked at when it has been quiet for so long …
const QUIET: Duration = Duration::from_millis(60);
/// … or has not been quiet for so long.
const NEVER_QUIET: Duration = Duration::from_millis(500);
/// How often to look where the system has no watches left to give.
const UNWATCHED: Duration = Duration::from_secs(5);

/// A watch on the shared file. It goes on when the file or its folder is replaced, removed and made again. Dropping it ends it.
#[derive(Debug)]
pub struct ConfigWatch {
    orders: mpsc::Sender<Order>,
    changes: Receiver<()>,
}

/// Why there is no watch.
#[derive(Debug, thiserror::Error)]
#[error("the watch on {} could not be started; changes by other programs will not be seen, restart this one", .path.display())]
pub struct WatchError {
    pub path: PathBuf,
    #[source]
    pub source: std::io::Error,
}

#[derive(Debug)]
enum Order {
    Look,
    End,
}

impl ConfigWatch {
    /// Watches, on a thread of its own. What happens after this function has returned is noticed: first watch, then read.
    ///
    /// # Errors
    /// [`WatchError`] where no thread can be started.
    pub fn start(paths: &Paths) -> Result<Self, WatchError> {
        let path = paths.config_file();
        let (orders, inbox) = mpsc::channel();
        let hints = orders.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // Its other end is gone when the watch has been dropped.
            if is_hint(&event) && hints.send(Order::Look).is_err() {
                tracing::trace!("a change came after the end of the watch");
            }
        });
        let watcher = watcher
            .inspect_err(|error| tracing::warn!(%error, "files cannot be watched; looking from time to time instead"))
            .ok();
        // Several changes that nobody has asked for yet are one.
        let (changed, changes) = channel(1);
        let look = Look::new(&path, Folders::new(watcher), UNWATCHED);
        std::thread::Builder::new()
            .name("config-watch".to_owned())
            .spawn(move || look.run(&inbox, &changed))
            .map_err(|source| WatchError { path, source })?;
        Ok(Self { orders, changes })
    }

    /// Waits until the file is another one than when this was last asked, our own changes included. `None`: the watch has ended.
    /// Nothing is lost when the waiting is given up.
    pub async fn changed(&mut self) -> Option<()> {
        self.changes.recv().await
    }
}

impl Drop for ConfigWatch {
    fn drop(&mut self) {
        if self.orders.send(Order::End).is_err() {
            tracing::trace!("the watch had ended before");
        }
    }
}

/// Reading is no change, and neither are locks and half-written files; everything else, errors included, is a reason to look.
fn is_hint(event: &notify::Result<Event>) -> bool {
    let Ok(event) = event else { return true };
    if matches!(event.kind, EventKind::Access(_)) {
        return false;
    }
    let is_scratch = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".lock") || name.starts_with(".config.json.")
    };
    event.paths.is_empty() || !event.paths.iter().all(is_scratch)
}

/// What was seen last, and where to look again.
struct Look {
    path: PathBuf,
    folders: Folders,
    seen: Stamp,
    unwatched: Duration,
    all_watched: bool,
}

impl Look {
    fn new(path: &Path, folders: Folders, unwatched: Duration) -> Self {
        let mut look = Self {
            path: path.to_owned(),
            folders,
            seen: Stamp::default(),
            unwatched,
            all_watched: true,
        };
        look.again();
        look
    }

    fn run(mut self, inbox: &mpsc::Receiver<Order>, changed: &Sender<()>) {
        while self.wait(inbox) {
            if self.again() && matches!(changed.try_send(()), Err(TrySendError::Closed(()))) {
                return;
            }
        }
    }

    /// Whether the file is another one than before. First the watches, then the look: what happens in between is seen by either.
    fn again(&mut self) -> bool {
        self.all_watched = self.folders.follow(&self.path);
        let stamp = Stamp::of(&self.path);
        let is_new = stamp != self.seen;
        self.seen = stamp;
        is_new
    }

    /// Waits for a reason to look and then for quiet; `false` at the end.
    fn wait(&self, inbox: &mpsc::Receiver<Order>) -> bool {
        let first = if self.all_watched {
            inbox.recv().map_err(RecvTimeoutError::from)
        } else {
            inbox.recv_timeout(self.unwatched)
        };
        match first {
            Ok(Order::Look) => {}
            Ok(Order::End) | Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => return true,
        }
        let end = Instant::now() + NEVER_QUIET;
        loop {
            match inbox.recv_timeout(QUIET.min(end.saturating_duration_since(Instant::now()))) {
                Ok(Order::Look) => {}
                Ok(Order::End) | Err(RecvTimeoutError::Disconnected) => return false,
                Err(RecvTimeoutError::Timeout) => return true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{AccessKind, CreateKind, ModifyKind, RemoveKind};

    use super::*;

    fn event(kind: EventKind, paths: &[&str]) -> notify::Result<Event> {
        let event = Event::new(kind);
        Ok(paths
            .iter()
            .fold(event, |event, path| event.add_path(PathBuf::from(path))))
    }

    #[test]
    fn locks_temporary_files_and_reading_are_no_reason_to_look() {
        let create = EventKind::Create(CreateKind::Any);
        for scratch in ["/c/config.json.lock", "/c/.config.json.a1b2c3.tmp"] {
            assert!(!is_hint(&event(create, &[scratch])), "{scratch}");
        }
        assert!(!is_hint(&event(
            EventKind::Access(AccessKind::Any),
            &["/c/config.json"]
        )));
        assert!(is_hint(&event(
            EventKind::Modify(ModifyKind::Any),
            &["/c/.config.json.a.tmp", "/c/config.json"]
        )));
        assert!(is_hint(&event(EventKind::Remove(RemoveKind::Folder), &["/c"])));
        assert!(is_hint(&event(EventKind::Other, &[])), "some events were lost");
        assert!(is_hint(&Err(notify::Error::generic("x"))));
    }

    #[test]
    fn without_watches_it_looks_from_time_to_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        let look = Look::new(&path, Folders::new(None), Duration::from_millis(5));
        let ((_orders, inbox), (changed, mut changes)) = (mpsc::channel(), channel(1));
        std::thread::spawn(move || look.run(&inbox, &changed));
        std::fs::write(path, "{}").unwrap();
        changes.blocking_recv().unwrap();
    }
}
