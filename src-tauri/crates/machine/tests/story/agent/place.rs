//! Folder, socket and lock: one agent, for this person alone.

use std::fs::{self, Permissions};
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use machine::{AgentClient, AgentError};

use super::World;

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

fn is_socket(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket())
}

#[tokio::test(flavor = "multi_thread")]
async fn folder_and_socket_are_for_this_person_alone_and_the_socket_goes_with_the_agent() {
    let world = World::new().await;
    let socket = world.socket();
    let folder = socket.parent().unwrap();
    let agent = world.start().await;
    assert_eq!((mode(folder), mode(&socket)), (0o700, 0o600));
    assert_eq!(mode(&folder.join("agent.sock.lock")), 0o600);
    agent.end().await;
    assert!(!socket.exists());
    assert!(folder.join("agent.sock.lock").exists(), "the lock file is permanent");
    drop(world.listen().await.unwrap());
    assert!(!socket.exists(), "also where nobody was ever answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_agent_is_refused_and_told_of_the_first() {
    let world = World::new().await;
    let agent = world.start().await;
    let error = world.listen().await.unwrap_err();
    let AgentError::Running {
        holder: Some(holder), ..
    } = &error
    else {
        panic!("{error}")
    };
    assert!(holder.ends_with(&format!(" {}", std::process::id())), "{holder}");
    assert!(error.to_string().contains("FLOWSTATE_AGENT_SOCK"), "{error}");
    world
        .ask(AgentClient::status)
        .await
        .expect("the first one answers no more");
    agent.end().await;
    world.listen().await.expect("the place was not given back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_a_crash_left_is_replaced() {
    let world = World::new().await;
    let socket = world.socket();
    world.start().await.end().await;
    drop(UnixListener::bind(&socket).unwrap());
    assert!(is_socket(&socket));
    let _agent = world.start().await;
    world.ask(AgentClient::status).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ours_to_remove_stays() {
    let world = World::new().await;
    let socket = world.socket();
    world.start().await.end().await;

    fs::write(&socket, "a file").unwrap();
    let error = world.listen().await.unwrap_err();
    assert!(
        matches!(&error, AgentError::Untrusted { path, .. } if *path == socket),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&socket).unwrap(), "a file");
    fs::remove_file(&socket).unwrap();

    let elsewhere = world.root.path().join("elsewhere.sock");
    drop(UnixListener::bind(&elsewhere).unwrap());
    symlink(&elsewhere, &socket).unwrap();
    let error = world.listen().await.unwrap_err();
    assert!(matches!(error, AgentError::Untrusted { .. }), "{error}");
    assert!(is_socket(&elsewhere) && socket.is_symlink());
    fs::remove_file(&socket).unwrap();

    let theirs = UnixListener::bind(&socket).unwrap();
    let error = world.listen().await.unwrap_err();
    assert!(matches!(error, AgentError::Taken { .. }), "{error}");
    assert!(is_socket(&socket));
    drop(theirs);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_took_the_name_stays_when_the_agent_ends() {
    let world = World::new().await;
    let socket = world.socket();
    let agent = world.start().await;
    fs::remove_file(&socket).unwrap();
    let _theirs = UnixListener::bind(&socket).unwrap();
    agent.end().await;
    assert!(is_socket(&socket));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_others_could_use_is_not_used() {
    let world = World::new().await;
    let socket = world.socket();
    let folder = socket.parent().unwrap();
    world.start().await.end().await;
    for mode in [0o777, 0o770, 0o702] {
        fs::set_permissions(folder, Permissions::from_mode(mode)).unwrap();
        let error = world.listen().await.unwrap_err();
        assert!(
            matches!(&error, AgentError::Untrusted { path, .. } if path == folder),
            "{error}"
        );
    }
    fs::remove_dir_all(folder).unwrap();
    let real = world.root.path().join("real");
    fs::create_dir(&real).unwrap();
    fs::set_permissions(&real, Permissions::from_mode(0o700)).unwrap();
    symlink(&real, folder).unwrap();
    let error = world.listen().await.unwrap_err();
    assert!(error.to_string().contains("is a link"), "{error}");
    assert_eq!(fs::read_dir(&real).unwrap().count(), 0);
}
