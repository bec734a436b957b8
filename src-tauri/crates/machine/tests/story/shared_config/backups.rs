use std::fs;

use super::{FOREIGN, World, add, mode};

#[test]
fn a_foreign_file_is_kept_once_before_the_first_change() {
    let world = World::with(FOREIGN);
    world.file().update_blocking(add("a")).unwrap();
    world.file().update_blocking(add("b")).unwrap();
    let [backup] = &world.others()[..] else {
        panic!("{:?}", world.others())
    };
    assert!(
        backup.starts_with("config.json.backup-2") && backup.ends_with('Z') && backup.len() == 39,
        "{backup}"
    );
    let backup = world.folder().join(backup);
    assert_eq!(fs::read_to_string(&backup).unwrap(), FOREIGN);
    assert_eq!(mode(&backup), 0o600);
}

#[test]
fn our_own_file_is_copied_once_a_day_and_when_somebody_else_has_changed_it() {
    let world = World::new();
    for id in ["a", "b", "x"] {
        world.file().update_blocking(add(id)).unwrap();
    }
    let [daily] = &world.others()[..] else {
        panic!("{:?}", world.others())
    };
    let daily = world.folder().join(daily);
    assert!(fs::read_to_string(&daily).unwrap().contains("\"a\""));
    // A day later there is another; the newest of them is what is offered when the file is damaged.
    let yesterday = std::time::SystemTime::now() - std::time::Duration::from_secs(25 * 60 * 60);
    fs::File::options()
        .append(true)
        .open(&daily)
        .unwrap()
        .set_modified(yesterday)
        .unwrap();
    world.file().update_blocking(add("y")).unwrap();
    assert_eq!(world.others().len(), 2);
    let theirs = world.text().replace("1.0.0", "1.0.1");
    world.put(&theirs);
    world.file().update_blocking(add("c")).unwrap();
    assert_eq!(
        fs::read_to_string(world.folder().join(&world.others()[2])).unwrap(),
        theirs
    );
}

#[test]
fn ten_copies_are_kept_and_the_oldest_is_one_of_them() {
    let world = World::with(FOREIGN);
    for round in 0..14 {
        world.put(format!("{FOREIGN}{}", "\n".repeat(round)));
        world.file().update_blocking(add("new")).unwrap();
    }
    let copies: Vec<_> = world
        .others()
        .iter()
        .map(|name| fs::read_to_string(world.folder().join(name)).unwrap().len() - FOREIGN.len())
        .collect();
    assert_eq!(copies, [0, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
}
