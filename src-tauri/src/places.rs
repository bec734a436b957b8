//! What this app does in the places of the desktop: it opens folders, writes an export, starts with the session.

use std::fs::OpenOptions;
use std::io::{self, Write};
#[cfg(target_os = "linux")]
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
#[cfg(target_os = "linux")]
use std::{process::Stdio, sync::mpsc, thread, time::Duration};

use accounts::Problem;
use machine::Paths;
use serde::Deserialize;
use tauri::{AppHandle, Manager};
use tauri_plugin_autostart::ManagerExt;

/// More exports of one name than anybody keeps.
const MOST_EXPORTS: usize = 1000;

/// What a launcher of the desktop takes to find that nothing opens a file.
#[cfg(target_os = "linux")]
const HANDED_OVER: Duration = Duration::from_secs(2);

/// What the page may have opened. It names no path of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    ConfigFolder,
    /// In the editor of the desktop.
    ConfigFile,
    DataFolder,
    Downloads,
}

/// Opens a place as the desktop does.
pub async fn open(app: &AppHandle, paths: &Paths, place: Place) -> Result<(), Problem> {
    let path = match place {
        Place::ConfigFolder => paths.config_dir().to_owned(),
        Place::ConfigFile => paths.config_file(),
        Place::DataFolder => paths.state_dir(),
        Place::Downloads => downloads(app),
    };
    let shown = path.display().to_string();
    if !path.exists() {
        let message = format!("{shown} is not there yet; it is made when something is kept in it.");
        return Err(problem("not_there", message));
    }
    match tauri::async_runtime::spawn_blocking(move || hand_over(&path)).await {
        Ok(Ok(())) => Ok(()),
        failed => {
            tracing::warn!(?failed, "a folder was not opened");
            let message = format!("Nothing on this desktop opened {shown}; open it yourself.");
            Err(problem("not_opened", message))
        }
    }
}

/// Has the first of the desktop's launchers that can open `path`. One that is still at it after `HANDED_OVER` has the person's
/// program in it, and ends with that.
#[cfg(target_os = "linux")]
fn hand_over(path: &Path) -> io::Result<()> {
    let mut why_not = io::Error::from(io::ErrorKind::NotFound);
    for mut launcher in open::commands(path) {
        launcher
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        for name in crate::window::added_to_environment() {
            launcher.env_remove(name);
        }
        // A group of its own: what ends this app at a terminal is not meant for what the person works with.
        let mut child = match launcher.process_group(0).spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let (ended, waited) = mpsc::channel();
        thread::spawn(move || ended.send(child.wait()));
        match waited.recv_timeout(HANDED_OVER) {
            Ok(Ok(status)) if !status.success() => why_not = io::Error::other(format!("{launcher:?}: {status}")),
            _ => return Ok(()),
        }
    }
    Err(why_not)
}

#[cfg(not(target_os = "linux"))]
fn hand_over(path: &Path) -> io::Result<()> {
    open::that_detached(path)
}

/// Writes an export where downloads go, beside older ones. Gives its path.
pub async fn export(app: &AppHandle, text: String) -> Result<String, Problem> {
    let folder = downloads(app);
    let shown = folder.display().to_string();
    let written = tauri::async_runtime::spawn_blocking(move || write_new(&folder, &text)).await;
    match written {
        Ok(Ok(path)) => Ok(path.display().to_string()),
        failed => {
            tracing::warn!(?failed, "an export was not written");
            let message = format!("Nothing could be written to {shown}; see whether the folder is there and has room.");
            Err(problem("not_written", message))
        }
    }
}

fn downloads(app: &AppHandle) -> PathBuf {
    let known = app.path().download_dir().ok().filter(|folder| folder.is_dir());
    known
        .or_else(|| app.path().home_dir().ok())
        .unwrap_or_else(std::env::temp_dir)
}

/// Nothing that is there is written over.
fn write_new(folder: &Path, text: &str) -> io::Result<PathBuf> {
    for number in 1..MOST_EXPORTS {
        let name = match number {
            1 => "flowstate-servers.json".to_owned(),
            number => format!("flowstate-servers-{number}.json"),
        };
        let path = folder.join(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => return file.write_all(text.as_bytes()).map(|()| path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Whether this app starts with the person's session.
pub async fn autostart(app: &AppHandle) -> Result<bool, Problem> {
    let handle = app.clone();
    let looked = tauri::async_runtime::spawn_blocking(move || handle.autolaunch().is_enabled()).await;
    match looked {
        Ok(Ok(on)) => Ok(on),
        failed => {
            tracing::warn!(?failed, "autostart could not be looked at");
            let message = "Whether the app starts by itself could not be seen; see the list of your desktop's autostart programs.";
            Err(problem("autostart", message))
        }
    }
}

/// Has the app start with the session, or no more.
pub async fn set_autostart(app: &AppHandle, on: bool) -> Result<(), Problem> {
    let handle = app.clone();
    let work = move || match on {
        true => handle.autolaunch().enable(),
        false => handle.autolaunch().disable(),
    };
    match tauri::async_runtime::spawn_blocking(work).await {
        Ok(Ok(())) => Ok(()),
        failed => {
            tracing::warn!(?failed, "autostart was not changed");
            let message = "The list of autostart programs could not be changed; see who may write to its folder.";
            Err(problem("autostart", message))
        }
    }
}

pub fn problem(code: &'static str, message: impl Into<String>) -> Problem {
    Problem {
        code,
        message: message.into(),
        field: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_is_written_beside_older_ones() {
        let folder = std::env::temp_dir().join(format!("flowstate-export-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let names: Vec<PathBuf> = (0..2).map(|_| write_new(&folder, "x").unwrap()).collect();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(
            names,
            [
                folder.join("flowstate-servers.json"),
                folder.join("flowstate-servers-2.json")
            ]
        );
    }
}
