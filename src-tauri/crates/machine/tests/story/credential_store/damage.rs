//! A file that was damaged, tampered with or is another's: told of, and never overwritten.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use accounts::ports::{Vault, VaultError};
use auth_core::Secret;
use machine::EncryptedFile;

use super::{PASSPHRASE, World, key, secret};

/// No use of the store succeeds, none changes the file, and none shows a secret. Gives what reading said.
async fn refused(store: &EncryptedFile, content: &[u8], what: &str) -> VaultError {
    fs::write(store.path(), content).unwrap();
    let read = store.read(&key("prod")).await.map(drop);
    let unlocked = store.unlock(&Secret::new(PASSPHRASE)).await;
    let written = store.write(&key("prod"), &Secret::new("new-secret")).await;
    let deleted = store.delete(&key("prod")).await;
    for done in [&read, &unlocked, &written, &deleted] {
        let error = done.as_ref().expect_err(what);
        let shown = format!("{error} {error:?}");
        assert!(
            !shown.contains("secret\"") && !shown.contains("tok-1") && !shown.contains(PASSPHRASE),
            "{shown}"
        );
    }
    assert_eq!(fs::read(store.path()).unwrap(), content, "{what}: it was overwritten");
    read.unwrap_err()
}

async fn sealed(world: &World) -> (EncryptedFile, Vec<u8>) {
    let store = world.with_passphrase_file(PASSPHRASE);
    store.write(&key("prod"), &secret()).await.unwrap();
    let content = fs::read(store.path()).unwrap();
    (store, content)
}

#[tokio::test]
async fn a_flipped_bit_anywhere_is_noticed() {
    let world = World::new();
    let (store, good) = sealed(&world).await;
    let header = good.iter().position(|byte| *byte == b'\n').unwrap();
    // Places in every field; the seal's own test tries every bit.
    for place in (0..good.len()).step_by(13) {
        let mut bad = good.clone();
        bad[place] ^= 1;
        let error = refused(
            &store,
            &bad,
            &format!("byte {place} of {}, first line {header}", good.len()),
        )
        .await;
        assert!(!matches!(error, VaultError::PassphraseNeeded), "byte {place}: {error}");
    }
    fs::write(store.path(), &good).unwrap();
    assert_eq!(store.read(&key("prod")).await.unwrap(), Some(secret()));
}

#[tokio::test]
async fn a_file_that_was_cut_off_is_noticed() {
    let world = World::new();
    let (store, good) = sealed(&world).await;
    for length in (0..good.len()).step_by(17).chain([good.len() - 1]) {
        refused(&store, &good[..length], &format!("{length} bytes")).await;
    }
    let longer = [&good[..], b"more"].concat();
    refused(&store, &longer, "something behind it").await;
}

#[tokio::test]
async fn parts_of_two_files_do_not_go_together() {
    let world = World::new();
    let (store, first) = sealed(&world).await;
    store.write(&key("prod"), &Secret::new("a-later-token")).await.unwrap();
    let second = fs::read(store.path()).unwrap();
    let line = |content: &[u8], number: usize| content.split(|byte| *byte == b'\n').nth(number).unwrap().to_vec();
    let mixed = [line(&first, 0), line(&second, 1), Vec::new()].join(&b'\n');
    let error = refused(&store, &mixed, "the first line of one, the second of the other").await;
    assert!(error.to_string().contains("seal is broken"), "{error}");
}

#[tokio::test]
async fn a_foreign_file_and_one_of_a_newer_version_are_told_apart() {
    let world = World::new();
    let (store, good) = sealed(&world).await;
    let text = String::from_utf8(good).unwrap();
    for foreign in [
        "{}\n",
        "not json\nat all\n",
        "{\"format\":\"other\",\"version\":1}\nx\n",
        "\0\0\0\0",
    ] {
        let error = refused(&store, foreign.as_bytes(), foreign).await.to_string();
        assert!(error.contains("not written by this program"), "{foreign}: {error}");
    }
    let newer = text.replace("\"version\":1", "\"version\":2,\"more\":\"keys\"");
    let error = refused(&store, newer.as_bytes(), "newer").await.to_string();
    assert!(error.contains("newer version"), "{error}");
    let other = text.replace("argon2id", "argon2d");
    let error = refused(&store, other.as_bytes(), "another kdf").await.to_string();
    assert!(error.contains("damaged"), "{error}");
}

#[tokio::test]
async fn absurd_parameters_cost_neither_memory_nor_time() {
    let world = World::new();
    let (store, good) = sealed(&world).await;
    let text = String::from_utf8(good).unwrap();
    for (good, absurd) in [
        ("\"memoryKib\":65536", "\"memoryKib\":4294967295"),
        ("\"memoryKib\":65536", "\"memoryKib\":262145"),
        ("\"memoryKib\":65536", "\"memoryKib\":8"),
        ("\"passes\":3", "\"passes\":4294967295"),
        ("\"passes\":3", "\"passes\":17"),
        ("\"passes\":3", "\"passes\":0"),
        ("\"lanes\":1", "\"lanes\":16777215"),
    ] {
        let begin = Instant::now();
        let bad = text.replace(good, absurd);
        assert_ne!(bad, text);
        let error = refused(&store, bad.as_bytes(), absurd).await.to_string();
        assert!(error.contains("more memory or work"), "{absurd}: {error}");
        assert!(begin.elapsed() < Duration::from_secs(1), "{absurd}");
    }
}

#[tokio::test]
async fn what_is_no_file_is_no_store() {
    let world = World::new();
    let store = world.with_passphrase_file(PASSPHRASE);
    fs::create_dir_all(store.path()).unwrap();
    let error = store.read(&key("prod")).await.unwrap_err().to_string();
    assert!(error.contains("left as it is"), "{error}");
    fs::remove_dir(store.path()).unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(store.path()).status().unwrap();
    assert!(pipe.success());
    store.read(&key("prod")).await.unwrap_err();
    fs::remove_file(store.path()).unwrap();
    let huge = fs::File::create(store.path()).unwrap();
    huge.set_len(100 * 1024 * 1024 * 1024).unwrap();
    store.write(&key("prod"), &secret()).await.unwrap_err();
    assert_eq!(size(&store.path()), 100 * 1024 * 1024 * 1024);
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}
