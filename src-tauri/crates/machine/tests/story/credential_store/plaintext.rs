use std::fs;

use accounts::StoreKind;
use accounts::ports::Vault;
use auth_core::Secret;

use super::{World, key, mode, secret};

#[tokio::test]
async fn it_is_private_says_what_it_is_and_forgets() {
    let world = World::new();
    let store = world.plaintext();
    assert_eq!(store.read(&key("prod")).await.unwrap(), None);
    store.delete(&key("prod")).await.unwrap();
    assert!(!store.path().exists(), "nothing was made");
    store.write(&key("prod"), &secret()).await.unwrap();
    store.write(&key("test"), &Secret::new("other")).await.unwrap();
    assert_eq!(
        (mode(&store.path()), mode(store.path().parent().unwrap())),
        (0o600, 0o700)
    );
    assert!(store.path().to_string_lossy().contains("plaintext"), "the name says it");
    assert_eq!(world.plaintext().read(&key("prod")).await.unwrap(), Some(secret()));
    store.delete(&key("prod")).await.unwrap();
    let text = fs::read_to_string(store.path()).unwrap();
    assert!(!text.contains("tok-1") && text.contains("other"), "{text}");
    assert!(!format!("{store:?}").contains("other"));
}

#[tokio::test]
async fn a_file_without_secrets_goes_when_it_is_left_and_no_other() {
    let world = World::new();
    let store = world.store("plaintext");
    store.retire(StoreKind::Plaintext).await.unwrap();
    store.write(&key("prod"), &secret()).await.unwrap();
    store.retire(StoreKind::Plaintext).await.unwrap();
    assert!(world.plaintext().path().exists());
    store.delete(&key("prod")).await.unwrap();
    store.retire(StoreKind::Plaintext).await.unwrap();
    assert!(!world.plaintext().path().exists());

    let encrypted = world.store("encrypted-file");
    encrypted.unlock(&Secret::new("first")).await.unwrap();
    encrypted.write(&key("prod"), &secret()).await.unwrap();
    encrypted.retire(StoreKind::EncryptedFile).await.unwrap();
    assert_eq!(encrypted.read(&key("prod")).await.unwrap(), Some(secret()));
    encrypted.delete(&key("prod")).await.unwrap();
    encrypted.retire(StoreKind::EncryptedFile).await.unwrap();
    world.encrypted().unlock(&Secret::new("second")).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_damaged_foreign_or_newer_is_left_alone() {
    let world = World::new();
    let store = world.plaintext();
    store.write(&key("prod"), &secret()).await.unwrap();
    let good = fs::read_to_string(store.path()).unwrap();
    for (bad, says) in [
        (String::new(), "not valid at line"),
        (good[..good.len() / 2].to_owned(), "not valid at line"),
        (
            good.replace("\"secret\":", "\"secret\": 7, \"x\":"),
            "not valid at line",
        ),
        (good.replace("flowstate-", "other-"), "not written by this program"),
        ("{}".to_owned(), "not valid at line"),
        (good.replace("\"version\": 1", "\"version\": 2"), "newer version"),
        (good.replace("\"items\"", "\"things\""), "not valid at line"),
    ] {
        assert_ne!(bad, good);
        fs::write(store.path(), &bad).unwrap();
        let read = store.read(&key("prod")).await.map(drop);
        let written = store.write(&key("prod"), &Secret::new("new")).await;
        for done in [read, written, store.delete(&key("prod")).await] {
            let error = done.expect_err(says);
            assert!(error.to_string().contains(says), "{error}");
            assert!(!format!("{error} {error:?}").contains("tok-1"), "{error}");
        }
        assert_eq!(fs::read_to_string(store.path()).unwrap(), bad);
    }
}
