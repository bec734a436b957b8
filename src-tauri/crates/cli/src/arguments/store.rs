//! Where sessions are kept.

use accounts::StoreKind;
use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Say which store is in use, where it lies and how many sessions it holds.
    Show,
    /// Move all sessions to another store, and use that one from now on.
    Use(StoreUseArguments),
}

#[derive(Debug, Args)]
pub(crate) struct StoreUseArguments {
    pub kind: Kind,
    /// Leave behind what is in the store that was used so far, for one that does not open any more. Sign in again afterwards.
    #[arg(long)]
    pub without_moving: bool,
}

/// A store, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Kind {
    /// The keychain of this computer.
    Keychain,
    /// A file that a passphrase opens.
    EncryptedFile,
    /// A file with which whoever can read it can use your sessions.
    Plaintext,
}

impl From<Kind> for StoreKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Keychain => Self::Keychain,
            Kind::EncryptedFile => Self::EncryptedFile,
            Kind::Plaintext => Self::Plaintext,
        }
    }
}
