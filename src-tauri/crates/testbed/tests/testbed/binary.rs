use std::fs;

use anyhow::Result;
use testbed::Desktop;
use tokio::process::Command;

/// Runs in a process of its own, for its variables.
#[test]
#[ignore = "started by the test below"]
fn look_up() -> Result<()> {
    println!("found {}", testbed::binary("flowstate-auth")?.display());
    Ok(())
}

#[tokio::test]
async fn ready_made_programs_are_taken_from_their_folder() -> Result<()> {
    let desktop = Desktop::start().await?;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["--exact", "binary::look_up", "--ignored", "--nocapture"])
        .env("FLOWSTATE_BIN_DIR", desktop.home());
    let missing = command.output().await?;
    assert!(!missing.status.success());
    let said = String::from_utf8(missing.stderr)?;
    assert!(said.contains("flowstate-auth is missing"), "{said}");

    let program = desktop.home().join("flowstate-auth");
    fs::write(&program, "")?;
    let found = String::from_utf8(command.output().await?.stdout)?;
    assert!(found.contains(&format!("found {}", program.display())), "{found}");
    Ok(())
}

#[test]
fn only_our_own_programs_are_built() {
    let error = testbed::binary("firefox").unwrap_err().to_string();
    assert!(error.contains("firefox"), "{error}");
}
