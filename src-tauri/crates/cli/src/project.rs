//! The project one stands in: `.flowstate/config.json` of the current folder or one above it.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::CliError;

/// A project's file holds a few names; more than this is something else.
const LIMIT: u64 = 1 << 20;

/// What the nearest project file that names a server says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Project {
    pub server: String,
    pub path: PathBuf,
}

/// Looks from `folder` upwards, and no further than below `home`, whose own file is the shared one.
///
/// A file that is there and cannot be read is an error: passing it over would mean another server than the project does.
pub(crate) fn nearest(folder: &Path, home: Option<&Path>, shared: &Path) -> Result<Option<Project>, CliError> {
    for folder in folder.ancestors() {
        if home.is_some_and(|home| same(folder, home)) {
            break;
        }
        let path = folder.join(".flowstate").join("config.json");
        if same(&path, shared) {
            continue;
        }
        let server = read(&path).map_err(|what| CliError::Project {
            path: path.clone(),
            what: what.to_string(),
        })?;
        if let Some(server) = server {
            return Ok(Some(Project { server, path }));
        }
    }
    Ok(None)
}

fn same(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

fn read(path: &Path) -> std::io::Result<Option<String>> {
    let kind = match path.metadata() {
        Ok(metadata) => metadata.file_type(),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(error),
    };
    // Opening a pipe would wait for its other end.
    if !kind.is_file() {
        return Err(std::io::Error::new(ErrorKind::InvalidInput, "it is not a file"));
    }
    let mut text = String::new();
    File::open(path)?.take(LIMIT).read_to_string(&mut text)?;
    let Value::Object(mut root) = serde_json::from_str(text.trim_start_matches('\u{feff}'))? else {
        return Err(std::io::Error::new(ErrorKind::InvalidData, "it holds no JSON object"));
    };
    Ok(match root.remove("activeServerId") {
        Some(Value::String(id)) if !id.is_empty() => Some(id),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn project(folder: &Path, text: &str) {
        fs::create_dir_all(folder.join(".flowstate")).unwrap();
        fs::write(folder.join(".flowstate/config.json"), text).unwrap();
    }

    fn found(folder: &Path, home: &Path) -> Option<String> {
        let shared = home.join(".flowstate/config.json");
        nearest(folder, Some(home), &shared).unwrap().map(|found| found.server)
    }

    #[test]
    fn the_nearest_file_with_the_key_counts() {
        let home = tempfile::tempdir().unwrap();
        let (outer, inner) = (home.path().join("work"), home.path().join("work/app/src"));
        fs::create_dir_all(&inner).unwrap();
        assert_eq!(found(&inner, home.path()), None);
        project(&outer, r#"{"activeServerId":"outer"}"#);
        project(&outer.join("app"), r#"{"projectName":"app"}"#);
        assert_eq!(found(&inner, home.path()).as_deref(), Some("outer"));
        project(&outer.join("app"), r#"{"activeServerId":"app"}"#);
        assert_eq!(found(&inner, home.path()).as_deref(), Some("app"));
        assert_eq!(found(&outer, home.path()).as_deref(), Some("outer"));
    }

    #[test]
    fn nothing_at_or_above_home_is_a_project() {
        let root = tempfile::tempdir().unwrap();
        let home = root.path().join("ada");
        let work = home.join("work");
        fs::create_dir_all(&work).unwrap();
        project(root.path(), r#"{"activeServerId":"foreign"}"#);
        project(&home, r#"{"activeServerId":"home"}"#);
        assert_eq!(found(&work, &home), None);
    }

    #[test]
    fn the_shared_file_is_no_project_wherever_it_lies() {
        let root = tempfile::tempdir().unwrap();
        project(root.path(), r#"{"activeServerId":"shared"}"#);
        let shared = root.path().join(".flowstate/config.json");
        assert_eq!(nearest(root.path(), None, &shared).unwrap(), None);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_passed_over() {
        let root = tempfile::tempdir().unwrap();
        for text in ["", "[]", "{\"activeServerId\":", "7"] {
            project(root.path(), text);
            let error = nearest(root.path(), None, Path::new("/nowhere")).unwrap_err();
            assert!(matches!(error, CliError::Project { .. }), "{text}: {error}");
        }
    }
}
