use std::fs::{self, File};
use std::io::Write;
use std::time::Duration;

use anyhow::Result;

use crate::world::World;

/// A lock file as another program holds it.
fn hold(world: &World, name: &str) -> Result<File> {
    let path = world.desktop.config_dir().join(name);
    fs::create_dir_all(path.parent().unwrap())?;
    let mut file = File::create(path)?;
    file.lock()?;
    file.write_all(b"old-tool 4711\n")?;
    Ok(file)
}

async fn world() -> Result<World> {
    let world = World::bare().await?;
    world
        .done(&["server", "add", "prod", "--url", "http://127.0.0.1:1"])
        .await?;
    Ok(world)
}

#[tokio::test]
async fn whoever_keeps_a_lock_is_named() -> Result<()> {
    let world = world().await?;
    let held = [hold(&world, "config.json.lock")?, hold(&world, "locks/prod.lock")?];
    let report = world.doctor().await?;
    report.fails("config_lock", "old-tool 4711 has kept the shared file locked");
    report.fails("session_lock:prod", "old-tool 4711 has kept the session of prod locked");
    assert!(!report.fix("config_lock").1 && report.code == 3);
    drop(held);
    let report = world.doctor().await?;
    report.holds("config_lock");
    report.holds("session_lock:prod");
    let text = fs::read_to_string(world.desktop.config_dir().join("locks/prod.lock"))?;
    assert_eq!(text, "old-tool 4711\n", "looking leaves no trace");
    Ok(())
}

#[tokio::test]
async fn a_lock_that_is_given_back_soon_is_no_fault() -> Result<()> {
    let world = world().await?;
    let held = hold(&world, "config.json.lock")?;
    let release = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(600)).await;
        drop(held);
    });
    world.doctor().await?.holds("config_lock");
    Ok(release.await?)
}

#[tokio::test]
async fn what_is_no_lock_file_is_not_waited_for() -> Result<()> {
    let world = world().await?;
    let lock = world.desktop.config_dir().join("config.json.lock");
    fs::remove_file(&lock)?;
    assert!(world.desktop.command("mkfifo").arg(&lock).status().await?.success());
    world.doctor().await?.fails("config_lock", "not a plain file");
    Ok(())
}
