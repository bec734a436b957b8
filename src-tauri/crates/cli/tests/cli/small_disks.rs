//! Disks that are full or read-only: nothing is lost, and all goes on when there is room.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use rustix::mount::{MountFlags, UnmountFlags, mount, mount_remount, unmount};
use testbed::Server;
use tokio::time::sleep;

use crate::world::{ADA, World};

/// Longer than the server takes a token again that it has replaced.
const BEYOND_GRACE: Duration = Duration::from_millis(1500);

/// A small file system in the place of the config folder, with what was in it.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn over(world: &World) -> Result<Self> {
        let text = world.config_text()?;
        let disk = Self::at(world.desktop.config_dir())?;
        fs::create_dir(disk.0.join("locks"))?;
        world.write_config(&text)?;
        Ok(disk)
    }

    fn at(folder: PathBuf) -> Result<Self> {
        let options = Some(c"size=128k,mode=700");
        mount("tmpfs", &folder, "tmpfs", MountFlags::empty(), options)?;
        Ok(Self(folder))
    }

    fn fill(&self) -> Result<PathBuf> {
        let filler = self.0.join("filler");
        ensure!(fs::write(&filler, vec![0; 256 * 1024]).is_err(), "the disk is not full");
        Ok(filler)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if let Err(error) = unmount(&self.0, UnmountFlags::DETACH) {
            eprintln!("the small disk was not taken away: {error}");
        }
    }
}

#[tokio::test]
async fn a_full_disk_and_a_read_only_one() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    world.expire()?;
    let disk = SmallDisk::over(&world)?;
    let text = world.config_text()?;
    let filler = disk.fill()?;
    let full = world.done(&["token"]).await?;
    ensure!(full.out.starts_with("eyJ") && full.err.contains("full"), "{full:?}");
    ensure!(world.config_text()? == text, "the file was changed");
    fs::remove_file(&filler)?;
    world.done(&["token"]).await?;
    ensure!(world.config_text()? != text, "it was not written when there was room");

    world.expire()?;
    let text = world.config_text()?;
    mount_remount(&disk.0, MountFlags::RDONLY, "")?;
    let read_only = world.done(&["token"]).await?;
    ensure!(
        read_only.out.starts_with("eyJ") && read_only.err.contains("read-only"),
        "{read_only:?}"
    );
    ensure!(world.config_text()? == text);
    mount_remount(&disk.0, MountFlags::empty(), "")?;
    world.done(&["token"]).await?;
    Ok(())
}

/// A token that was traded and could not be kept would come again later, and count as stolen.
#[tokio::test]
async fn nothing_is_spent_that_a_full_store_could_not_keep() -> Result<()> {
    let server = Server::start(&["--refresh-grace", "1"]).await?;
    let world = World::bare().await?;
    world.done(&["store", "use", "plaintext"]).await?;
    let data = world.desktop.home().join(".local/share/flowstate-accounts");
    let settings = fs::read_to_string(data.join("settings.json"))?;
    let disk = SmallDisk::at(data)?;
    fs::write(disk.0.join("settings.json"), settings)?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    world.sign_in(&server, "prod").await?;
    world.expire()?;

    let filler = disk.fill()?;
    for _ in 0..2 {
        let full = world.run(&["token"]).await?;
        ensure!(
            full.code == 6 && full.err.contains("credentials.plaintext.json"),
            "{full:?}"
        );
    }
    let asked = world.run(&["login", "--email", ADA, "--send-only"]).await?;
    ensure!(
        asked.code == 6,
        "a code was mailed that could only be wasted: {asked:?}"
    );
    fs::remove_file(&filler)?;
    sleep(BEYOND_GRACE).await;
    world.done(&["token"]).await?;

    world.expire()?;
    mount_remount(&disk.0, MountFlags::RDONLY, "")?;
    let read_only = world.run(&["token"]).await?;
    ensure!(read_only.code == 6, "{read_only:?}");
    mount_remount(&disk.0, MountFlags::empty(), "")?;
    sleep(BEYOND_GRACE).await;
    world.done(&["token"]).await?;
    Ok(())
}
