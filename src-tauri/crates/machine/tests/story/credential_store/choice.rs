//! Which store is in use, and that no other ever takes its place.

use std::fs;

use accounts::StoreKind;
use accounts::ports::{Vault, VaultError};
use auth_core::Secret;
use machine::{CredentialStore, PassphraseNeed, SettingsFile, StoreOptions};

use super::{PASSPHRASE, World, key, secret};

fn choose(world: &World, kind: StoreKind) {
    let settings = SettingsFile::new(&world.paths());
    settings.update_blocking(|settings| settings.store = kind).unwrap();
}

fn opened(world: &World) -> CredentialStore {
    CredentialStore::open(&world.paths(), StoreOptions::default())
}

#[tokio::test]
async fn a_program_that_runs_follows_the_settings() {
    let world = World::new();
    choose(&world, StoreKind::Plaintext);
    let store = opened(&world);
    assert_eq!(
        (store.kind(), store.fixed()),
        (StoreKind::Plaintext, None),
        "before any call"
    );
    store.write(&key("prod"), &secret()).await.unwrap();
    assert_eq!(world.plaintext().read(&key("prod")).await.unwrap(), Some(secret()));
    choose(&world, StoreKind::EncryptedFile);
    assert_eq!(store.needs_passphrase().await.unwrap(), PassphraseNeed::New);
    assert_eq!(store.kind(), StoreKind::EncryptedFile);
    let error = store.read(&key("prod")).await.unwrap_err();
    assert_eq!(
        error,
        VaultError::PassphraseNeeded,
        "who looks before a sign-in learns it now"
    );
    store.unlock(&Secret::new(PASSPHRASE)).await.unwrap();
    assert_eq!(
        store.read(&key("prod")).await.unwrap(),
        None,
        "no other store takes its place"
    );
    store.write(&key("prod"), &Secret::new("sealed")).await.unwrap();
    choose(&world, StoreKind::Plaintext);
    assert_eq!(store.needs_passphrase().await.unwrap(), PassphraseNeed::No);
    assert_eq!(store.read(&key("prod")).await.unwrap(), Some(secret()));
}

#[tokio::test]
async fn the_environment_comes_before_the_settings() {
    let world = World::new();
    choose(&world, StoreKind::Keychain);
    let store = world.store("plaintext");
    assert_eq!(
        (store.kind(), store.fixed()),
        (StoreKind::Plaintext, Some(StoreKind::Plaintext))
    );
    store.write(&key("prod"), &secret()).await.unwrap();
    assert_eq!(world.plaintext().read(&key("prod")).await.unwrap(), Some(secret()));
    assert_eq!(store.path(StoreKind::Plaintext), Some(world.plaintext().path()));
    assert_eq!(store.path(StoreKind::Keychain), None);
}

#[tokio::test]
async fn settings_that_cannot_be_read_are_no_reason_to_take_the_usual_store() {
    let world = World::new();
    choose(&world, StoreKind::Plaintext);
    let store = opened(&world);
    store.write(&key("prod"), &secret()).await.unwrap();
    let path = world.paths().state_dir().join("settings.json");
    fs::write(&path, "{\"store\":\"somewhere-else\"}").unwrap();
    let read = store.read(&key("prod")).await.map(drop);
    let written = store.write(&key("prod"), &secret()).await;
    for done in [read, written, store.delete(&key("prod")).await] {
        let error = done.unwrap_err();
        assert!(
            matches!(&error, VaultError::Unchosen { reason } if reason.contains("settings.json")),
            "{error}"
        );
    }
    assert_eq!(world.plaintext().read(&key("prod")).await.unwrap(), Some(secret()));
}
