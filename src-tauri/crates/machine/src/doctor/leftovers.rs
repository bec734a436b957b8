//! What a program that was killed leaves behind.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::check::{Advice, Check, Room, count};
use super::private::walk;
use super::repair::Repair;
use crate::credential_store::is_unfinished;
use crate::shared_config::{is_temporary, resolve};
use crate::{Paths, new_file};

/// No write takes this long.
const STRAY: Duration = Duration::from_secs(3600);

pub(super) fn check(paths: &Paths) -> Check {
    const ID: &str = "leftovers";
    let mut files = Vec::new();
    walk(&paths.state_dir(), 3, &mut files);
    walk(&paths.config_dir().join("locks"), 0, &mut files);
    if let Ok(place) = resolve(&paths.config_file()) {
        for folder in [&place.link_folder, &place.folder] {
            walk(folder, 0, &mut files);
        }
    }
    files.retain(|path| is_one(path));
    files.sort();
    files.dedup();
    if files.is_empty() {
        return Check::holds(Room::Files, ID, "No temporary file was left behind.");
    }
    let names: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    let why = "A program was ended in the middle of a write; what it left may hold a token.";
    let fix = format!("Remove them: rm {}.", names.join(" "));
    let detail = format!(
        "{} left behind.",
        count(files.len(), "temporary file was", "temporary files were")
    );
    let repair = Repair::RemoveLeftovers { paths: files };
    Check::fails(Room::Files, ID, detail, Advice::configuration(why, fix)).with_repair(Some(repair))
}

/// A temporary file of ours that nobody is still writing.
pub(super) fn is_one(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_ours = is_temporary(&name) || is_unfinished(&name) || new_file::is_temporary(&name);
    let age = || {
        let metadata = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?;
        metadata.modified().ok()?.elapsed().ok()
    };
    is_ours && age().is_some_and(|age| age > STRAY)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn only_old_files_with_our_names_are_leftovers() {
        let root = tempfile::tempdir().unwrap();
        let old = SystemTime::now() - Duration::from_secs(7200);
        for (name, age, expected) in [
            (".config.json.a1b2c3.tmp", true, true),
            (".tmpAbC123", true, true),
            (".config.json.a1b2c3.tmp", false, false),
            (".tmpAbC123", false, false),
            (".tmp", true, false),
            (".tmp-of-others", true, false),
            ("config.json", true, false),
        ] {
            let path = root.path().join(name);
            let file = fs::File::create(&path).unwrap();
            if age {
                file.set_modified(old).unwrap();
            }
            assert_eq!(is_one(&path), expected, "{name} {age}");
        }
        let folder = root.path().join(".tmpFolder");
        fs::create_dir(&folder).unwrap();
        assert!(!is_one(&folder));
    }
}
