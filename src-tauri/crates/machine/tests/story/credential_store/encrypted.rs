use std::fs;
use std::time::Instant;

use accounts::ports::{Vault, VaultError};
use auth_core::Secret;
use machine::PassphraseNeed;

use super::{PASSPHRASE, World, key, mode, secret, set_mode};

#[tokio::test]
async fn what_is_kept_is_found_by_the_next_program_with_the_passphrase() {
    let world = World::new();
    let store = world.unlocked().await;
    store.write(&key("prod"), &secret()).await.unwrap();
    store.write(&key("test"), &Secret::new("other")).await.unwrap();
    store.write(&key("prod"), &Secret::new("newer")).await.unwrap();
    let next = world.unlocked().await;
    assert_eq!(next.read(&key("prod")).await.unwrap(), Some(Secret::new("newer")));
    assert_eq!(next.read(&key("gone")).await.unwrap(), None);
    next.delete(&key("prod")).await.unwrap();
    next.delete(&key("prod")).await.unwrap();
    assert_eq!(store.read(&key("prod")).await.unwrap(), None, "read anew each time");
    assert_eq!(store.read(&key("test")).await.unwrap(), Some(Secret::new("other")));
}

#[tokio::test]
async fn the_file_is_private_and_shows_nothing() {
    let world = World::new();
    let store = world.unlocked().await;
    store.write(&key("prod"), &secret()).await.unwrap();
    let path = store.path();
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    assert_eq!(world.others(&path), Vec::<String>::new());
    let text = fs::read_to_string(&path).unwrap();
    for shown in ["tok-1", "prod", "example.com", PASSPHRASE] {
        assert!(!text.contains(shown), "{text}");
    }
    assert!(text.starts_with("{\"format\":\"flowstate-credentials-encrypted\",\"version\":1,\"kdf\":\"argon2id\""));
    let nonce = |text: &str| text.split_once("\"nonce\":\"").unwrap().1[..32].to_owned();
    set_mode(&path, 0o644);
    store.write(&key("prod"), &secret()).await.unwrap();
    let again = fs::read_to_string(&path).unwrap();
    assert_ne!(nonce(&text), nonce(&again), "a nonce was used twice");
    assert_eq!(mode(&path), 0o600, "a looser file becomes private");
    let debug = format!("{store:?}");
    assert!(!debug.contains(PASSPHRASE) && !debug.contains("tok-1"), "{debug}");
}

#[tokio::test]
async fn without_a_passphrase_it_says_so_and_the_first_one_counts() {
    let world = World::new();
    let store = world.encrypted();
    assert_eq!(store.passphrase_need().await.unwrap(), PassphraseNeed::New);
    assert_eq!(store.read(&key("prod")).await.unwrap(), None);
    assert_eq!(
        store.write(&key("prod"), &secret()).await,
        Err(VaultError::PassphraseNeeded)
    );
    assert!(!store.path().exists(), "nothing was made");
    assert_eq!(store.unlock(&Secret::new("")).await, Err(VaultError::PassphraseNeeded));
    store.unlock(&Secret::new(PASSPHRASE)).await.unwrap();
    assert_eq!(store.passphrase_need().await.unwrap(), PassphraseNeed::No);

    let next = world.encrypted();
    assert_eq!(
        next.passphrase_need().await.unwrap(),
        PassphraseNeed::Known,
        "it is set already"
    );
    assert_eq!(next.read(&key("prod")).await, Err(VaultError::PassphraseNeeded));
    assert_eq!(next.delete(&key("prod")).await, Err(VaultError::PassphraseNeeded));
    let before = fs::read(store.path()).unwrap();
    assert_eq!(
        next.unlock(&Secret::new("wrong")).await,
        Err(VaultError::WrongPassphrase)
    );
    assert_eq!(
        next.write(&key("prod"), &secret()).await,
        Err(VaultError::PassphraseNeeded),
        "it was not kept"
    );
    assert_eq!(fs::read(store.path()).unwrap(), before);
    next.unlock(&Secret::new(PASSPHRASE)).await.unwrap();
    next.write(&key("prod"), &secret()).await.unwrap();
    next.unlock(&Secret::new("wrong")).await.unwrap_err();
    assert_eq!(
        next.read(&key("prod")).await.unwrap(),
        Some(secret()),
        "what was known stays known"
    );
}

#[tokio::test]
async fn a_file_can_hold_the_passphrase() {
    let world = World::new();
    let store = world.with_passphrase_file("correct horse battery staple\r\nand a note\n");
    assert_eq!(store.passphrase_need().await.unwrap(), PassphraseNeed::No);
    store.write(&key("prod"), &secret()).await.unwrap();
    assert_eq!(world.unlocked().await.read(&key("prod")).await.unwrap(), Some(secret()));

    let wrong = world.with_passphrase_file("another\n");
    assert_eq!(wrong.read(&key("prod")).await, Err(VaultError::WrongPassphrase));
    fs::write(world.passphrase_file(), PASSPHRASE).unwrap();
    assert_eq!(
        wrong.read(&key("prod")).await.unwrap(),
        Some(secret()),
        "it was corrected"
    );

    let missing = world.with_passphrase_file("");
    fs::remove_file(world.passphrase_file()).unwrap();
    let error = missing.read(&key("prod")).await.unwrap_err();
    assert!(matches!(error, VaultError::PassphraseFile { .. }), "{error}");
    assert!(error.to_string().contains("passphrase could not be read"), "{error}");
    missing.unlock(&Secret::new(PASSPHRASE)).await.unwrap();
    assert_eq!(
        missing.read(&key("prod")).await.unwrap(),
        Some(secret()),
        "what is typed comes first"
    );
}

#[tokio::test]
async fn a_file_that_was_begun_anew_is_opened_with_its_own_passphrase() {
    let world = World::new();
    let running = world.unlocked().await;
    running.write(&key("prod"), &secret()).await.unwrap();
    fs::remove_file(running.path()).unwrap();
    let same = world.unlocked().await;
    same.write(&key("prod"), &Secret::new("newer")).await.unwrap();
    assert_eq!(
        running.read(&key("prod")).await.unwrap(),
        Some(Secret::new("newer")),
        "the same passphrase"
    );
    fs::remove_file(running.path()).unwrap();
    let other = world.encrypted();
    other.unlock(&Secret::new("another")).await.unwrap();
    other.write(&key("prod"), &Secret::new("newest")).await.unwrap();
    assert_eq!(running.read(&key("prod")).await, Err(VaultError::PassphraseNeeded));
    assert_eq!(running.passphrase_need().await.unwrap(), PassphraseNeed::Known);
    running.unlock(&Secret::new("another")).await.unwrap();
    assert_eq!(running.read(&key("prod")).await.unwrap(), Some(Secret::new("newest")));
}

#[tokio::test]
async fn the_key_is_made_once() {
    let world = World::new();
    world.unlocked().await.write(&key("prod"), &secret()).await.unwrap();
    let store = world.with_passphrase_file(PASSPHRASE);
    let begin = Instant::now();
    store.read(&key("prod")).await.unwrap();
    let first = begin.elapsed();
    let begin = Instant::now();
    for _ in 0..20 {
        store.clone().read(&key("prod")).await.unwrap();
    }
    assert!(begin.elapsed() < 5 * first, "{:?} against {first:?}", begin.elapsed());
}

#[tokio::test]
async fn a_token_that_is_too_long_is_refused() {
    let world = World::new();
    let store = world.unlocked().await;
    let length = 64 * 1024;
    store
        .write(&key("prod"), &Secret::new("x".repeat(length)))
        .await
        .unwrap();
    let error = store.write(&key("prod"), &Secret::new("y".repeat(length + 1))).await;
    assert_eq!(error, Err(VaultError::TooLong { length: length + 1 }));
    assert_eq!(
        store.read(&key("prod")).await.unwrap(),
        Some(Secret::new("x".repeat(length)))
    );
}
