use std::fs;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use testbed::{Clipboard, Desktop, Keyring, eventually};

/// Processes that have the desktop's folder among their variables, daemons of daemons included.
fn inhabitants(desktop: &str) -> usize {
    let environ = |entry: fs::DirEntry| fs::read(entry.path().join("environ")).unwrap_or_default();
    let processes = fs::read_dir("/proc").unwrap().flatten().map(environ);
    processes
        .filter(|variables| String::from_utf8_lossy(variables).contains(desktop))
        .count()
}

#[tokio::test]
async fn a_desktop_leaves_nothing_behind() -> Result<()> {
    let desktop = Desktop::with_display().await?;
    let keyring = Keyring::unlocked(&desktop).await?;
    Clipboard::new(&desktop)?
        .set_text("held by a process in the background")
        .await?;
    let mut shell = desktop.command("sh");
    shell.args(["-c", "sleep 1000 & echo started; wait"]);
    desktop.spawn("orphan", shell)?.line("started").await?;

    let root = desktop.root().to_owned();
    let running = inhabitants(&root.to_string_lossy());
    assert!(
        running >= 5,
        "bus, display, keyring, xclip and the orphan, but {running} run"
    );
    drop((keyring, desktop));
    assert_eq!(inhabitants(&root.to_string_lossy()), 0);
    assert!(!root.exists());
    Ok(())
}

#[tokio::test]
async fn a_program_sees_this_desktop_only() -> Result<()> {
    let desktop = Desktop::start().await?;
    let seen = String::from_utf8(desktop.command("env").output().await?.stdout)?;
    let foreign: Vec<&str> = seen
        .lines()
        .filter(|line| {
            line.starts_with('/') || (line.contains('/') && !line.contains(&*desktop.root().to_string_lossy()))
        })
        .collect();
    assert!(foreign.iter().all(|line| line.starts_with("PATH=")), "{foreign:?}");
    assert!(!seen.contains("DISPLAY="));
    assert!(!desktop.config_dir().exists());

    let names = zbus::fdo::DBusProxy::new(desktop.bus())
        .await?
        .list_activatable_names()
        .await?;
    assert_eq!(names.len(), 1, "only the bus itself: {names:?}");
    Ok(())
}

#[tokio::test]
async fn desktops_do_not_meet() -> Result<()> {
    let (one, other) = tokio::try_join!(Desktop::with_display(), Desktop::with_display())?;
    Clipboard::new(&one)?.set_text("one").await?;
    assert_eq!(Clipboard::new(&other)?.text().await?, None);
    let _keyring = Keyring::unlocked(&one).await?;
    let bus = zbus::fdo::DBusProxy::new(other.bus()).await?;
    assert!(!bus.name_has_owner("org.freedesktop.secrets".try_into()?).await?);
    Ok(())
}

#[tokio::test]
async fn a_screenshot_is_a_picture_of_the_screen() -> Result<()> {
    let desktop = Desktop::with_display().await?;
    let shot = desktop.home().join("shot.png");
    desktop.screenshot(&shot).await?;
    let png = fs::read(shot)?;
    assert_eq!(&png[..4], b"\x89PNG");
    assert_eq!(&png[16..24], [1280_u32.to_be_bytes(), 900_u32.to_be_bytes()].concat());
    Ok(())
}

#[tokio::test]
async fn a_program_that_ends_too_soon_says_why() -> Result<()> {
    let desktop = Desktop::start().await?;
    let mut shell = desktop.command("sh");
    shell.args(["-c", "echo the disk is full >&2; exit 3"]);
    let error = desktop
        .spawn("server", shell)?
        .line("listening")
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("server to say \"listening\"") && error.contains("the disk is full"),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn waiting_ends_with_what_was_missing() -> Result<()> {
    let mut left = 3;
    let come = async || {
        left -= 1;
        ensure!(left == 0, "{left} to go");
        Ok("here")
    };
    assert_eq!(eventually("a guest", Duration::from_secs(20), come).await?, "here");

    let never = eventually("a guest", Duration::ZERO, async || -> Result<()> {
        bail!("the door is shut")
    })
    .await;
    let error = format!("{:#}", never.unwrap_err());
    assert!(
        error.contains("a guest") && error.contains("the door is shut"),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn a_stopped_program_may_clean_up_and_a_killed_one_may_not() -> Result<()> {
    let desktop = Desktop::start().await?;
    let start = async || {
        let mut shell = desktop.command("sh");
        shell.args(["-c", "trap 'echo bye; exit 0' TERM; echo up; sleep 1000 & wait"]);
        let mut program = desktop.spawn("program", shell)?;
        program.line("up").await?;
        anyhow::Ok(program)
    };
    let (mut stopped, mut killed) = (start().await?, start().await?);
    assert!(stopped.stop().await?.success());
    assert!(!killed.kill().await?.success());
    assert_eq!(
        (stopped.stdout().as_str(), killed.stdout().as_str()),
        ("up\nbye\n", "up\n")
    );
    Ok(())
}
