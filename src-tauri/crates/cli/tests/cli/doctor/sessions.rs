//! What our own settings say of sessions.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use testbed::Server;

use crate::world::World;

/// The settings of this world's config folder.
fn settings_file(world: &World) -> Result<PathBuf> {
    if world.data().join("settings.json").is_file() {
        return Ok(world.data().join("settings.json"));
    }
    let folders = fs::read_dir(world.data().join("folders"))?;
    let found = folders
        .flatten()
        .map(|folder| folder.path().join("settings.json"))
        .find(|file| file.is_file());
    found.context("no settings")
}

fn change_settings(world: &World, change: impl FnOnce(&mut Value)) -> Result<()> {
    let file = settings_file(world)?;
    let mut settings = serde_json::from_str(&fs::read_to_string(&file)?)?;
    change(&mut settings);
    Ok(fs::write(file, settings.to_string())?)
}

#[tokio::test]
async fn what_another_program_did_to_a_session_is_told() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.doctor().await?.holds("session_conflict:prod");
    let sound = world.config_text()?;

    world.change_config(|config| config["servers"]["prod"]["auth"]["userId"] = "somebody-else".into())?;
    let report = world.doctor().await?;
    report.fails("session_conflict:prod", "another person's session");
    assert!(report.fix("session_conflict:prod").0.contains("login --server prod"));

    let mut without: Value = serde_json::from_str(&sound)?;
    let profile = without["servers"]["prod"].as_object_mut();
    profile.context("no profile")?.remove("auth");
    world.write_config(&without.to_string())?;
    world
        .doctor()
        .await?
        .fails("session_conflict:prod", "took your session out");
    change_settings(&world, |settings| settings["sharing"] = json!({"prod": "none"}))?;
    world.doctor().await?.holds("session_conflict:prod");

    world.change_config(|config| config["servers"] = json!({}))?;
    world
        .doctor()
        .await?
        .fails("session_conflict:prod", "left the shared file");
    world.write_config("{")?;
    assert!(
        !world.doctor().await?.has("session_conflict:prod"),
        "nothing is lost while the file cannot be read"
    );
    world.write_config(&sound)?;
    world.doctor().await?.holds("session_conflict:prod");
    Ok(())
}

#[tokio::test]
async fn a_server_that_has_not_heard_of_a_sign_out_is_named() -> Result<()> {
    let mut server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.doctor().await?.holds("sign_outs");
    server.stop().await?;
    world.done(&["logout", "--server", "prod"]).await?;
    let report = world.doctor().await?;
    report.fails("sign_outs", "prod");
    assert!(!report.has("session_conflict:prod"));
    Ok(())
}

#[tokio::test]
async fn settings_that_cannot_be_read_are_named_with_their_place() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    let file = settings_file(&world)?;
    let sound = fs::read(&file)?;
    fs::write(&file, "{\n\"store\": 7}")?;
    let report = world.fix().await?;
    report.fails("settings_readable", "line 2");
    assert!(!report.has("sign_outs") && !report.fix("settings_readable").1 && report.code == 3);
    assert_eq!(fs::read_to_string(&file)?, "{\n\"store\": 7}");
    fs::write(&file, sound)?;
    world.doctor().await?.holds("settings_readable");
    Ok(())
}
