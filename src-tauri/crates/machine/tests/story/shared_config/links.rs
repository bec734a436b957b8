use std::fs;
use std::os::unix::fs::symlink;

use super::{FOREIGN, World, add, mode, names};

#[test]
fn a_link_to_the_file_stays_and_its_target_is_replaced() {
    let world = World::new();
    let dotfiles = world.root.path().join("dotfiles");
    fs::create_dir(&dotfiles).unwrap();
    fs::create_dir(world.folder()).unwrap();
    fs::write(dotfiles.join("flow.json"), FOREIGN).unwrap();
    symlink("../dotfiles/flow.json", world.path()).unwrap();
    world.file().update_blocking(add("new")).unwrap();
    assert!(fs::symlink_metadata(world.path()).unwrap().is_symlink());
    assert!(fs::read_to_string(dotfiles.join("flow.json")).unwrap().contains("new"));
    assert_eq!(mode(&dotfiles.join("flow.json")), 0o600);
    assert_eq!(
        names(&dotfiles),
        ["flow.json"],
        "neither lock nor backup gets into a repository"
    );
    assert_eq!(world.others().len(), 1);
}

#[test]
fn a_link_to_the_folder_stays() {
    let world = World::new();
    let real = world.root.path().join("real");
    fs::create_dir(&real).unwrap();
    fs::write(real.join("config.json"), FOREIGN).unwrap();
    symlink("real", world.folder()).unwrap();
    world.file().update_blocking(add("new")).unwrap();
    assert!(fs::symlink_metadata(world.folder()).unwrap().is_symlink());
    assert!(fs::read_to_string(real.join("config.json")).unwrap().contains("new"));
}

#[test]
fn links_to_nothing_yet_lead_to_where_the_file_is_made() {
    let world = World::new();
    symlink("not/yet", world.folder()).unwrap();
    assert!(world.file().read_blocking().unwrap().config().servers.is_empty());
    world.file().update_blocking(add("new")).unwrap();
    let real = world.root.path().join("not/yet");
    assert_eq!((mode(&real), mode(&real.join("config.json"))), (0o700, 0o600));

    let world = World::new();
    fs::create_dir(world.folder()).unwrap();
    symlink(world.root.path().join("elsewhere/flow.json"), world.path()).unwrap();
    world.file().update_blocking(add("new")).unwrap();
    assert!(fs::symlink_metadata(world.path()).unwrap().is_symlink());
    assert!(world.text().contains("new"));
}

#[test]
fn links_in_a_circle_are_an_error() {
    let world = World::new();
    fs::create_dir(world.folder()).unwrap();
    symlink("other.json", world.path()).unwrap();
    symlink("config.json", world.folder().join("other.json")).unwrap();
    let error = world.file().read_blocking().unwrap_err();
    assert!(error.to_string().contains("circle"), "{error}");
}
