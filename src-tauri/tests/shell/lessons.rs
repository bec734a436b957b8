//! The table of `ARCHITECTURE.md` names a test for each lesson: the test is there, and no lesson of the refresher, the keychain, the shared
//! file and the command line is without one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src-tauri");

/// The lesson's number, the file and the test of each row.
fn rows() -> Vec<(u32, String, String)> {
    let text = fs::read_to_string(Path::new(ROOT).join("ARCHITECTURE.md")).unwrap();
    let (_, table) = text.split_once("| lesson | file | test |\n").unwrap();
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let number = cells[1].split(' ').next().unwrap().parse().unwrap();
        let code = |cell: &str| cell.trim_matches('`').to_owned();
        (number, code(cells[2]), code(cells[3]))
    })
    .collect()
}

#[test]
fn each_lesson_has_a_test_that_is_there() {
    for (number, file, test) in rows() {
        let text = fs::read_to_string(Path::new(ROOT).join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let at = text
            .find(&format!("fn {test}("))
            .unwrap_or_else(|| panic!("lesson {number}: {file} has no {test}"));
        let attribute = text[..at].rfind("#[").unwrap();
        assert!(
            text[attribute..at].contains("test"),
            "lesson {number}: {test} is no test"
        );
    }
}

#[test]
fn no_lesson_is_without_a_test() {
    let held: BTreeSet<u32> = rows().into_iter().map(|(number, ..)| number).collect();
    let needed = (1..=19).chain([26, 27, 29, 30]);
    let missing: Vec<u32> = needed.filter(|number| !held.contains(number)).collect();
    assert_eq!(missing, Vec::<u32>::new());
}
