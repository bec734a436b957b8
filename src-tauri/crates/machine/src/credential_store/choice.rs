use std::ffi::OsString;
use std::path::PathBuf;

use accounts::StoreKind;

/// What the environment says of the store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreOptions {
    /// The store that counts, whatever the settings say.
    pub(super) kind: Option<StoreKind>,
    /// The file whose first line is the passphrase of the encrypted file.
    pub(super) passphrase_file: Option<PathBuf>,
}

/// Why the environment names no store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "FLOWSTATE_CREDENTIAL_STORE is \"{word}\", which is no store; set it to keychain, encrypted-file or plaintext, or unset it"
)]
pub struct StoreOptionsError {
    pub word: String,
}

impl StoreOptions {
    /// Looks at `FLOWSTATE_CREDENTIAL_STORE` and `FLOWSTATE_STORE_PASSPHRASE_FILE`, once.
    ///
    /// # Errors
    /// [`StoreOptionsError`]: to guess could mean plain text.
    pub fn from_env() -> Result<Self, StoreOptionsError> {
        Self::new(
            std::env::var_os("FLOWSTATE_CREDENTIAL_STORE"),
            std::env::var_os("FLOWSTATE_STORE_PASSPHRASE_FILE"),
        )
    }

    /// The same from given values; an empty one counts as none.
    ///
    /// # Errors
    /// [`StoreOptionsError`].
    pub fn new(kind: Option<OsString>, passphrase_file: Option<OsString>) -> Result<Self, StoreOptionsError> {
        let said = |value: Option<OsString>| value.filter(|value| !value.is_empty());
        let kind = match said(kind) {
            Some(word) => {
                let word = word.to_string_lossy().into_owned();
                Some(StoreKind::from_name(word.trim()).ok_or(StoreOptionsError { word })?)
            }
            None => None,
        };
        Ok(Self {
            kind,
            passphrase_file: said(passphrase_file).map(PathBuf::from),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_store_is_an_error_and_never_another_store() {
        let options = |word: &str| StoreOptions::new(Some(word.into()), None);
        assert_eq!(options("encrypted-file").unwrap().kind, Some(StoreKind::EncryptedFile));
        assert_eq!(options("").unwrap(), StoreOptions::default());
        for word in ["Keychain", "file", "plain text"] {
            let error = options(word).unwrap_err().to_string();
            assert!(error.contains(word) && error.contains("encrypted-file"), "{error}");
        }
    }
}
