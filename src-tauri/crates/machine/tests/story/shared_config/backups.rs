use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use auth_core::config::{ConfigDocument, DocumentError, StoredAuth};

use super::{FOREIGN, World, add, mode, session};

impl World {
    /// The copies, oldest first.
    pub fn copies(&self) -> Vec<PathBuf> {
        let names = self.others().into_iter().filter(|name| name.contains(".backup-"));
        names.map(|name| self.folder().join(name)).collect()
    }

    fn copied(&self) -> Vec<String> {
        self.copies()
            .iter()
            .map(|copy| fs::read_to_string(copy).unwrap())
            .collect()
    }

    /// Lets a copy be two days old.
    fn age(&self, copy: &PathBuf) {
        let then = SystemTime::now() - Duration::from_secs(48 * 60 * 60);
        fs::File::options()
            .append(true)
            .open(copy)
            .unwrap()
            .set_modified(then)
            .unwrap();
    }
}

type Change = fn(&mut ConfigDocument) -> Result<(), DocumentError>;

/// What a refresh does.
fn refresh(token: &str) -> impl FnOnce(&mut ConfigDocument) -> Result<(), DocumentError> + use<> {
    let auth = session(token);
    move |document| document.set_auth("prod", &auth)
}

#[test]
fn what_a_person_called_nearly_so_is_theirs() {
    let world = World::with(FOREIGN);
    let theirs = ["config.json.backup-1", "config.json.backup-mine"].map(|name| world.folder().join(name));
    for file in &theirs {
        fs::write(file, "{}").unwrap();
    }
    fs::create_dir(world.folder().join("config.json.backup-0dir")).unwrap();
    for number in 0..14 {
        world.file().update_blocking(add(&format!("s{number}"))).unwrap();
    }
    assert!(theirs.iter().all(|file| file.exists()), "{:?}", world.others());
    assert_eq!(world.copies().len(), 1 + 10 + 3, "{:?}", world.others());
}

#[test]
fn a_foreign_file_is_kept_before_our_first_change() {
    let world = World::with(FOREIGN);
    world.file().update_blocking(refresh("t1")).unwrap();
    world.file().update_blocking(refresh("t2")).unwrap();
    let [backup] = &world.copies()[..] else {
        panic!("{:?}", world.others())
    };
    let name = backup.file_name().unwrap().to_string_lossy();
    assert!(
        name.starts_with("config.json.backup-2") && name.ends_with('Z') && name.len() == 39,
        "{name}"
    );
    assert_eq!(fs::read_to_string(backup).unwrap(), FOREIGN);
    assert_eq!(mode(backup), 0o600);
    let theirs = world.text().replace("2.7.0", "2.8.0");
    world.put(&theirs);
    world.file().update_blocking(refresh("t3")).unwrap();
    assert_eq!(world.copied(), [FOREIGN, &theirs], "somebody has worked on it since");
}

#[test]
fn every_change_that_a_person_makes_can_be_undone() {
    let world = World::with(FOREIGN);
    let mut states = Vec::new();
    let changes: [Change; 5] = [
        |document| document.set_active("prod"),
        |document| document.rename_server("prod", "live"),
        |document| {
            document.describe_server(&auth_core::config::ServerProfile {
                name: "New".to_owned(),
                ..super::profile("live")
            })
        },
        |document| {
            document.add_server(&super::profile("two"))?;
            document.reorder_servers(&["two".to_owned()]);
            Ok(())
        },
        |document| document.remove_server("live"),
    ];
    for change in changes {
        states.push(world.text());
        world.file().update_blocking(change).unwrap();
    }
    assert_eq!(world.copied(), states);
}

#[test]
fn refreshes_push_no_copy_out_however_many_days_they_go_on() {
    let world = World::with(FOREIGN);
    world.file().update_blocking(add("two")).unwrap();
    for day in 0..30 {
        for hour in 0..3 {
            world.file().update_blocking(refresh(&format!("{day}-{hour}"))).unwrap();
        }
        // A tool that refreshes by itself has written meanwhile: its file is kept, too.
        world.put(world.text().replace(&format!("{day}-2"), &format!("theirs-{day}")));
        world.age(world.copies().last().unwrap());
    }
    let copies = world.copied();
    assert_eq!(copies.len(), 2, "{:?}", world.others());
    assert_eq!(copies[0], FOREIGN);
    assert!(
        copies[1].contains("theirs-28"),
        "the newest of those that differ in the session alone"
    );
}

#[test]
fn our_own_file_is_copied_once_a_day() {
    let world = World::new();
    world.file().update_blocking(add("prod")).unwrap();
    assert_eq!(world.copies(), Vec::<PathBuf>::new(), "there was nothing to keep");
    world.file().update_blocking(refresh("t1")).unwrap();
    world.file().update_blocking(refresh("t2")).unwrap();
    assert!(!world.copied()[0].contains("t1"), "{:?}", world.copied());
    for newer in ["t3", "t4"] {
        world.age(world.copies().last().unwrap());
        world.file().update_blocking(refresh(newer)).unwrap();
    }
    let copied = world.copied();
    assert!(
        copied.len() == 2 && !copied[0].contains("auth\"") && copied[1].contains("t3"),
        "the first, and the newest of those that differ in the session alone: {copied:?}"
    );
}

#[test]
fn the_first_and_the_last_ten_are_kept() {
    let world = World::with(FOREIGN);
    for round in 0..14 {
        world.put(format!("{FOREIGN}{}", "\n".repeat(round)));
        world.file().update_blocking(add("new")).unwrap();
    }
    let lengths: Vec<usize> = world.copied().iter().map(|copy| copy.len() - FOREIGN.len()).collect();
    assert_eq!(lengths, [0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
}

#[test]
fn copies_are_listed_with_their_time_and_whether_they_can_be_read() {
    let world = World::new();
    assert_eq!(world.file().backups().unwrap(), []);
    world.put(FOREIGN);
    world.file().update_blocking(add("two")).unwrap();
    fs::write(world.folder().join("config.json.backup-20010203T040506.007Z"), "{").unwrap();
    let listed = world.file().backups().unwrap();
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_millis() as u64;
    assert!(
        listed[0].servers == Some(1) && now - listed[0].made_at < 60_000,
        "{listed:?}"
    );
    assert_eq!((listed[1].servers, listed[1].made_at), (None, 981_173_106_007));
}

pub fn auth_of(world: &World, id: &str) -> Option<StoredAuth> {
    world.file().read_blocking().unwrap().config().server(id)?.auth.clone()
}
