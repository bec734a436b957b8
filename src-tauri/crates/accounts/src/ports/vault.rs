use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::{Secret, ServerId, ServerUrl};

use crate::StoreKind;

/// Where refresh tokens are kept: one small item a profile.
#[async_trait]
pub trait Vault: Send + Sync {
    /// What is kept for that profile, if anything.
    ///
    /// # Errors
    /// [`VaultError`]; a missing item is `Ok(None)`, not an error.
    async fn read(&self, key: &VaultKey) -> Result<Option<Secret>, VaultError>;

    /// Keeps `secret`, in place of what was there.
    ///
    /// # Errors
    /// [`VaultError`]; after [`VaultError::TimedOut`] it is unknown whether it was kept: read again.
    async fn write(&self, key: &VaultKey, secret: &Secret) -> Result<(), VaultError>;

    /// Forgets the item; that there is none is fine.
    ///
    /// # Errors
    /// [`VaultError`].
    async fn delete(&self, key: &VaultKey) -> Result<(), VaultError>;

    /// Fails where it is known that nothing can be written now: asked before something is spent that only a write could keep.
    ///
    /// # Errors
    /// [`VaultError`].
    async fn check_writable(&self) -> Result<(), VaultError> {
        Ok(())
    }

    /// What kind of store this is, to be shown wherever a session is shown.
    fn kind(&self) -> StoreKind;
}

/// Names an item. Address and domain are part of it: a profile that somebody pointed elsewhere finds no token to send there,
/// and spends none on a reply that would be thrown away.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VaultKey {
    pub server: ServerId,
    pub url: ServerUrl,
    pub domain_id: String,
}

/// Why the store did not do it. No variant carries a byte of a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    #[error("the keychain is locked; unlock it (signing in to the desktop usually does){OTHERWISE}")]
    Locked,
    #[error("no keychain was found on this machine; start one (gnome-keyring or KWallet on Linux){OTHERWISE}")]
    Absent,
    #[error("the keychain did not answer within {} s; look for a prompt that waits for you{OTHERWISE}", .after.as_secs_f64().ceil())]
    TimedOut { after: Duration },
    #[error(
        "the credential store refuses a secret of {length} bytes; tell the people who run the server that its refresh token is too long"
    )]
    TooLong { length: usize },
    #[error(
        "the encrypted file needs its passphrase; type it in the app or at a terminal, or name a file that holds it in FLOWSTATE_STORE_PASSPHRASE_FILE"
    )]
    PassphraseNeeded,
    #[error(
        "this passphrase does not open the encrypted file; type the right one, or correct the file that FLOWSTATE_STORE_PASSPHRASE_FILE names"
    )]
    WrongPassphrase,
    /// The file named in `FLOWSTATE_STORE_PASSPHRASE_FILE`.
    #[error("the passphrase file {} {what}", .path.display())]
    PassphraseFile { path: PathBuf, what: String },
    /// A store that is a file.
    #[error("the credential file {} {what}", .path.display())]
    File { path: PathBuf, what: String },
    /// Nobody can tell which store is meant; taking another instead could mean plain text.
    #[error("it is not known where sessions are kept: {reason}")]
    Unchosen { reason: String },
    #[error("the keychain failed: {what}; try again, and see whether other programs can use it")]
    Failed { what: String },
}

/// What helps where there is no desktop: over SSH, in WSL, in a container.
const OTHERWISE: &str = ", or keep sessions in a file that a passphrase opens: flowstate-auth store use encrypted-file";

impl VaultError {
    /// Whether a passphrase that somebody types would help.
    pub fn needs_passphrase(&self) -> bool {
        matches!(self, Self::PassphraseNeeded | Self::WrongPassphrase)
    }
}
