//! Disks that are full or not to be written, and what a killed writer leaves.

use std::fs;
use std::os::unix::fs::symlink;

use accounts::ports::{Vault, VaultError};
use auth_core::Secret;
use rustix::mount::MountFlags;

use super::{World, key, secret, set_mode};
use crate::small_disk::SmallDisk;

fn says(error: &VaultError, text: &str) {
    assert!(matches!(error, VaultError::File { .. }), "{error}");
    assert!(error.to_string().contains(text), "{error}");
}

#[tokio::test]
async fn a_full_disk_loses_nothing() {
    let world = World::new();
    let folder = world.paths().state_dir();
    let Some(_disk) = SmallDisk::mount(&folder, "size=64k,mode=700", MountFlags::empty()) else {
        return;
    };
    let encrypted = world.unlocked().await;
    let plaintext = world.plaintext();
    let stores: [&dyn Vault; 2] = [&encrypted, &plaintext];
    for store in stores {
        store.write(&key("prod"), &secret()).await.unwrap();
    }
    // Something else fills the disk to the last page.
    fs::write(folder.join("filler"), vec![0; 128 * 1024]).unwrap_err();
    for store in stores {
        let error = store.write(&key("prod"), &Secret::new("new")).await.unwrap_err();
        says(&error, "the disk is full");
        assert_eq!(store.read(&key("prod")).await.unwrap(), Some(secret()));
    }
    assert!(
        !world.others(&encrypted.path()).iter().any(|name| name.contains("new-")),
        "a half file stays"
    );
    fs::remove_file(folder.join("filler")).unwrap();
    for store in stores {
        store.write(&key("prod"), &Secret::new("new")).await.unwrap();
    }
}

#[tokio::test]
async fn a_read_only_disk_folder_or_file_is_said_to_be_so() {
    let world = World::new();
    let folder = world.paths().state_dir();
    if let Some(_disk) = SmallDisk::mount(&folder, "size=64k,mode=700", MountFlags::RDONLY) {
        let error = world.plaintext().write(&key("prod"), &secret()).await.unwrap_err();
        says(&error, "read-only");
        let error = world.encrypted().unlock(&Secret::new("new")).await.unwrap_err();
        says(&error, "read-only");
    }
    let encrypted = world.unlocked().await;
    let plaintext = world.plaintext();
    let stores: [(&dyn Vault, _); 2] = [(&encrypted, encrypted.path()), (&plaintext, plaintext.path())];
    for (store, path) in stores {
        store.write(&key("prod"), &secret()).await.unwrap();
        for (place, read_only, writable) in [(path.as_path(), 0o400, 0o600), (&folder, 0o500, 0o700)] {
            set_mode(place, read_only);
            let error = store.write(&key("prod"), &Secret::new("new")).await.unwrap_err();
            says(&error, "read-only");
            says(&store.delete(&key("prod")).await.unwrap_err(), "read-only");
            assert_eq!(store.read(&key("prod")).await.unwrap(), Some(secret()));
            set_mode(place, writable);
        }
    }
}

#[tokio::test]
async fn what_a_killed_writer_left_goes_with_the_next_write() {
    let world = World::new();
    let store = world.plaintext();
    store.write(&key("prod"), &secret()).await.unwrap();
    let stray = store.path().with_file_name(".credentials.plaintext.json.new-dead01");
    let mine = store.path().with_file_name(".credentials.plaintext.json.mine");
    for path in [&stray, &mine] {
        fs::write(path, "half a secret").unwrap();
    }
    store.write(&key("prod"), &secret()).await.unwrap();
    assert!(!stray.exists(), "it may hold a secret");
    assert!(mine.exists());
}

#[tokio::test]
async fn a_link_stays_and_its_target_is_replaced_or_removed() {
    let world = World::new();
    let store = world.store("plaintext");
    store.write(&key("prod"), &secret()).await.unwrap();
    let (path, target) = (world.plaintext().path(), world.root.path().join("elsewhere.json"));
    fs::rename(&path, &target).unwrap();
    symlink(&target, &path).unwrap();
    store.write(&key("prod"), &Secret::new("new")).await.unwrap();
    assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
    assert!(fs::read_to_string(&target).unwrap().contains("new"));
    store.delete(&key("prod")).await.unwrap();
    store.retire(accounts::StoreKind::Plaintext).await.unwrap();
    assert!(!target.exists());
}

#[tokio::test]
async fn a_lock_that_another_keeps_is_given_up_and_names_it() {
    let world = World::new();
    let store = world.plaintext();
    store.write(&key("prod"), &secret()).await.unwrap();
    let path = store.path().with_file_name("credentials.plaintext.json.lock");
    let lock = fs::File::options().write(true).open(&path).unwrap();
    lock.lock().unwrap();
    fs::write(&path, "other-tool 4711\n").unwrap();
    assert!(
        store.read(&key("prod")).await.unwrap().is_some(),
        "reading needs no lock"
    );
    let error = store.write(&key("prod"), &secret()).await.unwrap_err();
    says(&error, "other-tool 4711");
}
