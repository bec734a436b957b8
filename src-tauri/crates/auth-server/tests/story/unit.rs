//! The systemd unit of the package, as systemd's own tools see it.

use std::process::{Command, Output};

const UNIT: &str = include_str!("../../package/flowstate-auth-server.service");

/// systemd's judge over the unit; none where this machine has none.
fn judged(arguments: &[&str]) -> Option<Output> {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("flowstate-auth-server.service");
    // The program is where this build has it.
    let here = UNIT.replace(
        "/usr/bin/flowstate-auth-server",
        env!("CARGO_BIN_EXE_flowstate-auth-server"),
    );
    assert_ne!(here, UNIT);
    std::fs::write(&unit, here).unwrap();
    match Command::new("systemd-analyze").args(arguments).arg(&unit).output() {
        Ok(output) => Some(output),
        Err(error) => {
            eprintln!("left out: systemd-analyze: {error}");
            None
        }
    }
}

#[test]
fn systemd_understands_every_line_of_the_unit() {
    let Some(output) = judged(&["verify", "--man=no"]) else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("flowstate-auth-server.service:"), "{said}");
}

#[test]
fn the_unit_leaves_a_server_that_was_broken_into_nearly_nothing() {
    // In tenths of systemd's exposure level: 0 is nothing at all, 96 a unit that says nothing. The network is what it is there for.
    let Some(output) = judged(&["security", "--offline=true", "--threshold=15", "--no-pager"]) else {
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
