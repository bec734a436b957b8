//! What the superuser makes in a person's home is that person's: `sudo` locks nobody out of their own files.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use testbed::Server;

use crate::world::World;

const PERSON: u32 = 4711;

fn all_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = vec![folder.to_owned()];
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => found.extend(all_in(&entry.path())?),
            false => found.push(entry.path()),
        }
    }
    Ok(found)
}

#[tokio::test]
async fn a_person_keeps_what_is_theirs() -> Result<()> {
    let world = World::bare().await?;
    let home = world.desktop.home();
    if fs::metadata(&home)?.uid() != 0 {
        eprintln!("left out: only the superuser can give files away");
        return Ok(());
    }
    let server = Server::start(&[]).await?;
    for path in all_in(&home)? {
        chown(path, Some(PERSON), Some(PERSON))?;
    }
    world.done(&["store", "use", "plaintext"]).await?;
    world.done(&["server", "add", "prod", "--url", &server.url()]).await?;
    world.sign_in(&server, "prod").await?;
    world.done(&["refresh"]).await?;
    let made = all_in(&home)?;
    for name in [
        "config.json",
        "config.json.lock",
        "settings.json",
        "credentials.plaintext.json",
        "device-id",
    ] {
        ensure!(made.iter().any(|path| path.ends_with(name)), "no {name} in {made:?}");
    }
    for path in made {
        let owner = fs::symlink_metadata(&path)?;
        ensure!(
            (owner.uid(), owner.gid()) == (PERSON, PERSON),
            "{path:?} became another's"
        );
    }
    Ok(())
}
