//! The credential store: which one it is, who says so, and whether it keeps what it is given.

use std::ffi::OsString;
use std::time::Duration;

use accounts::StoreKind;
use accounts::ports::{Settings, Vault, VaultError, VaultKey};
use auth_core::{Secret, ServerId, ServerUrl};
use tokio::time::Instant;
use uuid::Uuid;

use super::check::{Advice, Check, Room, finding};
use super::surroundings::Surroundings;
use crate::{CredentialStore, Paths, StoreOptions, StoreOptionsError};

/// A store that takes longer than this makes every sign-in and refresh slow.
const SLOW: Duration = Duration::from_secs(2);
/// All three steps together: a store has a deadline of its own for each.
const LIMIT: Duration = Duration::from_secs(5);

const WHY: &str = "Refresh tokens are kept there: without it no session outlives its access token.";

/// Looks at the store that the variables and the settings choose.
pub(super) async fn checks(paths: &Paths, surroundings: &Surroundings, settings: Option<&Settings>) -> Vec<Check> {
    let value = |name| surroundings.value(name).map(OsString::from);
    let options = StoreOptions::new(value(KIND), value("FLOWSTATE_STORE_PASSPHRASE_FILE"));
    let options = match options {
        Ok(options) => options,
        Err(error) => return vec![unknown(&error)],
    };
    // It reads the settings.
    let paths = paths.clone();
    let opened = tokio::task::spawn_blocking(move || CredentialStore::open(&paths, options)).await;
    let Ok(store) = opened else { return Vec::new() };
    vec![choice(store.fixed(), settings), round_trip(&store).await]
}

const KIND: &str = "FLOWSTATE_CREDENTIAL_STORE";
const CHOICE: &str = "credential_store";

fn unknown(error: &StoreOptionsError) -> Check {
    let fix = "Set it to keychain, encrypted-file or plaintext, or unset it.";
    let detail = format!("{}.", finding(error));
    Check::fails(Room::Store, CHOICE, detail, Advice::configuration(WHY, fix))
}

fn choice(fixed: Option<StoreKind>, settings: Option<&Settings>) -> Check {
    let (kind, by) = match (fixed, settings) {
        (Some(kind), _) => (kind, "FLOWSTATE_CREDENTIAL_STORE says so"),
        (None, Some(settings)) if settings.store == StoreKind::default() => (settings.store, "the usual one"),
        (None, Some(settings)) => (settings.store, "chosen in the settings"),
        (None, None) => {
            let fix = "Mend the settings, or name a store in FLOWSTATE_CREDENTIAL_STORE.";
            let detail = "Which store is meant is not known, as the settings cannot be read.";
            return Check::fails(Room::Store, CHOICE, detail, Advice::configuration(WHY, fix));
        }
    };
    let warning = match kind {
        StoreKind::Plaintext => " Whoever can read that file can act as you.",
        StoreKind::Keychain | StoreKind::EncryptedFile => "",
    };
    Check::holds(Room::Store, CHOICE, format!("{} ({by}).{warning}", kind.name()))
}

/// Writes an item that nobody else uses, reads it and takes it out again.
pub(super) async fn round_trip(vault: &dyn Vault) -> Check {
    const ID: &str = "credential_store_works";
    let begin = Instant::now();
    let outcome = tokio::time::timeout(LIMIT, try_out(vault)).await;
    let took = begin.elapsed();
    let fails = |detail: String, fix: &str| Check::fails(Room::Store, ID, detail, Advice::store(WHY, fix));
    let error = match outcome {
        Ok(Ok(true)) if took <= SLOW => {
            return Check::holds(
                Room::Store,
                ID,
                format!("An item was kept, read and removed in {} ms.", took.as_millis()),
            );
        }
        Ok(Ok(true)) => {
            let fix = "See what keeps it busy; restart it where it does not get better.";
            return fails(
                format!("It works, but slowly: {:.1} s for one item.", took.as_secs_f32()),
                fix,
            );
        }
        Ok(Ok(false)) => {
            return fails(
                "It did not give back what it was given.".to_owned(),
                "Choose another store: flowstate-auth store use encrypted-file.",
            );
        }
        Ok(Err(error)) => error,
        Err(_) => VaultError::TimedOut { after: LIMIT },
    };
    let fix = match &error {
        VaultError::Locked => "Unlock the keychain; signing in to the desktop usually does.",
        VaultError::Absent => {
            "Start a keychain (gnome-keyring or KWallet). Where there is none, as over SSH: flowstate-auth store use encrypted-file."
        }
        VaultError::TimedOut { .. } => {
            "Look for a prompt that waits for you; restart the keychain where there is none."
        }
        VaultError::PassphraseNeeded | VaultError::WrongPassphrase => {
            "Type the passphrase in the app or at a terminal, or name a file that holds it in FLOWSTATE_STORE_PASSPHRASE_FILE."
        }
        _ => "See whether other programs can use it, and who may use its file.",
    };
    fails(format!("{}.", finding(&error)), fix)
}

async fn try_out(vault: &dyn Vault) -> Result<bool, VaultError> {
    // No legal id has a space, so this is no profile's item.
    let key = VaultKey {
        server: ServerId::existing("doctor probe"),
        url: ServerUrl::parse("http://localhost").map_err(|_| VaultError::Failed {
            what: "the probe has no address".to_owned(),
        })?,
        domain_id: "doctor".to_owned(),
    };
    let secret = Secret::new(Uuid::new_v4().to_string());
    vault.write(&key, &secret).await?;
    let read = vault.read(&key).await;
    vault.delete(&key).await?;
    Ok(read?.as_ref() == Some(&secret))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;

    use super::*;

    /// Takes so long for each call, and forgets what it is told where it is forgetful.
    #[derive(Default)]
    struct Odd {
        kept: Mutex<Option<Secret>>,
        slow: Duration,
        forgetful: bool,
    }

    #[async_trait]
    impl Vault for Odd {
        async fn read(&self, _: &VaultKey) -> Result<Option<Secret>, VaultError> {
            tokio::time::sleep(self.slow).await;
            Ok(self.kept.lock().unwrap().clone().filter(|_| !self.forgetful))
        }

        async fn write(&self, _: &VaultKey, secret: &Secret) -> Result<(), VaultError> {
            tokio::time::sleep(self.slow).await;
            *self.kept.lock().unwrap() = Some(secret.clone());
            Ok(())
        }

        async fn delete(&self, _: &VaultKey) -> Result<(), VaultError> {
            *self.kept.lock().unwrap() = None;
            Ok(())
        }

        fn kind(&self) -> StoreKind {
            StoreKind::Plaintext
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_store_a_stuck_one_and_a_forgetful_one_are_told_apart() {
        for (millis, forgetful, ok, words) in [
            (100, false, true, "kept, read and removed in 200 ms"),
            (1500, false, false, "slowly: 3.0 s"),
            (4000, false, false, "did not answer within 5 s"),
            (0, true, false, "did not give back"),
        ] {
            let slow = Duration::from_millis(millis);
            let vault = Odd {
                slow,
                forgetful,
                ..Odd::default()
            };
            let check = round_trip(&vault).await;
            assert!(check.ok == ok && check.detail.contains(words), "{check:?}");
            assert!(
                vault.kept.lock().unwrap().is_none() || millis == 4000,
                "it is taken out again"
            );
        }
    }

    #[test]
    fn who_chose_the_store_is_said() {
        let settings = Settings {
            store: StoreKind::Plaintext,
            ..Settings::default()
        };
        for (fixed, settings, ok, words) in [
            (None, None, false, "is not known"),
            (None, Some(&Settings::default()), true, "keychain (the usual one)"),
            (None, Some(&settings), true, "plaintext (chosen in the settings)"),
            (
                Some(StoreKind::EncryptedFile),
                Some(&settings),
                true,
                "encrypted-file (FLOWSTATE_CREDENTIAL_STORE says so)",
            ),
        ] {
            let check = choice(fixed, settings);
            assert!(check.ok == ok && check.detail.contains(words), "{check:?}");
        }
    }
}
