use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// Mend what can be mended without losing anything, and look again.
    #[arg(long)]
    pub fix: bool,
    /// Write a report for a bug into a new file: without secrets, e-mail addresses and names of users.
    #[arg(long, value_name = "FILE")]
    pub bundle: Option<PathBuf>,
}
