use std::fs;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime};

use accounts::ports::{ConfigError, SharedConfig};
use auth_core::config::{ConfigDocument, DocumentError};
use rustix::mount::MountFlags;

use super::{FOREIGN, World, add, mode, set_mode};
use crate::small_disk::SmallDisk;

#[test]
fn the_first_write_makes_folder_and_file_for_this_person_alone() {
    let world = World::new();
    assert_eq!(
        world.file().read_blocking().unwrap().text(),
        ConfigDocument::new().text()
    );
    assert!(!world.folder().exists(), "reading makes nothing");
    let document = world.file().update_blocking(add("prod")).unwrap();
    assert_eq!(world.text(), document.text());
    assert!(world.text().starts_with("{\n  \"version\": \"1.0.0\""));
    assert_eq!((mode(&world.folder()), mode(&world.path())), (0o700, 0o600));
    assert_eq!(mode(&world.folder().join("config.json.lock")), 0o600);
    assert_eq!(world.others(), Vec::<String>::new());
}

#[test]
fn a_looser_file_becomes_private_and_others_keys_and_layout_stay() {
    let world = World::with(FOREIGN);
    set_mode(&world.path(), 0o644);
    world
        .file()
        .update_blocking(|document| document.set_active("prod"))
        .unwrap();
    assert_eq!(mode(&world.path()), 0o600);
    let text = world.text();
    assert_eq!(
        text.replace(",\n    \"activeServerId\": \"prod\"", ""),
        FOREIGN,
        "a future version stays, too"
    );
    assert!(text.contains("activeServerId"));
}

#[test]
fn an_edit_that_changes_nothing_writes_nothing() {
    let world = World::with(FOREIGN);
    let inode = fs::metadata(world.path()).unwrap().ino();
    let document = world.file().update_blocking(|_| Ok(())).unwrap();
    assert_eq!(document.text(), FOREIGN);
    assert_eq!(fs::metadata(world.path()).unwrap().ino(), inode);
    assert_eq!(world.others(), Vec::<String>::new());
    let empty = World::new();
    empty.file().update_blocking(|_| Ok(())).unwrap();
    assert!(!empty.path().exists());
}

#[test]
fn a_refused_edit_leaves_the_file() {
    let world = World::with(FOREIGN);
    let error = world.file().update_blocking(|document| {
        document.set_active("prod")?;
        document.set_active("gone")
    });
    let Err(ConfigError::Refused {
        source: DocumentError::NoSuchServer { id },
    }) = error
    else {
        panic!("{error:?}");
    };
    assert_eq!((id.as_str(), world.text().as_str()), ("gone", FOREIGN));
}

#[test]
fn what_a_killed_update_left_is_cleaned_by_the_next() {
    let world = World::with(FOREIGN);
    for name in [".config.json.dead01.tmp", ".config.json.mine"] {
        fs::write(world.folder().join(name), "").unwrap();
    }
    assert_eq!(world.file().read_blocking().unwrap().text(), FOREIGN);
    world.file().update_blocking(add("new")).unwrap();
    let others = world.others();
    assert!(others.contains(&".config.json.mine".to_owned()), "{others:?}");
    assert!(!others.contains(&".config.json.dead01.tmp".to_owned()), "{others:?}");
}

/// Beside a file that is reached by a link, another link's users may be writing under their own lock.
#[test]
fn beside_a_linked_file_only_what_is_old_is_cleaned() {
    let world = World::with(FOREIGN);
    let elsewhere = tempfile::tempdir().unwrap();
    let real = elsewhere.path().join("config.json");
    fs::rename(world.path(), &real).unwrap();
    std::os::unix::fs::symlink(&real, world.path()).unwrap();
    let old = SystemTime::now() - Duration::from_secs(3700);
    for (name, is_old) in [(".config.json.dead01.tmp", true), (".config.json.alive1.tmp", false)] {
        let file = fs::File::create(elsewhere.path().join(name)).unwrap();
        if is_old {
            file.set_modified(old).unwrap();
        }
    }
    world.file().update_blocking(add("new")).unwrap();
    assert!(elsewhere.path().join(".config.json.alive1.tmp").exists());
    assert!(!elsewhere.path().join(".config.json.dead01.tmp").exists());
}

#[test]
fn a_read_only_file_or_folder_is_said_to_be_so() {
    let world = World::with(FOREIGN);
    set_mode(&world.path(), 0o400);
    let error = world.file().update_blocking(add("new")).unwrap_err();
    assert!(matches!(error, ConfigError::ReadOnly { .. }), "{error}");
    set_mode(&world.path(), 0o600);
    set_mode(&world.folder(), 0o500);
    let error = world.file().update_blocking(add("new")).unwrap_err();
    assert!(matches!(error, ConfigError::ReadOnly { .. }), "{error}");
    set_mode(&world.folder(), 0o700);
    assert_eq!(world.text(), FOREIGN);
    assert_eq!(world.others(), Vec::<String>::new());
}

#[test]
fn a_full_disk_loses_nothing() {
    let world = World::new();
    let Some(_disk) = SmallDisk::mount(&world.folder(), "size=64k,mode=700", MountFlags::empty()) else {
        return;
    };
    world.put(FOREIGN);
    // Something else fills the disk to the last page.
    let filler = fs::write(world.folder().join("filler"), vec![0; 128 * 1024]).unwrap_err();
    assert_eq!(filler.kind(), std::io::ErrorKind::StorageFull);
    let error = world.file().update_blocking(add("new")).unwrap_err();
    assert!(matches!(error, ConfigError::DiskFull { .. }), "{error}");
    assert_eq!(world.text(), FOREIGN);
    assert_eq!(world.others(), ["filler"]);
    fs::remove_file(world.folder().join("filler")).unwrap();
    world.file().update_blocking(add("new")).unwrap();
    assert!(world.text().contains("new"));
}

#[test]
fn a_read_only_disk_is_said_to_be_so() {
    let world = World::new();
    let Some(_disk) = SmallDisk::mount(&world.folder(), "size=64k,mode=700", MountFlags::RDONLY) else {
        return;
    };
    let error = world.file().update_blocking(add("new")).unwrap_err();
    assert!(matches!(error, ConfigError::ReadOnly { .. }), "{error}");
}

#[tokio::test]
async fn the_port_does_the_same_off_the_runtime() {
    let world = World::new();
    let port: &dyn SharedConfig = &world.file();
    port.update(Box::new(add("prod"))).await.unwrap();
    assert!(port.read().await.unwrap().config().server("prod").is_some());
    assert_eq!(port.path(), world.path());
}
