//! What must not be there. Each sentence of `ARCHITECTURE.md` about an absence is held here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Who may import whom, as in `ARCHITECTURE.md`; `testbed` is a dev-dependency of anybody and imports nobody.
const ARROWS: [(&str, &[&str]); 8] = [
    ("flowstate-accounts", &["cli", "machine", "accounts", "auth-core"]),
    ("cli", &["machine", "accounts", "auth-core"]),
    ("machine", &["accounts", "auth-core"]),
    ("accounts", &["auth-core"]),
    ("auth-server", &["auth-storage", "auth-core"]),
    ("auth-storage", &["auth-core"]),
    ("auth-core", &[]),
    ("testbed", &[]),
];

fn read(path: impl AsRef<Path>) -> String {
    let path = Path::new(ROOT).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn manifest(package: &str) -> Table {
    let path = match package {
        "flowstate-accounts" => "Cargo.toml".to_owned(),
        package => format!("src-tauri/crates/{package}/Cargo.toml"),
    };
    read(path).parse().unwrap()
}

/// The names under every table called `kind`, those of single platforms included.
fn dependencies(manifest: &Table, kind: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |table: Option<&Value>| {
        names.extend(
            table
                .and_then(Value::as_table)
                .into_iter()
                .flat_map(Table::keys)
                .cloned(),
        );
    };
    add(manifest.get(kind));
    for platform in manifest
        .get("target")
        .and_then(Value::as_table)
        .into_iter()
        .flat_map(|targets| targets.values())
    {
        add(platform.get(kind));
    }
    names
}

#[test]
fn no_arrow_leaves_the_plan() {
    let ours: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    for (package, allowed) in ARROWS {
        let manifest = manifest(package);
        assert_eq!(manifest["package"]["name"].as_str(), Some(package));
        for kind in ["dependencies", "build-dependencies"] {
            for name in dependencies(&manifest, kind)
                .iter()
                .filter(|name| ours.contains(name.as_str()))
            {
                assert!(allowed.contains(&name.as_str()), "{package} must not import {name}");
            }
        }
        for name in dependencies(&manifest, "dev-dependencies")
            .iter()
            .filter(|name| ours.contains(name.as_str()))
        {
            assert!(
                allowed.contains(&name.as_str()) || name == "testbed",
                "the tests of {package} must not import {name}"
            );
        }
    }
    let folders = fs::read_dir(Path::new(ROOT).join("src-tauri/crates")).unwrap();
    for folder in folders {
        let name = folder.unwrap().file_name().into_string().unwrap();
        assert!(ours.contains(name.as_str()), "the crate {name} is not in the plan");
    }
}

#[test]
fn only_the_shell_knows_tauri() {
    for (package, _) in ARROWS.iter().filter(|(package, _)| *package != "flowstate-accounts") {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let names = dependencies(&manifest(package), kind);
            assert!(
                !names.iter().any(|name| name.starts_with("tauri")),
                "{package} names tauri"
            );
        }
    }
}

fn sources(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(ROOT).join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "node_modules" && name != "dist" && name != "target" {
                open.push(path);
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let files = [sources("src-tauri", &[".rs"]), sources("ui/src", &[".ts", ".svelte"])].concat();
    let mut lengths: Vec<usize> = Vec::new();
    for file in &files {
        let lines = fs::read_to_string(file).unwrap().lines().count();
        assert!(lines <= 500, "{} has {lines} lines", file.display());
        lengths.push(lines);
    }
    lengths.sort_unstable();
    assert!(
        lengths[lengths.len() / 2] < 130,
        "the median file has {} lines",
        lengths[lengths.len() / 2]
    );
}

#[test]
fn no_error_is_a_text() {
    // Written in two halves, or this file would find itself.
    let text_error = concat!(",Str", "ing>");
    for file in sources("src-tauri", &[".rs"]) {
        let source: String = fs::read_to_string(&file).unwrap().split_whitespace().collect();
        for result in source.split("Result<").skip(1) {
            let end = result.find(['{', ';', '(', '=']).unwrap_or(result.len());
            assert!(
                !result[..end].ends_with(text_error),
                "{}: {}",
                file.display(),
                &result[..end]
            );
        }
    }
}

#[test]
fn the_page_may_call_what_is_listed_and_nothing_else() {
    let source = read("src-tauri/src/commands.rs");
    let listed = source
        .split_once("generate_handler![")
        .unwrap()
        .1
        .split_once(']')
        .unwrap()
        .0;
    let commands: BTreeSet<&str> = listed
        .split(',')
        .map(|path| path.trim().rsplit("::").next().unwrap_or_default())
        .filter(|name| !name.is_empty())
        .collect();
    let permissions: Table = read("src-tauri/permissions/commands.toml").parse().unwrap();
    let permissions = permissions["permission"].as_array().unwrap();
    let mut allowed = BTreeSet::new();
    for permission in permissions {
        allowed.extend(
            permission["commands"]["allow"]
                .as_array()
                .unwrap()
                .iter()
                .map(|name| name.as_str().unwrap()),
        );
    }
    assert_eq!(allowed, commands);

    let config: serde_json::Value = serde_json::from_str(&read("tauri.conf.json")).unwrap();
    let capabilities = config["app"]["security"]["capabilities"].as_array().unwrap();
    assert_eq!(capabilities.len(), 1);
    assert_eq!(capabilities[0]["windows"], serde_json::json!(["main"]));
    let granted: BTreeSet<&str> = capabilities[0]["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    let named: BTreeSet<&str> = permissions
        .iter()
        .map(|permission| permission["identifier"].as_str().unwrap())
        .collect();
    assert_eq!(granted, named);
}

#[test]
fn the_content_policy_is_strict_and_no_window_opens_by_itself() {
    let config: serde_json::Value = serde_json::from_str(&read("tauri.conf.json")).unwrap();
    let csp = config["app"]["security"]["csp"].as_str().unwrap();
    assert!(csp.starts_with("default-src 'none'"));
    for hole in ["unsafe", "*", "http:;", "https:", "blob:"] {
        assert!(!csp.contains(hole), "the content policy holds {hole}");
    }
    assert_eq!(config["app"]["windows"], serde_json::json!([]));
}
