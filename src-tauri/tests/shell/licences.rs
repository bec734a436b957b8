//! The window names everything of others that is shipped.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// What of the page's packages is in its bundle; all others only make it.
const IN_THE_PAGE: [&str; 2] = ["svelte", "@tauri-apps/api"];

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// Name, version and licence of each crate that the two programs are built of on Linux.
fn crates() -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--offline",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ])
        .current_dir(ROOT)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let array = |value: &Value| value.as_array().unwrap().clone();
    let nodes: BTreeMap<String, Value> = array(&metadata["resolve"]["nodes"])
        .into_iter()
        .map(|node| (text(&node, "id").to_owned(), node))
        .collect();
    let packages = array(&metadata["packages"]);
    let is_shipped = |package: &&Value| {
        package["source"].is_null() && ["flowstate-accounts", "cli"].contains(&text(package, "name"))
    };
    let mut open: Vec<String> = packages
        .iter()
        .filter(is_shipped)
        .map(|package| text(package, "id").to_owned())
        .collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        for dependency in array(&nodes[&id]["deps"]) {
            // What only tests or builds is not shipped.
            let is_normal = array(&dependency["dep_kinds"])
                .iter()
                .any(|kind| kind["kind"].is_null());
            if is_normal {
                open.push(text(&dependency, "pkg").to_owned());
            }
        }
    }
    let of_others = packages
        .iter()
        .filter(|package| seen.contains(text(package, "id")) && !package["source"].is_null());
    of_others
        .map(|package| {
            format!(
                "{}\t{}\t{}",
                text(package, "name"),
                text(package, "version"),
                text(package, "license")
            )
        })
        .collect()
}

fn page() -> BTreeSet<String> {
    let lock = std::fs::read_to_string(Path::new(ROOT).join("ui/package-lock.json")).unwrap();
    let lock: Value = serde_json::from_str(&lock).unwrap();
    let line = |name: &&str| {
        let package = &lock["packages"][format!("node_modules/{name}")];
        format!("{name}\t{}\t{}", text(package, "version"), text(package, "license"))
    };
    IN_THE_PAGE.iter().map(line).collect()
}

/// `FLOWSTATE_WRITE_LICENCES=1 cargo nextest run -p flowstate-accounts licences` writes the list anew.
#[test]
fn the_list_of_licences_is_fresh() {
    let path = Path::new(ROOT).join("src-tauri/licences.txt");
    let lines: BTreeSet<String> = crates().into_iter().chain(page()).collect();
    let fresh: String = lines.into_iter().map(|line| line + "\n").collect();
    if std::env::var_os("FLOWSTATE_WRITE_LICENCES").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(
        kept == fresh,
        "the list of licences is stale; see the comment above this test"
    );
    assert!(
        fresh.lines().all(|line| line.split('\t').all(|word| !word.is_empty())),
        "one has no licence:\n{fresh}"
    );
}
