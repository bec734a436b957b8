use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::belongs_to_us;

/// The processes of this person that run a program of that name and have these variables in their environment; `None` where they
/// cannot be listed.
pub(crate) fn programs(name: &str, variables: &[(&str, Option<OsString>)]) -> Option<Vec<u32>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").ok()?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if entry.metadata().is_ok_and(|metadata| belongs_to_us(&metadata)) && runs(&entry.path(), name, variables) {
            found.push(pid);
        }
    }
    found.sort_unstable();
    Some(found)
}

/// One that ends meanwhile does not.
fn runs(process: &Path, name: &str, variables: &[(&str, Option<OsString>)]) -> bool {
    let Ok(program) = fs::read_link(process.join("exe")) else {
        return false;
    };
    // A program that was replaced by an update runs on.
    let file = program.file_name().unwrap_or_default().to_string_lossy();
    if file.trim_end_matches(" (deleted)") != name {
        return false;
    }
    let environment = fs::read(process.join("environ")).unwrap_or_default();
    let value = |name: &str| {
        let mut all = environment.split(|byte| *byte == 0);
        all.find_map(|variable| variable.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
            .filter(|value| !value.is_empty())
    };
    variables
        .iter()
        .all(|(name, wanted)| value(name).map(OsStr::from_bytes) == wanted.as_deref())
}
