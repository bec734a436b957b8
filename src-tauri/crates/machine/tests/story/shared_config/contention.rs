use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use accounts::ports::ConfigError;
use machine::SharedConfigFile;

use super::{World, add};

const FOLDER: &str = "MACHINE_STORY_FOLDER";
const NAME: &str = "MACHINE_STORY_NAME";
const PROCESSES: usize = 16;
const ROUNDS: usize = 4;

#[test]
fn sixteen_processes_at_once_lose_nothing() {
    let world = World::new();
    let children: Vec<_> = (0..PROCESSES)
        .map(|number| {
            Command::new(std::env::current_exe().unwrap())
                .args([
                    "--exact",
                    "shared_config::contention::one_of_many",
                    "--ignored",
                    "--nocapture",
                ])
                .env(FOLDER, world.folder())
                .env(NAME, format!("p{number}"))
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let servers = world.file().read_blocking().unwrap().config().servers.len();
    assert_eq!(servers, PROCESSES * ROUNDS);
    // Each server came to a file that could be read, and the copies show it.
    let copies = world.file().backups().unwrap();
    assert_eq!(copies.len(), 11);
    let held: Vec<usize> = copies.iter().filter_map(|copy| copy.servers).collect();
    // The first was made before the second server came.
    assert_eq!(held, (54..64).rev().chain([1]).collect::<Vec<_>>());
}

#[test]
#[ignore = "one process of the test above"]
fn one_of_many() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let file = SharedConfigFile::new(&PathBuf::from(folder)).with_deadline(Duration::from_secs(60));
    let name = std::env::var(NAME).unwrap();
    for round in 0..ROUNDS {
        file.update_blocking(add(&format!("{name}-{round}"))).unwrap();
    }
}

#[test]
fn a_lock_that_is_kept_names_its_holder() {
    let world = World::new();
    fs::create_dir(world.folder()).unwrap();
    let lock = File::create(world.folder().join("config.json.lock")).unwrap();
    lock.lock().unwrap();
    fs::write(world.folder().join("config.json.lock"), "old-tool 4711\n").unwrap();
    let file = world.file().with_deadline(Duration::from_millis(20));
    let error = file.update_blocking(add("a")).unwrap_err();
    assert!(
        matches!(&error, ConfigError::LockTimedOut { holder: Some(holder), .. } if holder == "old-tool 4711"),
        "{error}"
    );
    assert!(file.read_blocking().is_ok(), "reading needs no lock");
    drop(lock);
    file.update_blocking(add("a")).unwrap();
}

#[test]
fn the_edit_sees_what_another_wrote_before_it_got_the_lock() {
    let world = World::new();
    let stale = world.file().read_blocking().unwrap();
    world.file().update_blocking(add("a")).unwrap();
    assert!(stale.config().servers.is_empty());
    let document = world.file().update_blocking(add("b")).unwrap();
    assert_eq!(document.config().servers.len(), 2);
    let holder = fs::read_to_string(world.folder().join("config.json.lock")).unwrap();
    assert!(
        holder
            .lines()
            .next()
            .unwrap()
            .ends_with(&format!(" {}", std::process::id())),
        "{holder}"
    );
}
