use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::Paths;
use crate::agent::AgentPlace;

/// Variables that decide something for our programs. Of those that are set the names are reported, never what they hold.
const RELEVANT: [&str; 38] = [
    "FLOWSTATE_AGENT_SOCK",
    "FLOWSTATE_API_TOKEN",
    "FLOWSTATE_AUTH_TOKEN",
    "FLOWSTATE_AUTH_URL",
    "FLOWSTATE_CONFIG_DIR",
    "FLOWSTATE_CREDENTIAL_STORE",
    "FLOWSTATE_LOG",
    "FLOWSTATE_MCP_URL",
    "FLOWSTATE_REST_URL",
    "FLOWSTATE_SERVER",
    "FLOWSTATE_STORE_PASSPHRASE_FILE",
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "all_proxy",
    "https_proxy",
    "http_proxy",
    "no_proxy",
    "DBUS_SESSION_BUS_ADDRESS",
    "DBUS_SYSTEM_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XDG_CONFIG_HOME",
    "XDG_CURRENT_DESKTOP",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_SESSION_TYPE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "SSH_CONNECTION",
    "WSL_DISTRO_NAME",
    "FLATPAK_ID",
    "SNAP",
    "APPIMAGE",
    "HOME",
    "LANG",
    "PATH",
];

/// What surrounds this process, as far as a check looks at it.
#[derive(Clone)]
pub struct Surroundings {
    pub(super) agent: Option<AgentPlace>,
    pub(super) home: Option<PathBuf>,
    /// Where the desktop's autostart entries lie; `None` where they are no files.
    pub(super) autostart_dir: Option<PathBuf>,
    /// The tray app that is installed beside this program, or is found by its name.
    pub(super) tray_program: Option<PathBuf>,
    pub(super) variables: BTreeMap<String, OsString>,
}

impl Surroundings {
    /// Looks once.
    pub fn look(paths: &Paths) -> Self {
        let set = |name: &&str| {
            let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
            // That it is set is all that anybody wants to know.
            let value = if name.ends_with("_TOKEN") {
                OsString::new()
            } else {
                value
            };
            Some(((*name).to_owned(), value))
        };
        let mut surroundings = Self {
            agent: Some(AgentPlace::from_env(paths)),
            home: std::env::home_dir(),
            autostart_dir: None,
            tray_program: None,
            variables: RELEVANT.iter().filter_map(set).collect(),
        };
        if cfg!(target_os = "linux") {
            let dirs = directories::BaseDirs::new();
            surroundings.autostart_dir = dirs.map(|dirs| dirs.config_dir().join("autostart"));
        }
        let name = Path::new(if cfg!(windows) {
            "flowstate-tray.exe"
        } else {
            "flowstate-tray"
        });
        let beside = std::env::current_exe()
            .ok()
            .and_then(|program| Some(program.parent()?.join(name)));
        surroundings.tray_program = beside
            .filter(|program| program.is_file())
            .or_else(|| surroundings.find(name));
        surroundings
    }

    /// The value of a relevant variable that is text.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)?
            .to_str()
            .map(str::trim)
            .filter(|value| !value.is_empty())
    }

    /// The variables that decide where things lie, as a running program has them in its environment.
    pub(super) fn places(&self) -> Vec<(&'static str, Option<OsString>)> {
        let names = [
            "FLOWSTATE_CONFIG_DIR",
            "FLOWSTATE_AGENT_SOCK",
            "HOME",
            "XDG_RUNTIME_DIR",
        ];
        names.map(|name| (name, self.variables.get(name).cloned())).into()
    }

    /// The names of those that are set.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// What could show a window, if anything.
    pub(super) fn display(&self) -> Option<String> {
        if !cfg!(target_os = "linux") {
            return Some("this system always has a desktop".to_owned());
        }
        let found = ["WAYLAND_DISPLAY", "DISPLAY"]
            .iter()
            .find_map(|name| Some((name, self.value(name)?)));
        found.map(|(name, value)| format!("{name} is {value}"))
    }

    /// A program by its name.
    pub(super) fn find(&self, program: &Path) -> Option<PathBuf> {
        let path = self.variables.get("PATH")?;
        std::env::split_paths(path)
            .map(|folder| folder.join(program))
            .find(|program| program.is_file())
    }

    #[cfg(test)]
    pub(super) fn of(variables: &[(&str, &str)]) -> Self {
        let set = |(name, value): &(&str, &str)| ((*name).to_owned(), OsString::from(value));
        Self {
            agent: None,
            home: None,
            autostart_dir: None,
            tray_program: None,
            variables: variables.iter().map(set).collect(),
        }
    }
}

impl std::fmt::Debug for Surroundings {
    /// Some of these variables hold secrets: a proxy's password, say.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings")
            .field("set", &self.variables.keys())
            .finish_non_exhaustive()
    }
}
