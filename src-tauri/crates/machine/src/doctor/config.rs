//! The shared file: whether it can be read, written and gone back from, and what is odd in it.

use std::fs;
use std::io;
use std::path::Path;

use accounts::ports::{ConfigError, UnixMillis};
use auth_core::config::{ConfigDocument, Oddity};

use super::check::{Advice, Check, Room, count};
use super::repair::Repair;
use crate::shared_config::{Place, resolve, temporary};
use crate::{Paths, SharedConfigFile, platform};

pub(super) fn checks(paths: &Paths, read: &Result<ConfigDocument, ConfigError>, now: UnixMillis) -> Vec<Check> {
    let mut checks = vec![parses(paths, read)];
    if let Ok(document) = read {
        checks.extend([ids(paths, document), oddities(document)]);
    }
    checks.extend([backups(paths, now), writable(paths)]);
    checks
}

fn holds(id: &str, detail: impl Into<String>) -> Check {
    Check::holds(Room::Files, id, detail)
}

fn fails(id: &str, detail: impl Into<String>, advice: Advice) -> Check {
    Check::fails(Room::Files, id, detail, advice)
}

fn parses(paths: &Paths, read: &Result<ConfigDocument, ConfigError>) -> Check {
    const ID: &str = "config_parses";
    let shown = paths.config_file_shown();
    match read {
        Ok(document) => {
            let there = if paths.config_file().exists() {
                let (servers, version) = (document.config().servers.len(), &document.config().version);
                format!("{}, version {version:?}", count(servers, "server", "servers"))
            } else {
                "there is no file yet; it is made with the first server".to_owned()
            };
            holds(ID, format!("{}: {there}.", shown.display()))
        }
        Err(error) => {
            let fix = match error {
                ConfigError::Broken { backup: Some(copy), .. } => {
                    format!(
                        "Mend it, or put back the last good copy ({}): flowstate-auth config undo.",
                        copy.display()
                    )
                }
                ConfigError::Broken { .. } => "Mend it by hand at that place; there is no copy of it.".to_owned(),
                ConfigError::TooBig { .. } => "See what grew in it, or go back: flowstate-auth config undo.".to_owned(),
                _ => "See what lies there and who may use it.".to_owned(),
            };
            let why = "No tool finds its server or its token, and nothing is written while the file cannot be read.";
            // What to do is said beside it.
            let text = error.to_string();
            let found = text.split(". It is left as it is").next().unwrap_or(&text).to_owned();
            fails(ID, format!("{found}."), Advice::configuration(why, fix))
        }
    }
}

fn ids(paths: &Paths, document: &ConfigDocument) -> Check {
    const ID: &str = "config_ids";
    let differing = |oddity: &Oddity| match oddity {
        Oddity::IdDiffers { key, id } => Some(format!("{key} calls itself {id}")),
        _ => None,
    };
    let differing: Vec<String> = document.oddities().iter().filter_map(differing).collect();
    if differing.is_empty() {
        return holds(ID, "Each server calls itself by its key.");
    }
    let why = "The key counts; a tool that looks at the id means another server, or none.";
    let advice = Advice::configuration(why, "Set each id to its key.");
    let config_dir = paths.config_dir().to_owned();
    fails(ID, format!("{}.", differing.join(", ")), advice).with_repair(Some(Repair::CorrectIds { config_dir }))
}

fn oddities(document: &ConfigDocument) -> Check {
    const ID: &str = "config_oddities";
    let others = document
        .oddities()
        .iter()
        .filter(|oddity| !matches!(oddity, Oddity::IdDiffers { .. }));
    let others: Vec<String> = others.map(ToString::to_string).collect();
    if others.is_empty() {
        return holds(ID, "Nothing is passed over.");
    }
    let why = "What is passed over does nothing, although somebody wrote it there.";
    let fix = "Correct it in the file, or choose the default server anew: flowstate-auth server use ID.";
    fails(ID, format!("{}.", others.join("; ")), Advice::configuration(why, fix))
}

fn backups(paths: &Paths, now: UnixMillis) -> Check {
    const ID: &str = "config_backups";
    let why = "Without a copy nothing can be undone, and a damaged file cannot be put back.";
    let copies = match SharedConfigFile::new(paths.config_dir()).backups() {
        Ok(copies) => copies,
        Err(error) => {
            let fix = "See who may read the folder.";
            return fails(ID, format!("{error}."), Advice::configuration(why, fix));
        }
    };
    let unreadable: Vec<String> = copies
        .iter()
        .filter(|copy| copy.servers.is_none())
        .map(|copy| copy.path.display().to_string())
        .collect();
    if !unreadable.is_empty() {
        let fix = "Delete what cannot be read; another copy is kept before the next change.";
        let detail = format!("These copies cannot be read: {}.", unreadable.join(", "));
        return fails(ID, detail, Advice::configuration(why, fix));
    }
    match copies.first() {
        Some(newest) => {
            let hours = now.saturating_sub(newest.made_at) / 3_600_000;
            holds(
                ID,
                format!("{}, the newest {hours} h old.", count(copies.len(), "copy", "copies")),
            )
        }
        None => holds(ID, "None yet; one is kept before the next change."),
    }
}

fn writable(paths: &Paths) -> Check {
    const ID: &str = "config_writable";
    match try_to_write(&paths.config_file()) {
        Ok(()) => holds(ID, "The file can be replaced."),
        Err(error) => {
            let why = "A refreshed token does not reach the tools that read this file, and no server can be changed.";
            let fix = match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "Free some space.".to_owned(),
                _ => format!(
                    "Make the file and its folder yours to write (chmod u+w {} {}).",
                    paths.config_dir().display(),
                    paths.config_file().display()
                ),
            };
            let file = paths.config_file_shown();
            fails(
                ID,
                format!("{} cannot be replaced: {error}.", file.display()),
                Advice::configuration(why, fix),
            )
        }
    }
}

/// Does what a change would do, and takes it back. Makes no folder.
fn try_to_write(path: &Path) -> io::Result<()> {
    let Place {
        folder,
        file,
        link_folder,
    } = resolve(path)?;
    let read_only = |path: &Path| fs::metadata(path).is_ok_and(|metadata| platform::is_read_only(&metadata));
    for place in [&link_folder, &folder] {
        // What is missing will be made in the nearest folder that is there.
        let there = place.ancestors().find(|place| place.is_dir()).unwrap_or(place);
        if read_only(there) || read_only(&file) {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "it is marked as read-only",
            ));
        }
        temporary(there, "{}\n", true)?;
    }
    Ok(())
}
