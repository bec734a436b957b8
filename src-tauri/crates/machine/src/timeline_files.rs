//! What happened to each session: one file of JSON lines a profile in the app's data folder, the newest 200 kept.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use accounts::ports::{Event, Timeline, TimelineEntry, UnixMillis};
use async_trait::async_trait;
use auth_core::ServerId;

use crate::lock_file::LockFile;
use crate::lock_queue::{self, Missed};
use crate::session_lock::file_name;
use crate::{Paths, new_file, platform};

/// How many events of a profile are kept.
const KEPT: usize = 200;
/// How long an event waits for another program's.
const PATIENCE: Duration = Duration::from_millis(500);
/// A file longer than this is not one of ours, or was damaged; it is begun anew.
const LARGEST: u64 = 256 * 1024;

/// Timelines on this disk.
#[derive(Debug, Clone)]
pub struct TimelineFiles {
    folder: PathBuf,
    by: String,
}

impl TimelineFiles {
    /// The timelines that go with the shared file of `paths`, written by this program.
    pub fn new(paths: &Paths) -> Self {
        let program = std::env::current_exe().ok();
        let program = program.as_deref().and_then(Path::file_name).unwrap_or_default();
        Self {
            folder: paths.state_dir().join("timeline"),
            by: format!("{} {}", program.display(), std::process::id()),
        }
    }

    fn path(&self, server: &ServerId) -> PathBuf {
        self.folder.join(format!("{}.jsonl", file_name(server)))
    }

    /// [`Timeline::read`] for callers without an async runtime.
    pub fn read_blocking(&self, server: &ServerId) -> Vec<TimelineEntry> {
        let path = self.path(server);
        if fs::metadata(&path).map_or(0, |metadata| metadata.len()) > LARGEST {
            return Vec::new();
        }
        let text = fs::read(&path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        // A line that was cut off by a crash, or that a newer version wrote, is passed over.
        let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok());
        let all: Vec<TimelineEntry> = lines.collect();
        all[all.len().saturating_sub(KEPT)..].to_vec()
    }

    /// A refresh waits for its line here: it goes without, rather than wait for a program that was stopped while it wrote.
    fn lock(&self) -> io::Result<LockFile> {
        let locked = lock_queue::acquire_blocking(&self.folder.join("timeline.lock"), PATIENCE);
        locked.map_err(|missed| match missed {
            Missed::Io(error) => error,
            Missed::TimedOut { .. } => ErrorKind::TimedOut.into(),
        })
    }

    fn add(&self, server: &ServerId, entry: &TimelineEntry) -> io::Result<()> {
        platform::create_folder(&self.folder)?;
        let _lock = self.lock()?;
        let path = self.path(server);
        let mut line = serde_json::to_string(entry)?;
        line.push('\n');
        let old = match fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let fits = old.len() as u64 <= LARGEST;
        let is_whole = old.is_empty() || old.ends_with('\n');
        // Twice as many as are kept may gather, so that the file is not written anew for each.
        if fits && is_whole && old.lines().count() < 2 * KEPT {
            let mut file = new_file::open(&path, fs::OpenOptions::new().append(true))?;
            return file.write_all(line.as_bytes());
        }
        let kept: Vec<&str> = if fits { old.lines().collect() } else { Vec::new() };
        let newest = kept[kept.len().saturating_sub(KEPT - 1)..].iter();
        let lines: String = newest.map(|line| format!("{line}\n")).chain([line]).collect();
        let mut temp = new_file::temporary(&self.folder)?;
        temp.write_all(lines.as_bytes())?;
        temp.persist(&path)?;
        Ok(())
    }
}

#[async_trait]
impl Timeline for TimelineFiles {
    async fn record(&self, server: &ServerId, at: UnixMillis, event: Event) {
        let (files, server) = (self.clone(), server.clone());
        let by = self.by.clone();
        let written = tokio::task::spawn_blocking(move || files.add(&server, &TimelineEntry { at, by, event })).await;
        match written {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "an event was not kept in the timeline"),
            Err(error) => tracing::debug!(%error, "an event was not kept in the timeline"),
        }
    }

    async fn read(&self, server: &ServerId) -> Vec<TimelineEntry> {
        let (files, server) = (self.clone(), server.clone());
        tokio::task::spawn_blocking(move || files.read_blocking(&server))
            .await
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(root: &Path) -> TimelineFiles {
        TimelineFiles {
            folder: root.join("timeline"),
            by: "test 1".to_owned(),
        }
    }

    #[tokio::test]
    async fn the_newest_200_are_kept_and_the_file_stays_small() {
        let root = tempfile::tempdir().unwrap();
        let (files, id) = (files(root.path()), ServerId::existing("../prod"));
        assert_eq!(files.read(&id).await, []);
        for at in 0..1000 {
            files.record(&id, at, Event::Refreshed).await;
        }
        let kept = files.read(&id).await;
        assert_eq!((kept.len(), kept[0].at, kept[199].at), (200, 800, 999));
        let path = files.path(&id);
        assert_eq!(path.parent(), Some(root.path().join("timeline").as_path()));
        assert!(fs::metadata(&path).unwrap().len() < 64 * 1024);
    }

    #[tokio::test]
    async fn whoever_holds_the_lock_holds_up_nobody_for_long() {
        let root = tempfile::tempdir().unwrap();
        let (files, id) = (files(root.path()), ServerId::existing("prod"));
        files.record(&id, 1, Event::SignedIn).await;
        let mut held = LockFile::open(&files.folder.join("timeline.lock")).unwrap();
        assert!(held.try_lock().unwrap());
        let recording = files.record(&id, 2, Event::Refreshed);
        tokio::time::timeout(10 * PATIENCE, recording).await.unwrap();
        drop(held);
        files.record(&id, 3, Event::Refreshed).await;
        let kept: Vec<UnixMillis> = files.read(&id).await.iter().map(|entry| entry.at).collect();
        assert_eq!(kept, [1, 3]);
    }

    #[tokio::test]
    async fn a_damaged_line_costs_itself_alone() {
        let root = tempfile::tempdir().unwrap();
        let (files, id) = (files(root.path()), ServerId::existing("prod"));
        files.record(&id, 1, Event::SignedIn).await;
        let path = files.path(&id);
        let half = fs::read_to_string(&path).unwrap() + "{\"at\":2,\"by\":\"te";
        fs::write(&path, half).unwrap();
        files.record(&id, 3, Event::SignedOut { everywhere: false }).await;
        let kept: Vec<UnixMillis> = files.read(&id).await.iter().map(|entry| entry.at).collect();
        assert_eq!(kept, [1, 3]);
        fs::write(&path, vec![b'x'; 300 * 1024]).unwrap();
        files.record(&id, 4, Event::Online).await;
        assert_eq!(files.read(&id).await.len(), 1);
    }
}
