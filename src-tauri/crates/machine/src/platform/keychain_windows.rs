use std::collections::HashMap;
use std::sync::Arc;

use accounts::ports::VaultError;
use keyring_core::{CredentialStore, Entry};

use crate::keychain::Item;

/// `CRED_MAX_CREDENTIAL_BLOB_SIZE`.
pub(crate) const ITEM_LIMIT: usize = 2560;

/// The Credential Manager.
pub(crate) struct KeychainStore {
    store: Arc<CredentialStore>,
}

impl KeychainStore {
    pub fn open() -> Result<Self, VaultError> {
        match windows_native_keyring_store::Store::new() {
            Ok(store) => Ok(Self { store }),
            Err(_) => Err(VaultError::Absent),
        }
    }

    /// Local: a session belongs to this machine and does not roam. The item is listed under user and service; there is no label.
    pub fn entry(&self, item: &Item) -> keyring_core::Result<Entry> {
        let modifiers = HashMap::from([("persistence", "Local")]);
        self.store.build(Item::SERVICE, &item.user, Some(&modifiers))
    }

    /// It opens with the person's session and never asks.
    pub fn would_ask(&self, _item: &Item) -> Result<bool, VaultError> {
        Ok(false)
    }
}
