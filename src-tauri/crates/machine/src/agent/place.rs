use std::ffi::OsString;
use std::path::{Path, PathBuf, absolute};

use crate::{Paths, platform};

/// Where the agent listens, and for which config folder it is meant to speak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentPlace {
    socket: PathBuf,
    lock: PathBuf,
    config: PathBuf,
}

impl AgentPlace {
    /// Looks at `FLOWSTATE_AGENT_SOCK` and `XDG_RUNTIME_DIR`, once.
    pub fn from_env(paths: &Paths) -> Self {
        let runtime_dir = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        Self::new(paths, std::env::var_os("FLOWSTATE_AGENT_SOCK"), runtime_dir)
    }

    /// The same from given values. An empty `named` counts as none, a `runtime_dir` that is not there too.
    pub fn new(paths: &Paths, named: Option<OsString>, runtime_dir: Option<PathBuf>) -> Self {
        let named = named.filter(|name| !name.is_empty()).map(PathBuf::from);
        let socket = match named {
            // Where the current folder is gone, nobody finds a relative one anyway.
            Some(named) => absolute(&named).unwrap_or(named),
            None => platform::socket_place(paths, runtime_dir),
        };
        Self {
            lock: platform::agent_lock(paths, &socket),
            socket,
            config: paths.config_dir_resolved(),
        }
    }

    /// The socket, or the named pipe.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The permanent file that is locked while an agent lives.
    pub fn lock_file(&self) -> &Path {
        &self.lock
    }

    /// The config folder without links, as requests carry it; `None` for one whose name is no text.
    pub(super) fn config(&self) -> Option<&str> {
        self.config.to_str()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn place(root: &Path, named: Option<&str>, runtime_dir: Option<&Path>) -> AgentPlace {
        let paths = Paths::new(Some(root.join("config").into()), None, None).unwrap();
        AgentPlace::new(&paths, named.map(OsString::from), runtime_dir.map(Path::to_owned))
    }

    #[test]
    fn the_variable_comes_first_then_the_login_then_the_config_folder() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let run = root.join("run");
        std::fs::create_dir(&run).unwrap();
        let socket =
            |named: Option<&str>, runtime_dir: Option<&Path>| place(&root, named, runtime_dir).socket().to_owned();
        assert_eq!(socket(Some("/x/a.sock"), Some(&run)), Path::new("/x/a.sock"));
        assert!(socket(Some("a.sock"), Some(&run)).is_absolute());
        assert_eq!(socket(None, Some(&run)), run.join("flowstate/agent.sock"));
        assert_eq!(socket(Some(""), Some(&run)), run.join("flowstate/agent.sock"));
        for none in [None, Some(root.join("gone")), Some(PathBuf::from("run"))] {
            assert_eq!(socket(None, none.as_deref()), root.join("config/agent.sock"));
        }
        let place = place(&root, None, Some(&run));
        assert_eq!(place.lock_file(), run.join("flowstate/agent.sock.lock"));
        assert_eq!(place.config(), root.join("config").to_str());
    }

    #[test]
    fn two_ways_to_one_config_folder_are_one() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("real")).unwrap();
        std::os::unix::fs::symlink("real", root.join("config")).unwrap();
        let linked = place(&root, None, None);
        assert_eq!(linked.config(), root.join("real").to_str());
        assert_eq!(linked.socket(), root.join("real/agent.sock"));
    }
}
