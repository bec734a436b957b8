use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// As many links as Linux itself follows.
const MOST_LINKS: usize = 40;

/// Where the file really lies. Links stay; what they lead to is read and replaced.
#[derive(Debug)]
pub(crate) struct Place {
    /// The folder a person names: lock and backups lie here.
    pub link_folder: PathBuf,
    /// The folder of `file`: the new content is made here, to be renamed within one file system.
    pub folder: PathBuf,
    pub file: PathBuf,
}

/// Follows the links of the folder and of the file, also where they lead to nothing yet.
pub(crate) fn resolve(path: &Path) -> io::Result<Place> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::other("it is no file in a folder"));
    };
    let link_folder = follow(folder.to_owned())?;
    let file = follow(link_folder.join(name))?;
    let folder = follow(file.parent().map_or_else(|| link_folder.clone(), Path::to_owned))?;
    let file = file.file_name().map_or_else(|| file.clone(), |name| folder.join(name));
    Ok(Place {
        link_folder,
        folder,
        file,
    })
}

fn follow(mut path: PathBuf) -> io::Result<PathBuf> {
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            // A full address replaces the folder it is joined to.
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotFound) => return Ok(path),
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("its links lead in a circle"))
}
