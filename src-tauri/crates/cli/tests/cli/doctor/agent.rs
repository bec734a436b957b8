use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::Result;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixListener;

use super::{mode, set_mode};
use crate::world::World;

/// Where the app would listen.
fn socket(world: &World) -> PathBuf {
    world.desktop.environment().runtime_dir().join("flowstate/agent.sock")
}

fn listen(world: &World) -> Result<UnixListener> {
    let socket = socket(world);
    if !socket.parent().unwrap().exists() {
        fs::create_dir(socket.parent().unwrap())?;
        set_mode(socket.parent().unwrap(), 0o700);
    }
    let listener = UnixListener::bind(&socket)?;
    set_mode(&socket, 0o600);
    Ok(listener)
}

/// Answers every line with this one.
async fn answer(listener: UnixListener, line: String) {
    while let Ok((stream, _)) = listener.accept().await {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        while let Ok(Some(_)) = lines.next_line().await {
            write.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        }
    }
}

fn status(version: &str) -> String {
    format!(r#"{{"ok":true,"servers":[],"pid":4711,"version":"{version}"}}"#)
}

#[tokio::test]
async fn an_app_that_answers_holds_and_another_version_does_not() -> Result<()> {
    let world = World::with_keyring().await?;
    assert!(world.doctor().await?.holds("agent").contains("does not run"));
    let task = tokio::spawn(answer(listen(&world)?, status(env!("CARGO_PKG_VERSION"))));
    let report = world.doctor().await?;
    assert!(report.holds("agent").contains("process 4711"));
    report.holds("agent_socket");
    task.abort();
    fs::remove_file(socket(&world))?;
    tokio::spawn(answer(listen(&world)?, status("9.9.9")));
    let report = world.doctor().await?;
    report.fails("agent", "version 9.9.9");
    assert_eq!(report.code, 1);
    Ok(())
}

#[tokio::test]
async fn a_frozen_app_and_a_stranger_are_told_apart() -> Result<()> {
    let world = World::with_keyring().await?;
    let listener = listen(&world)?;
    world.doctor().await?.fails("agent", "does not answer");
    drop(listener);
    fs::remove_file(socket(&world))?;
    tokio::spawn(answer(listen(&world)?, "HTTP/1.1 200 OK".to_owned()));
    world.doctor().await?.fails("agent", "is not trusted");
    Ok(())
}

#[tokio::test]
async fn a_socket_that_a_crash_left_is_removed() -> Result<()> {
    let world = World::with_keyring().await?;
    drop(listen(&world)?);
    let report = world.doctor().await?;
    report.fails("agent", "Nobody listens");
    assert!(report.fix("agent").1 && socket(&world).exists());
    assert!(world.fix().await?.is_fixed("agent"));
    assert!(!socket(&world).exists());
    Ok(())
}

#[tokio::test]
async fn a_socket_of_a_living_app_is_never_removed() -> Result<()> {
    let world = World::with_keyring().await?;
    drop(listen(&world)?);
    let lock = fs::File::create(socket(&world).with_file_name("agent.sock.lock"))?;
    lock.lock()?;
    let report = world.fix().await?;
    report.fails("agent", "The repair did not succeed: another agent");
    assert!(socket(&world).exists());
    Ok(())
}

#[tokio::test]
async fn a_socket_that_others_may_use_is_closed() -> Result<()> {
    let world = World::with_keyring().await?;
    tokio::spawn(answer(listen(&world)?, status(env!("CARGO_PKG_VERSION"))));
    let folder = socket(&world).parent().unwrap().to_owned();
    set_mode(&socket(&world), 0o666);
    set_mode(&folder, 0o755);
    let report = world.doctor().await?;
    report.fails("agent_socket", "agent.sock");
    assert!(report.fix("agent_socket").1);
    assert!(world.fix().await?.is_fixed("agent_socket"));
    assert_eq!((mode(&socket(&world)), mode(&folder)), (0o600, 0o700));
    Ok(())
}

#[tokio::test]
async fn two_apps_of_one_folder_are_counted() -> Result<()> {
    let world = World::with_keyring().await?;
    let program = world.desktop.home().join("flowstate-tray");
    fs::copy("/bin/sleep", &program)?;
    let start = || {
        world
            .desktop
            .command(&program)
            .arg("600")
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    };
    let first = start()?;
    assert!(world.doctor().await?.holds("agent_single").contains("runs once"));
    let second = start()?;
    let report = world.doctor().await?;
    for process in [&first, &second] {
        report.fails("agent_single", &process.id().unwrap().to_string());
    }
    // One of another config folder does not count.
    drop(second);
    let mut other = world.desktop.command(&program);
    let _other = other
        .arg("600")
        .env("FLOWSTATE_CONFIG_DIR", "/elsewhere")
        .kill_on_drop(true)
        .spawn()?;
    let ended = async || {
        anyhow::ensure!(
            !world.doctor().await?.failing().contains(&"agent_single"),
            "the second still runs"
        );
        Ok(())
    };
    testbed::eventually("the end of the second app", testbed::DEADLINE, ended).await
}
