use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use crate::shared_config::resolve;

/// The folders in which something may happen to a file. Never the file itself: a rename would leave a watch on the old one.
pub(super) struct Folders {
    watcher: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
}

impl Folders {
    /// Without a watcher nothing is ever watched.
    pub fn new(watcher: Option<RecommendedWatcher>) -> Self {
        Self {
            watcher,
            watched: BTreeSet::new(),
        }
    }

    /// Watches whatever now decides what `path` leads to; whether all of it could be.
    pub fn follow(&mut self, path: &Path) -> bool {
        let Some(watcher) = &mut self.watcher else { return false };
        let wanted = folders(path);
        for former in self.watched.difference(&wanted) {
            if let Err(error) = watcher.unwatch(former) {
                tracing::debug!(%error, "a folder was no longer watched");
            }
        }
        // All of them each time: a folder that was made again has the same name but no watch.
        let mut all = true;
        for folder in &wanted {
            if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
                tracing::debug!(%error, folder = %folder.display(), "a folder cannot be watched");
                all = false;
            }
        }
        self.watched = wanted;
        all
    }
}

/// The folder a person names, the one above it (where it may be removed, or be a link to elsewhere), and those its links lead to;
/// for what is not there, the nearest one above it that is.
fn folders(path: &Path) -> BTreeSet<PathBuf> {
    let named = path.parent().unwrap_or(Path::new("."));
    let mut wanted = vec![named.to_owned(), named.parent().unwrap_or(named).to_owned()];
    if let Ok(place) = resolve(path) {
        wanted.extend([place.link_folder, place.folder]);
    }
    let nearest = |folder: &PathBuf| folder.ancestors().find(|folder| folder.is_dir()).map(Path::to_owned);
    wanted.iter().filter_map(nearest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_waited_for_above_it() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let path = root.join("a/b/config.json");
        assert_eq!(folders(&path), BTreeSet::from([root.to_owned()]));
        std::fs::create_dir(root.join("a")).unwrap();
        assert_eq!(folders(&path), BTreeSet::from([root.join("a")]));
        std::fs::create_dir(root.join("a/b")).unwrap();
        assert_eq!(folders(&path), BTreeSet::from([root.join("a"), root.join("a/b")]));
    }
}
