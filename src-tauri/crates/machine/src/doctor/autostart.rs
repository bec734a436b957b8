//! The entry that starts the app at sign-in, where the desktop has such entries as files.

use std::fs;
use std::path::{Path, PathBuf};

use super::check::{Advice, Check, Room};
use super::repair::Repair;
use super::surroundings::Surroundings;

const PROGRAM: &str = "flowstate-tray";

pub(super) fn check(surroundings: &Surroundings) -> Option<Check> {
    const ID: &str = "autostart";
    let folder = surroundings.autostart_dir.as_ref()?;
    let Some((entry, program)) = entries(folder).next() else {
        return Some(Check::holds(Room::Desktop, ID, "The app does not start by itself."));
    };
    if is_there(&program, surroundings) {
        let detail = format!("{} starts {}.", entry.display(), program.display());
        return Some(Check::holds(Room::Desktop, ID, detail));
    }
    let detail = format!("{} names {}, which is not there.", entry.display(), program.display());
    let why = "The app does not start with the desktop, so nothing is refreshed until a tool asks.";
    let repair = surroundings.tray_program.clone().map(|program| Repair::Autostart {
        entry: entry.clone(),
        program,
    });
    let fix = match &surroundings.tray_program {
        Some(program) => format!("Let the entry name {}.", program.display()),
        None => format!("Install the app again, or delete {}.", entry.display()),
    };
    Some(Check::fails(Room::Desktop, ID, detail, Advice::other(why, fix)).with_repair(repair))
}

/// The entries that start our app, whatever they are called.
fn entries(folder: &Path) -> impl Iterator<Item = (PathBuf, PathBuf)> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "desktop") && path.is_file())
        .collect();
    files.sort();
    files.into_iter().filter_map(|file| {
        let text = fs::read_to_string(&file).ok()?;
        let program = text.lines().find_map(program)?.0;
        let program = PathBuf::from(program);
        (program.file_name().is_some_and(|name| name == PROGRAM)).then_some((file, program))
    })
}

/// The program of an `Exec` line, and what follows it.
fn program(line: &str) -> Option<(&str, &str)> {
    let command = line.strip_prefix("Exec=")?.trim_start();
    match command.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"'),
        None => Some(
            command
                .split_once(' ')
                .map_or((command, ""), |(program, _)| (program, &command[program.len()..])),
        ),
    }
}

/// The text with that program in place of the one that is not there; everything else stays.
pub(super) fn with_program(text: &str, new: &Path) -> String {
    let lines = text.split_inclusive('\n').map(|line| {
        let bare = line.trim_end_matches(['\r', '\n']);
        match program(bare) {
            Some((old, rest)) if Path::new(old).file_name().is_some_and(|name| name == PROGRAM) => {
                format!("Exec=\"{}\"{rest}{}", new.display(), &line[bare.len()..])
            }
            _ => line.to_owned(),
        }
    });
    lines.collect()
}

fn is_there(program: &Path, surroundings: &Surroundings) -> bool {
    program.is_file() || (program.components().count() == 1 && surroundings.find(program).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "[Desktop Entry]\nType=Application\nExec=/gone/flowstate-tray --hidden\nName=FlowState\n";

    fn world(entry: &str) -> (tempfile::TempDir, Surroundings) {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("flowstate-accounts.desktop"), entry).unwrap();
        fs::write(root.path().join("other.desktop"), "[Desktop Entry]\nExec=/gone/other\n").unwrap();
        let surroundings = Surroundings {
            autostart_dir: Some(root.path().to_owned()),
            ..Surroundings::of(&[])
        };
        (root, surroundings)
    }

    #[test]
    fn a_dead_entry_is_found_and_mended_where_the_program_is_known() {
        let (root, mut surroundings) = world(ENTRY);
        let check = check(&surroundings).unwrap();
        assert!(
            !check.ok && !check.can_be_repaired() && check.detail.contains("/gone/flowstate-tray"),
            "{check:?}"
        );
        let program = root.path().join("flowstate-tray");
        fs::write(&program, "").unwrap();
        surroundings.tray_program = Some(program.clone());
        let check = super::check(&surroundings).unwrap();
        check.repair.unwrap().perform().unwrap();
        let text = fs::read_to_string(root.path().join("flowstate-accounts.desktop")).unwrap();
        assert_eq!(
            text,
            ENTRY.replace("/gone/flowstate-tray", &format!("\"{}\"", program.display()))
        );
        assert!(super::check(&surroundings).unwrap().ok);
    }

    #[test]
    fn no_entry_and_a_good_one_hold() {
        let (root, surroundings) = world("[Desktop Entry]\nExec=/bin/true\n");
        assert!(
            check(&surroundings)
                .unwrap()
                .detail
                .contains("does not start by itself")
        );
        let program = root.path().join("a b").join("flowstate-tray");
        fs::create_dir(program.parent().unwrap()).unwrap();
        fs::write(&program, "").unwrap();
        fs::write(
            root.path().join("z.desktop"),
            format!("Exec=\"{}\" --hidden\n", program.display()),
        )
        .unwrap();
        assert!(check(&surroundings).unwrap().ok);
    }
}
