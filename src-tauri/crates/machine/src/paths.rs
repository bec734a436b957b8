use std::ffi::OsString;
use std::path::{Path, PathBuf, absolute};

use uuid::Uuid;

/// Where everything of ours lies on this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    config_dir: PathBuf,
    data_dir: PathBuf,
    scope: Option<PathBuf>,
}

/// Why there is no place for the files.
#[derive(Debug, thiserror::Error)]
pub enum PathsError {
    #[error(
        "this account has no home folder; set HOME, or FLOWSTATE_CONFIG_DIR to the folder that is to hold config.json"
    )]
    NoHome,
    #[error("FLOWSTATE_CONFIG_DIR is relative and the current folder is gone; set it to a full path")]
    NoCurrentDir {
        #[source]
        source: std::io::Error,
    },
}

impl Paths {
    /// Looks at `FLOWSTATE_CONFIG_DIR`, the home folder and the platform's data folder, once.
    ///
    /// # Errors
    /// [`PathsError`].
    pub fn from_env() -> Result<Self, PathsError> {
        let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
        let data = directories::ProjectDirs::from("io", "FlowState", "flowstate-accounts");
        Self::new(
            std::env::var_os("FLOWSTATE_CONFIG_DIR"),
            home,
            data.map(|dirs| dirs.data_local_dir().to_owned()),
        )
    }

    /// The same from given values. An empty `config_dir` counts as none; without a `data_dir` the data lies in the config folder.
    ///
    /// # Errors
    /// [`PathsError`].
    pub fn new(
        config_dir: Option<OsString>,
        home: Option<PathBuf>,
        data_dir: Option<PathBuf>,
    ) -> Result<Self, PathsError> {
        let usual = home.map(|home| home.join(".flowstate"));
        let named = config_dir.filter(|dir| !dir.is_empty());
        let config_dir = match (named, &usual) {
            (Some(dir), _) => absolute(PathBuf::from(dir)).map_err(|source| PathsError::NoCurrentDir { source })?,
            (None, Some(usual)) => usual.clone(),
            (None, None) => return Err(PathsError::NoHome),
        };
        let place = resolved(&config_dir);
        let is_usual = usual.is_some_and(|usual| resolved(&usual) == place);
        Ok(Self {
            data_dir: data_dir.unwrap_or_else(|| config_dir.join("data")),
            scope: (!is_usual).then_some(place),
            config_dir,
        })
    }

    /// The folder of the shared file, as the person named it.
    pub fn config_dir(&self) -> &Path {
        &self.config_dir
    }

    /// The same without links, as far as it exists: one name for everybody who means that folder.
    pub fn config_dir_resolved(&self) -> PathBuf {
        resolved(&self.config_dir)
    }

    /// The shared file, as the person would look for it.
    pub fn config_file(&self) -> PathBuf {
        self.config_dir.join("config.json")
    }

    /// The same as a person would write it: `~/.flowstate/config.json` where it is in its usual place.
    pub fn config_file_shown(&self) -> PathBuf {
        match self.scope {
            None => PathBuf::from("~").join(".flowstate").join("config.json"),
            Some(_) => self.config_file(),
        }
    }

    /// The folder of our own settings and logs. Not made yet.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The folder of what belongs to the sessions of this config folder: settings, timelines, credential files. Not made yet.
    pub fn state_dir(&self) -> PathBuf {
        match &self.scope {
            None => self.data_dir.clone(),
            // A name of its own for each config folder, the same each time.
            Some(scope) => {
                let bytes = scope.as_os_str().as_encoded_bytes();
                let name = Uuid::new_v5(&Uuid::NAMESPACE_OID, bytes);
                self.data_dir.join("folders").join(name.to_string())
            }
        }
    }

    /// `None` for the usual config folder. Another one has sessions of its own: this is what sets them apart in the keychain.
    pub fn scope(&self) -> Option<&Path> {
        self.scope.as_deref()
    }
}

/// The path without links, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    path.canonicalize()
        .unwrap_or_else(|_| match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) => resolved(parent).join(name),
            _ => path.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(config_dir: Option<&Path>, home: Option<&Path>) -> Result<Paths, PathsError> {
        Paths::new(
            config_dir.map(|dir| dir.as_os_str().to_owned()),
            home.map(Path::to_owned),
            None,
        )
    }

    #[test]
    fn the_variable_comes_before_the_home() {
        let home = Path::new("/nowhere/ada");
        assert_eq!(
            paths(None, Some(home)).unwrap().config_file(),
            home.join(".flowstate/config.json")
        );
        let named = paths(Some(Path::new("/nowhere/else")), Some(home)).unwrap();
        assert_eq!(named.config_file(), Path::new("/nowhere/else/config.json"));
        assert_eq!(named.config_file_shown(), named.config_file());
        let usual = paths(None, Some(home)).unwrap();
        assert_eq!(usual.config_file_shown(), Path::new("~/.flowstate/config.json"));
        assert_eq!(
            paths(Some(Path::new("")), Some(home)).unwrap().config_dir(),
            home.join(".flowstate")
        );
        assert!(paths(Some(Path::new("work")), None).unwrap().config_dir().is_absolute());
    }

    #[test]
    fn without_a_home_the_variable_is_needed() {
        assert!(matches!(paths(None, None), Err(PathsError::NoHome)));
        assert!(paths(Some(Path::new("/nowhere")), None).unwrap().scope().is_some());
    }

    #[cfg(unix)]
    #[test]
    fn another_way_to_the_usual_folder_is_no_other_scope() {
        let home = tempfile::tempdir().unwrap();
        let usual = home.path().join(".flowstate");
        let link = home.path().join("link");
        std::os::unix::fs::symlink(&usual, &link).unwrap();
        assert_eq!(paths(None, Some(home.path())).unwrap().scope(), None);
        assert_eq!(paths(Some(&usual), Some(home.path())).unwrap().scope(), None);
        std::fs::create_dir(&usual).unwrap();
        assert_eq!(paths(Some(&link), Some(home.path())).unwrap().scope(), None);
        let other = home.path().join("other");
        assert_eq!(
            paths(Some(&other), Some(home.path())).unwrap().scope(),
            Some(home.path().canonicalize().unwrap().join("other").as_path())
        );
    }
}
