//! The workspace's programs, for tests in crates that do not build them.

use std::collections::HashMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// The program and the package that builds it.
const PROGRAMS: [(&str, &str); 3] = [
    ("flowstate-auth-server", "auth-server"),
    ("flowstate-auth", "cli"),
    ("flowstate-tray", "flowstate-accounts"),
];

/// What this process has built already.
static BUILT: Mutex<Option<HashMap<String, PathBuf>>> = Mutex::new(None);

/// The path of a program: `$FLOWSTATE_BIN_DIR/name` if that is set, else it is built, once a process.
///
/// # Errors
/// If the workspace has no such program, it is not in that folder, or it does not build.
pub fn binary(name: &str) -> Result<PathBuf> {
    let package = PROGRAMS
        .iter()
        .find(|(program, _)| *program == name)
        .map(|(_, package)| package);
    let package = package.with_context(|| format!("the workspace has no program {name}"))?;
    if let Some(folder) = env::var_os("FLOWSTATE_BIN_DIR") {
        let path = Path::new(&folder).join(name);
        ensure!(
            path.is_file(),
            "{} is missing: build it first, or unset FLOWSTATE_BIN_DIR",
            path.display()
        );
        return Ok(path);
    }
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let built = built.get_or_insert_default();
    if let Some(path) = built.get(name) {
        return Ok(path.clone());
    }
    let path = build(package, name)?;
    built.insert(name.to_owned(), path.clone());
    Ok(path)
}

fn build(package: &str, name: &str) -> Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args([
        "build",
        "-q",
        "-p",
        package,
        "--bin",
        name,
        "--message-format=json-render-diagnostics",
    ]);
    let output = command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        bail!("{name} does not build:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    let messages = String::from_utf8(output.stdout)?;
    let executables = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let path = executables
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back();
    path.with_context(|| format!("cargo does not say where {name} is"))
}
