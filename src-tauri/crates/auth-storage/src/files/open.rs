use std::io;
use std::path::{Path, PathBuf};

use auth_core::models::FilesystemStorageConfig;
use auth_core::storage::Kind;
use serde::{Deserialize, Serialize};

use super::cabinet::Cabinet;
use super::{FilesStorage, disk, index};
use crate::obstacle::Obstacle;

/// The file that says whose the folder is.
pub const FORMAT: &str = "flowstate-auth.json";
/// The format that this code reads and writes.
const CURRENT: u64 = 1;

#[derive(Serialize, Deserialize)]
struct Format {
    format: u64,
}

/// Why the data folder did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the data folder {} cannot be used: {obstacle}", path.display())]
    Folder {
        path: PathBuf,
        #[source]
        obstacle: Obstacle,
    },
    #[error("{} holds files that are not of this server; nothing in it was changed: choose another folder", path.display())]
    Foreign { path: PathBuf },
    #[error("{} was written by a newer version of this server; run that version, or choose another folder", path.display())]
    Newer { path: PathBuf },
    #[error("{} says that the folder is of this server, but not of which format; restore it from a backup", path.display())]
    Damaged { path: PathBuf },
}

impl FilesStorage {
    /// Opens the folder, making it with all it needs where there is none. What is missing in one that was made before is
    /// damage, and is not made silently.
    ///
    /// # Errors
    /// [`OpenError`]; a folder of somebody else's is refused before anything is written to it.
    pub async fn open(config: &FilesystemStorageConfig) -> Result<Self, OpenError> {
        let path = config.data_dir.clone();
        let gone = path.clone();
        let opened = tokio::task::spawn_blocking(move || prepare(&path).map(|()| Cabinet::at(path))).await;
        let closed = |_| OpenError::Folder {
            path: gone,
            obstacle: Obstacle::Closed,
        };
        Ok(Self::over(opened.map_err(closed)??))
    }
}

fn prepare(path: &Path) -> Result<(), OpenError> {
    let folder = |source| OpenError::Folder {
        path: path.to_owned(),
        obstacle: Obstacle::of(source),
    };
    make_all(path).map_err(folder)?;
    let names = disk::names_in(path).map_err(folder)?;
    if !names.iter().any(|name| name == FORMAT) {
        let ours =
            |name: &String| name.starts_with(disk::TEMPORARY) || Kind::ALL.iter().any(|kind| kind.collection() == name);
        if !names.iter().all(ours) {
            return Err(OpenError::Foreign { path: path.to_owned() });
        }
        found(path).map_err(folder)?;
    }
    let format = path.join(FORMAT);
    let bytes = std::fs::read(&format).map_err(folder)?;
    match serde_json::from_slice::<Format>(&bytes) {
        Ok(Format { format: CURRENT }) => {}
        Ok(_) => return Err(OpenError::Newer { path: path.to_owned() }),
        Err(_) => return Err(OpenError::Damaged { path: format }),
    }
    try_out(path).map_err(folder)
}

fn make_all(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
        make_all(above)?;
    }
    disk::make_folder(path)
}

/// Makes the folders; last the file that says that all are there.
fn found(path: &Path) -> io::Result<()> {
    for kind in Kind::ALL {
        let drawer = path.join(kind.collection());
        disk::make_folder(&drawer)?;
        for name in indexes(kind) {
            disk::make_folder(&drawer.join(name))?;
        }
    }
    let format = serde_json::to_vec(&Format { format: CURRENT })?;
    match disk::write_new(&path.join(FORMAT), &format) {
        // Another process has been faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

/// The names of the index folders of a kind.
pub fn indexes(kind: Kind) -> impl Iterator<Item = &'static str> {
    let by_end = Kind::EXPIRING.contains(&kind).then_some(index::BY_END);
    kind.indexes().map(|index| index.name).chain(by_end)
}

/// Better now than at the first sign-in.
fn try_out(path: &Path) -> io::Result<()> {
    let tried = path.join(format!("{}try-{}", disk::TEMPORARY, std::process::id()));
    disk::write_over(&tried, b"")?;
    disk::remove(&tried)
}
