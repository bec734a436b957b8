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
    #[error("the keychain is locked; unlock it (signing in to the desktop usually does) and try again")]
    Locked,
    #[error("no keychain was found on this machine; start one (gnome-keyring or KWallet on Linux) and try again")]
    Absent,
    #[error("the keychain did not answer within {} s; look for a prompt that waits for you, then try again", .after.as_secs())]
    TimedOut { after: Duration },
    #[error(
        "the keychain refuses a secret of {length} bytes; tell the people who run the server that its refresh token is too long"
    )]
    TooLong { length: usize },
    #[error(
        "the encrypted store needs its passphrase; type it in the app or at a terminal, or name a file that holds it in FLOWSTATE_STORE_PASSPHRASE_FILE"
    )]
    PassphraseNeeded,
    #[error("this is not the passphrase of the encrypted store; try again")]
    WrongPassphrase,
    /// A store that is a file.
    #[error("the credential file {} {what}", .path.display())]
    File { path: PathBuf, what: String },
    #[error("the keychain failed: {what}; try again, and see whether other programs can use it")]
    Failed { what: String },
}

impl VaultError {
    /// Whether a passphrase that somebody types would help.
    pub fn needs_passphrase(&self) -> bool {
        matches!(self, Self::PassphraseNeeded | Self::WrongPassphrase)
    }
}
