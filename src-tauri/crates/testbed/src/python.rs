//! Python with the programs of `python/requirements.txt`, as `make python` puts it into the target folder.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

/// The interpreter: `$FLOWSTATE_PYTHON`, which must be there, else the target folder's, if that is there. A test that gets none
/// says so and is done; `make test` sets the variable, so that there nothing is left out.
///
/// # Errors
/// If the variable names nothing.
pub fn python() -> Result<Option<PathBuf>> {
    if let Some(path) = env::var_os("FLOWSTATE_PYTHON").map(PathBuf::from) {
        ensure!(
            path.is_file(),
            "{} is missing: run make python, or unset FLOWSTATE_PYTHON",
            path.display()
        );
        return Ok(Some(path));
    }
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../target"),
        PathBuf::from,
    );
    let path = target.join("python/bin/python");
    Ok(path.is_file().then_some(path))
}

/// One of our programs in Python.
pub(crate) fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(name)
}
