use std::fs::{self, Permissions};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::platform;
use crate::shared_config::resolve;

/// What tells one state of a file from the next without reading it. `None` in all of it where there is no file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    file: Option<(PathBuf, u64)>,
    length: u64,
    modified: Option<SystemTime>,
    permissions: Option<Permissions>,
}

impl Stamp {
    pub fn of(path: &Path) -> Self {
        let Ok(place) = resolve(path) else {
            return Self::default();
        };
        let Ok(metadata) = fs::metadata(&place.file) else {
            return Self::default();
        };
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            permissions: Some(metadata.permissions()),
            file: Some((place.file, platform::file_number(&metadata))),
        }
    }
}
