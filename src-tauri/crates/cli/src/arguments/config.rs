use std::convert::Infallible;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use machine::Which;

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// List the copies that were kept of the shared file, newest first.
    List,
    /// Show what changed in the shared file since a copy was kept; what is secret is masked.
    Diff {
        #[command(flatten)]
        meant: MeantCopy,
    },
    /// Put a copy back, and keep what is there now. Sessions stay as they are.
    ///
    /// At a terminal it shows what would change and asks. Undoing once more brings back what was undone. A file that does not parse
    /// is kept beside as config.json.broken-TIME.
    Undo {
        #[command(flatten)]
        meant: MeantCopy,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

/// Which copy a command means.
#[derive(Debug, Args)]
pub(crate) struct MeantCopy {
    /// A copy's number in the list (1 is the newest) or any file; where it is left out, the newest copy that differs in anything but
    /// sessions.
    #[arg(long = "backup", value_name = "N|FILE", value_parser = copy)]
    backup: Option<Which>,
}

impl MeantCopy {
    pub(crate) fn which(&self) -> Which {
        self.backup.clone().unwrap_or(Which::Differing)
    }
}

fn copy(text: &str) -> Result<Which, Infallible> {
    let file = || Which::File(PathBuf::from(text));
    Ok(text.parse().map_or_else(|_| file(), Which::Number))
}
