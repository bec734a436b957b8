use std::fs;
use std::path::Path;

use anyhow::Result;
use testbed::{Desktop, Keyring, TrayHost};

use crate::world::World;

#[tokio::test]
async fn without_a_display_nobody_misses_a_tray() -> Result<()> {
    let world = World::with_keyring().await?;
    let report = world.doctor().await?;
    assert!(report.holds("display").contains("no display"));
    assert!(!report.has("tray_host"));
    Ok(())
}

#[tokio::test]
async fn with_a_display_somebody_has_to_show_the_icon() -> Result<()> {
    let desktop = Desktop::with_display().await?;
    let keyring = Some(Keyring::unlocked(&desktop).await?);
    let world = World { keyring, desktop };
    let report = world.doctor().await?;
    assert!(report.holds("display").contains("DISPLAY is :"));
    report.fails("tray_host", "Nobody shows tray icons");
    assert_eq!(report.code, 1);
    let _host = TrayHost::start(&world.desktop).await?;
    world.doctor().await?.holds("tray_host");
    Ok(())
}

#[tokio::test]
async fn an_autostart_entry_leads_to_a_program() -> Result<()> {
    let world = World::with_keyring().await?;
    let folder = world.desktop.home().join(".config/autostart");
    fs::create_dir_all(&folder)?;
    assert!(
        world
            .doctor()
            .await?
            .holds("autostart")
            .contains("does not start by itself")
    );
    let entry = folder.join("flowstate-accounts.desktop");
    fs::write(
        &entry,
        "[Desktop Entry]\nType=Application\nExec=/gone/flowstate-tray --hidden\n",
    )?;
    world.doctor().await?.fails("autostart", "/gone/flowstate-tray");

    // Where the app is not beside this program, it is found by its name.
    let programs = world.desktop.home().join("bin");
    fs::create_dir_all(&programs)?;
    fs::copy("/bin/true", programs.join("flowstate-tray"))?;
    let path = format!("{}:{}", programs.display(), std::env::var("PATH")?);
    let mut command = world.command(&["doctor", "--json", "--fix"]);
    command.env("PATH", &path);
    let report = super::Report::of(command).await?;
    assert!(report.is_fixed("autostart"), "{}", fs::read_to_string(&entry)?);
    let text = fs::read_to_string(&entry)?;
    let program = text.split('"').nth(1).unwrap();
    assert!(
        Path::new(program).is_file() && text.ends_with("flowstate-tray\" --hidden\n"),
        "{text}"
    );
    world.doctor().await?.holds("autostart");
    Ok(())
}
