//! A report that can be attached to a bug.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use auth_core::ServerId;
use serde_json::{Map, Value, json};

use super::masked::{CONFIG, Hidden, SETTINGS};
use super::{Check, Doctor, Surroundings};
use crate::{SettingsFile, TimelineFiles, platform};

/// Events of each profile.
const EVENTS: usize = 50;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    #[error("{} is there already and is not overwritten; name another file", .path.display())]
    Exists { path: PathBuf },
    #[error("the report could not be written to {}: {source}; see what lies there and who may write it", .path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl Doctor {
    /// Writes what was found, with both files and the timelines, into a new file for this person alone. No secret is in it, no
    /// e-mail address and no name of a user. Blocks.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn bundle(&self, checks: &[Check], path: &Path) -> Result<(), BundleError> {
        let text = format!("{:#}\n", self.report(checks));
        let mut options = fs::File::options();
        let opened = platform::private(options.write(true).create_new(true)).open(path);
        let written = opened.and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        let path = path.to_owned();
        written.map_err(|source| match source.kind() {
            ErrorKind::AlreadyExists => BundleError::Exists { path },
            _ => BundleError::Io { path, source },
        })
    }

    fn report(&self, checks: &[Check]) -> Value {
        let mut hidden = Hidden::default();
        let config = self.raw_config();
        let settings = SettingsFile::new(&self.paths).read_blocking().ok();
        let settings = settings.and_then(|settings| serde_json::to_value(&*settings).ok());
        let timelines = self.timelines(&[
            Some(&config["servers"]),
            settings.as_ref().map(|settings| &settings["sessions"]),
        ]);
        let report = json!({
            "program": concat!("flowstate-accounts ", env!("CARGO_PKG_VERSION")),
            "madeAt": self.clock.now(),
            "system": system(&self.surroundings),
            "environment": self.surroundings.names().collect::<Vec<_>>(),
            "checks": checks.iter().map(Check::to_json).collect::<Vec<_>>(),
            "config": hidden.mask(&config, &CONFIG),
            "settings": settings.map(|settings| hidden.mask(&settings, &SETTINGS)),
            "timelines": timelines,
        });
        hidden.scrub(&report, self.surroundings.home.as_deref())
    }

    /// The shared file as it is, foreign keys included; `null` where it cannot be read.
    fn raw_config(&self) -> Value {
        let text = fs::read_to_string(self.paths.config_file()).unwrap_or_default();
        serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap_or_default()
    }

    /// The newest events of every server that one of these maps knows. By contract they hold nothing of a person.
    fn timelines(&self, maps: &[Option<&Value>]) -> Map<String, Value> {
        let ids = maps.iter().flatten().filter_map(|map| map.as_object());
        let ids: BTreeSet<&String> = ids.flat_map(Map::keys).collect();
        let files = TimelineFiles::new(&self.paths);
        let events = |id: &&String| -> Value {
            let entries = files.read_blocking(&ServerId::existing(id));
            let newest = entries.iter().skip(entries.len().saturating_sub(EVENTS));
            newest.filter_map(|entry| serde_json::to_value(entry).ok()).collect()
        };
        ids.iter().map(|id| ((*id).clone(), events(id))).collect()
    }
}

fn system(surroundings: &Surroundings) -> Value {
    // Files of Linux; elsewhere the kind of system says enough.
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let release = read("/etc/os-release");
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .unwrap_or_default();
    json!({
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
        "name": name.trim_matches('"'),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "desktop": surroundings.value("XDG_CURRENT_DESKTOP"),
        "session": surroundings.value("XDG_SESSION_TYPE"),
    })
}
