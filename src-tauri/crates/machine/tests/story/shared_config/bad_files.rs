use std::fs;
use std::path::Path;

use accounts::ports::ConfigError;
use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::{FOREIGN, World, add};

/// Both verbs fail alike and the file stays as it is.
fn both_fail(world: &World) -> ConfigError {
    let before = fs::metadata(world.path())
        .ok()
        .filter(fs::Metadata::is_file)
        .map(|_| fs::read(world.path()).unwrap());
    let read = world.file().read_blocking().unwrap_err();
    let update = world.file().update_blocking(add("new")).unwrap_err();
    assert_eq!(read.to_string(), update.to_string());
    assert!(before.is_none_or(|before| before == fs::read(world.path()).unwrap()));
    assert!(read.to_string().contains("It is left as it is"), "{read}");
    read
}

#[test]
fn broken_files_are_never_overwritten() {
    let cases: [(&[u8], &str); 6] = [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"[]", "it holds an array"),
        (b"{\n  \"servers\": {", "at line 2, column 14"),
        (b"{\n  \"a\": }", "at line 2, column 8"),
        (b"{\n\"\xc3\xbc\xff\": 1}", "at line 2, column 3: this is not UTF-8"),
    ];
    for (bytes, expected) in cases {
        let world = World::new();
        world.put(bytes);
        let ConfigError::Broken { source, backup, .. } = both_fail(&world) else {
            panic!("{}", String::from_utf8_lossy(bytes));
        };
        assert!(source.to_string().contains(expected), "{expected}: {source}");
        assert_eq!(backup, None);
    }
}

#[test]
fn the_last_good_copy_is_offered() {
    let world = World::with(FOREIGN);
    world.file().update_blocking(add("new")).unwrap();
    let backup = world.folder().join(&world.others()[0]);
    fs::write(backup.with_file_name("config.json.backup-99990101T000000.000Z"), "{").unwrap();
    world.put("{");
    let error = both_fail(&world);
    assert!(
        matches!(&error, ConfigError::Broken { backup: Some(offered), .. } if *offered == backup),
        "{error}"
    );
    assert!(error.to_string().contains(backup.to_str().unwrap()));
    assert_eq!(fs::read_to_string(backup).unwrap(), FOREIGN);
}

#[test]
fn a_huge_file_is_not_read() {
    let world = World::new();
    world.put(" ".repeat(10 * 1024 * 1024));
    let error = both_fail(&world);
    assert!(
        matches!(
            error,
            ConfigError::TooBig {
                size: 10_485_760,
                limit: 8_388_608,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn what_is_no_file_is_said_to_be_none_and_waits_for_nobody() {
    let world = World::new();
    fs::create_dir_all(world.path()).unwrap();
    assert!(both_fail(&world).to_string().contains("it is a folder"));
    fs::remove_dir(world.path()).unwrap();
    mknodat(CWD, world.path(), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    assert!(both_fail(&world).to_string().contains("it is a pipe or a device"));
}

#[test]
fn a_folder_that_is_a_file_is_said_to_be_one() {
    let world = World::new();
    fs::write(world.folder(), "mine").unwrap();
    let error = world.file().update_blocking(add("new")).unwrap_err();
    assert!(matches!(error, ConfigError::Io { .. }), "{error}");
    assert_eq!(fs::read_to_string(Path::new(&world.folder())).unwrap(), "mine");
}
