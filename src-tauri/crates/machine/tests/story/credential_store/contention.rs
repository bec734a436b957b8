//! Several programs write one credential file at once.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use accounts::ports::Vault;
use auth_core::Secret;
use machine::{EncryptedFile, PlaintextFile};

use super::{PASSPHRASE, World, key, paths};

const ROOT: &str = "MACHINE_STORY_STORE";
const NAME: &str = "MACHINE_STORY_NAME";
const PROCESSES: usize = 6;
const ROUNDS: usize = 5;

fn start(world: &World, driven: &str, name: &str) -> Child {
    let test = format!("credential_store::contention::{driven}");
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &test, "--ignored", "--nocapture"])
        .env(ROOT, world.root.path())
        .env(NAME, name)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn several_processes_at_once_lose_nothing() {
    let world = World::new();
    // The first of them makes the file; nobody knows which one that is.
    fs::write(world.passphrase_file(), PASSPHRASE).unwrap();
    let children: Vec<Child> = (0..PROCESSES)
        .map(|number| start(&world, "one_of_several", &format!("p{number}")))
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let (encrypted, plaintext) = (world.unlocked().await, world.plaintext());
    for number in 0..PROCESSES {
        for round in 0..ROUNDS {
            let id = format!("p{number}-{round}");
            let stores: [&dyn Vault; 2] = [&encrypted, &plaintext];
            for store in stores {
                assert_eq!(
                    store.read(&key(&id)).await.unwrap(),
                    Some(Secret::new(&id)),
                    "{:?}",
                    store.kind()
                );
            }
        }
    }
}

#[tokio::test]
#[ignore = "one process of the test above"]
async fn one_of_several() {
    let Some(root) = std::env::var_os(ROOT).map(PathBuf::from) else {
        return;
    };
    let name = std::env::var(NAME).unwrap();
    let encrypted = EncryptedFile::new(&paths(&root), Some(root.join("passphrase")));
    let plaintext = PlaintextFile::new(&paths(&root));
    for round in 0..ROUNDS {
        let id = format!("{name}-{round}");
        encrypted.write(&key(&id), &Secret::new(&id)).await.unwrap();
        plaintext.write(&key(&id), &Secret::new(&id)).await.unwrap();
    }
}

#[tokio::test]
async fn a_writer_that_is_killed_leaves_a_whole_file() {
    let world = World::new();
    fs::write(world.passphrase_file(), PASSPHRASE).unwrap();
    let store = world.unlocked().await;
    store.write(&key("rounds"), &Secret::new("0")).await.unwrap();
    for round in 0..10 {
        let before = store.read(&key("rounds")).await.unwrap();
        let mut writer = start(&world, "one_without_end", "w");
        while store.read(&key("rounds")).await.unwrap() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(3 * round)).await;
        writer.kill().unwrap();
        writer.wait().unwrap();
        store.read(&key("rounds")).await.unwrap().expect("it was lost");
    }
    store.write(&key("rounds"), &Secret::new("0")).await.unwrap();
    let left = world.others(&store.path());
    assert!(!left.iter().any(|name| name.contains("new-")), "{left:?}");
}

#[tokio::test]
#[ignore = "the other process of the test above"]
async fn one_without_end() {
    let Some(root) = std::env::var_os(ROOT).map(PathBuf::from) else {
        return;
    };
    let store = EncryptedFile::new(&paths(&root), Some(root.join("passphrase")));
    loop {
        let last = store.read(&key("rounds")).await.unwrap().unwrap();
        let next = last.expose().parse::<u64>().unwrap() + 1;
        store
            .write(&key("rounds"), &Secret::new(next.to_string()))
            .await
            .unwrap();
    }
}
