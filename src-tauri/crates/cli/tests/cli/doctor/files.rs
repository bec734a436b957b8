use std::fs;
use std::os::unix::fs::chown;
use std::time::{Duration, SystemTime};

use anyhow::Result;

use super::{mode, set_mode};
use crate::world::World;

const ONE: &str = r#"{"version":"1.0.0","servers":{"a":{"id":"a","url":"https://a.invalid","domainId":"d"}}}"#;

async fn world(config: &str) -> Result<World> {
    let world = World::bare().await?;
    world.write_config(config)?;
    world.close_config();
    Ok(world)
}

#[tokio::test]
async fn a_broken_file_is_named_with_its_place_and_never_mended_by_itself() -> Result<()> {
    let world = world("{\n  \"servers\": {").await?;
    for report in [world.doctor().await?, world.fix().await?] {
        report.fails("config_parses", "line 2, column 14");
        assert!(
            report.fix("config_parses").0.contains("there is no copy"),
            "{:?}",
            report.fix("config_parses")
        );
        assert!(!report.has("config_ids") && !report.has("server_address:a") && report.code == 3);
    }
    assert_eq!(world.config_text()?, "{\n  \"servers\": {");
    world.write_config(ONE)?;
    world.done(&["server", "use", "a"]).await?;
    world.write_config("[]")?;
    let report = world.doctor().await?;
    report.fails("config_parses", "an array");
    assert!(
        report.fix("config_parses").0.contains("config.json.backup-")
            && report.fix("config_parses").0.contains("config undo")
    );
    world.done(&["config", "undo", "--yes"]).await?;
    world.doctor().await?.holds("config_parses");
    Ok(())
}

#[tokio::test]
async fn a_file_that_others_may_read_is_closed() -> Result<()> {
    let world = world(ONE).await?;
    world.done(&["server", "use", "a"]).await?;
    let private = ["config.json.lock"].map(|name| world.desktop.config_dir().join(name));
    let copies = fs::read_dir(world.desktop.config_dir())?
        .flatten()
        .map(|entry| entry.path());
    let copies = copies.filter(|path| path.to_string_lossy().contains("backup-"));
    let private: Vec<_> = private.into_iter().chain(copies).collect();
    let settings = world.data().join("folders/x/settings.json");
    let data = world.desktop.home().join(".local/share/flowstate-accounts");
    fs::create_dir_all(settings.parent().unwrap())?;
    fs::write(&settings, "{}")?;
    world.doctor().await?.holds("config_permissions");
    set_mode(&world.config_file(), 0o640);
    set_mode(&world.desktop.config_dir(), 0o755);
    private.iter().for_each(|path| set_mode(path, 0o644));
    set_mode(&settings, 0o604);
    set_mode(&data, 0o711);

    let report = world.doctor().await?;
    report.fails("config_permissions", "config.json");
    report.fails("private_files", "flowstate-accounts/folders/x/settings.json");
    assert!(report.fix("config_permissions").1 && report.fix("private_files").1);
    assert_eq!(mode(&world.config_file()), 0o640, "looking mends nothing");
    let report = world.fix().await?;
    assert!(report.is_fixed("config_permissions") && report.is_fixed("private_files"));
    assert_eq!(
        (mode(&world.config_file()), mode(&world.desktop.config_dir())),
        (0o600, 0o700)
    );
    assert_eq!((mode(&settings), mode(&data)), (0o600, 0o700));
    assert!(private.len() == 2 && private.iter().all(|path| mode(path) == 0o600));
    Ok(())
}

#[tokio::test]
async fn a_read_only_file_stays_read_only_when_it_is_closed() -> Result<()> {
    let world = world(ONE).await?;
    set_mode(&world.config_file(), 0o444);
    let report = world.fix().await?;
    assert!(report.is_fixed("config_permissions"));
    assert_eq!(mode(&world.config_file()), 0o400);
    report.fails("config_writable", "read-only");
    assert!(!report.fix("config_writable").1 && report.fix("config_writable").0.contains("chmod u+w"));
    set_mode(&world.config_file(), 0o600);
    world.doctor().await?.holds("config_writable");
    set_mode(&world.desktop.config_dir(), 0o500);
    world.doctor().await?.fails("config_writable", "read-only");
    set_mode(&world.desktop.config_dir(), 0o700);
    Ok(())
}

#[tokio::test]
async fn a_file_of_somebody_else_is_told_apart() -> Result<()> {
    let world = world(ONE).await?;
    if chown(world.config_file(), Some(65_534), None).is_err() {
        eprintln!("SKIPPED: this test may not give a file away");
        return Ok(());
    }
    let report = world.fix().await?;
    report.fails("config_permissions", "belong to somebody else");
    assert!(report.fix("config_permissions").0.contains("sudo chown"));
    chown(world.config_file(), Some(0), None)?;
    world.doctor().await?.holds("config_permissions");
    Ok(())
}

#[tokio::test]
async fn what_a_kill_left_behind_is_removed_once_it_is_old() -> Result<()> {
    let world = world(ONE).await?;
    fs::create_dir_all(world.data().join("timeline"))?;
    let old = SystemTime::now() - Duration::from_secs(7200);
    let names = [
        (world.desktop.config_dir().join(".config.json.abc123.tmp"), true),
        (world.data().join("timeline/.tmpAbC123"), true),
        (world.desktop.config_dir().join(".config.json.alive1.tmp"), false),
    ];
    for (path, is_old) in &names {
        let file = fs::File::create(path)?;
        if *is_old {
            file.set_modified(old)?;
        }
    }
    let report = world.doctor().await?;
    report.fails("leftovers", "2 temporary files were left behind");
    assert!(report.fix("leftovers").1);
    assert!(world.fix().await?.is_fixed("leftovers"));
    assert_eq!(names.map(|(path, _)| path.exists()), [false, false, true]);
    Ok(())
}

#[tokio::test]
async fn an_id_that_is_not_its_key_is_set_and_nothing_else() -> Result<()> {
    let text = ONE.replace("\"id\":\"a\"", "\"id\": \"b\",\"new\":[1.00]");
    let world = world(&text).await?;
    world.doctor().await?.fails("config_ids", "a calls itself b");
    assert_eq!(world.config_text()?, text);
    assert!(world.fix().await?.is_fixed("config_ids"));
    assert_eq!(world.config_text()?, text.replace("\"b\"", "\"a\""));
    world.done(&["config", "undo", "--yes"]).await?;
    assert_eq!(world.config_text()?, text, "this, too, can be undone");
    Ok(())
}

#[tokio::test]
async fn what_is_passed_over_is_told() -> Result<()> {
    let world = world(&ONE.replacen('{', "{\"activeServerId\":\"gone\",", 1)).await?;
    let report = world.doctor().await?;
    report.fails("config_oddities", "activeServerId names gone");
    report.holds("config_ids");
    world.done(&["server", "use", "a"]).await?;
    world.doctor().await?.holds("config_oddities");
    Ok(())
}

#[tokio::test]
async fn copies_are_counted_and_bad_ones_named() -> Result<()> {
    let world = world(ONE).await?;
    assert!(world.doctor().await?.holds("config_backups").contains("None yet"));
    world.done(&["server", "use", "a"]).await?;
    assert!(world.doctor().await?.holds("config_backups").contains("1 copy"));
    let bad = world
        .desktop
        .config_dir()
        .join("config.json.backup-20260101T000000.000Z");
    fs::write(&bad, "{")?;
    set_mode(&bad, 0o600);
    let report = world.fix().await?;
    report.fails("config_backups", "20260101");
    assert!(bad.exists(), "nobody's file is removed by itself");
    Ok(())
}
