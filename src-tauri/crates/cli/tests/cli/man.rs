use std::fs;

use anyhow::{Context, Result};

use crate::world::World;

#[tokio::test]
async fn every_command_has_a_page_that_says_what_help_says() -> Result<()> {
    let world = World::bare().await?;
    let folder = world.desktop.home().join("share/man1");
    let folder = folder.to_string_lossy();
    let written = world.done(&["man", "--out", &folder, "--json"]).await?.json()?;
    let files: Vec<&str> = written["files"]
        .as_array()
        .context("no list")?
        .iter()
        .flat_map(|file| file.as_str())
        .collect();
    for page in [
        "flowstate-auth",
        "flowstate-auth-exec",
        "flowstate-auth-server",
        "flowstate-auth-server-add",
    ] {
        let file = format!("{folder}/{page}.1");
        assert!(files.contains(&file.as_str()), "{page}: {files:?}");
    }
    for file in files {
        let page = fs::read_to_string(file)?;
        for part in [
            ".TH ",
            ".SH NAME",
            ".SH SYNOPSIS",
            ".SH DESCRIPTION",
            "flowstate\\-auth",
        ] {
            assert!(page.contains(part), "{file} lacks {part}");
        }
        assert!(page.is_ascii(), "{file} is not for every terminal");
        rendered(&world, file).await?;
    }
    Ok(())
}

/// Reads a page as `man` does; what its formatter has to say is a fault of the page.
async fn rendered(world: &World, file: &str) -> Result<()> {
    let formatted = world
        .desktop
        .command("groff")
        .args(["-man", "-ww", "-Tutf8", "-z", file])
        .output()
        .await;
    match formatted {
        Ok(output) => assert!(
            output.status.success() && output.stderr.is_empty(),
            "{file}: {output:?}"
        ),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            for line in fs::read_to_string(file)?.lines().filter(|line| line.starts_with('.')) {
                let known = [".TH", ".SH", ".TP", ".RS", ".RE", ".PP", ".br", ".ie", ".el"];
                assert!(known.iter().any(|request| line.starts_with(request)), "{file}: {line}");
            }
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

#[tokio::test]
async fn the_main_page_goes_to_stdout_and_holds_what_stands_below_help() -> Result<()> {
    let world = World::bare().await?;
    let page = world.done(&["man"]).await?;
    for part in [
        ".SH \"EXIT CODES\"",
        ".SH ENVIRONMENT",
        "FLOWSTATE_CONFIG_DIR",
        "flowstate\\-auth\\-exec(1)",
    ] {
        assert!(page.out.contains(part), "{part}: {}", page.out);
    }
    assert_eq!(world.done(&["man", "--json"]).await?.json()?["page"], page.out.as_str());
    let file = world.desktop.home().join("file");
    fs::write(&file, "")?;
    let refused = world.run(&["man", "--out", &file.to_string_lossy()]).await?;
    assert!(
        refused.code == 1 && refused.err.contains("could not be written"),
        "{refused:?}"
    );
    Ok(())
}
