//! Who is not this person gets nothing, and is told nothing.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use machine::{AgentClient, AgentFailure};

use super::World;

/// `nobody`.
const STRANGER: u32 = 65534;

/// Only root can be two persons.
fn is_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        eprintln!("SKIPPED: only root can run a program as somebody else");
    }
    is_root
}

/// Perl is part of every Debian; this needs no file that a stranger could not read.
fn as_stranger(script: &str, socket: &Path) -> Child {
    Command::new("perl")
        .args(["-MSocket", "-e", script])
        .arg(socket)
        .uid(STRANGER)
        .gid(STRANGER)
        .current_dir("/")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

const ASK: &str = r#"
    $SIG{PIPE} = "IGNORE";
    socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die;
    connect($s, sockaddr_un($ARGV[0])) or do { print "closed door"; exit };
    syswrite($s, "{\"op\":\"status\"}\n");
    my $n = sysread($s, my $reply, 1000);
    print $n ? "answered: $reply" : "no word";
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_not_let_in_and_not_answered_where_the_doors_are_open() {
    if !is_root() {
        return;
    }
    let world = World::new().await;
    let _agent = world.start().await;
    let socket = world.socket();
    let told = || {
        let output = as_stranger(ASK, &socket).wait_with_output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(told(), "closed door");
    // Somebody has opened every door; the agent looks at who comes.
    for path in socket
        .ancestors()
        .take_while(|path| *path != world.root.path().parent().unwrap())
    {
        set_mode(path, 0o777);
    }
    assert_eq!(told(), "no word");
}

const LISTEN: &str = r#"
    $| = 1;
    socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die;
    bind($s, sockaddr_un($ARGV[0])) or die "bind: $!";
    listen($s, 5) or die;
    print "listening\n";
    accept(my $c, $s) or die;
    my $n = sysread($c, my $asked, 1000);
    print $n ? "was told: $asked" : "was told nothing", "\n";
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_squatter_on_the_socket_is_told_no_secret() {
    if !is_root() {
        return;
    }
    let world = World::new().await;
    let socket = world.socket();
    let folder = socket.parent().unwrap().to_owned();
    fs::create_dir(&folder).unwrap();
    set_mode(world.root.path(), 0o711);
    for path in [&folder, &world.root.path().join("run")] {
        set_mode(path, 0o777);
    }
    let mut squatter = as_stranger(LISTEN, &socket);
    let mut said = BufReader::new(squatter.stdout.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert_eq!(line, "listening\n");

    let exchange = |agent: &AgentClient| {
        let url = auth_core::ServerUrl::parse("https://auth.example.com").unwrap();
        agent.exchange(&url, &auth_core::Secret::new("epic_live_x"), Duration::ZERO)
    };
    // The folder is open to others, then the socket is theirs, then only the one who listens is.
    for cure in [None, Some(folder.clone()), Some(socket.clone())] {
        match cure {
            Some(path) if path == folder => set_mode(&folder, 0o700),
            Some(path) => chown(path, Some(0), Some(0)).unwrap(),
            None => {}
        }
        let failure = world.ask(exchange).await.unwrap_err();
        assert!(matches!(failure, AgentFailure::NoAgent { .. }), "{failure}");
    }
    line.clear();
    said.read_line(&mut line).unwrap();
    assert_eq!(line, "was told nothing\n");
    squatter.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_not_followed() {
    let world = World::new().await;
    let _agent = world.start().await;
    let socket = world.socket();
    let moved = world.root.path().join("moved.sock");
    fs::rename(&socket, &moved).unwrap();
    symlink(&moved, &socket).unwrap();
    let failure = world.ask(AgentClient::status).await.unwrap_err();
    assert!(matches!(failure, AgentFailure::NoAgent { .. }), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_does_not_answer_is_not_waited_for() {
    let world = World::new().await;
    let socket = world.socket();
    fs::create_dir(socket.parent().unwrap()).unwrap();
    set_mode(socket.parent().unwrap(), 0o700);
    let deaf = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let started = Instant::now();
    let failure = world.ask(|agent| agent.token(None, Duration::ZERO)).await.unwrap_err();
    assert!(failure.go_on_without(), "{failure}");
    // It does not even take connections any more.
    let crowd: Vec<_> = std::iter::repeat_with(|| connect_now(&socket))
        .map_while(|it| it)
        .take(10_000)
        .collect();
    assert!(!crowd.is_empty());
    let failure = world.ask(AgentClient::status).await.unwrap_err();
    assert!(failure.go_on_without(), "{failure}");
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    drop(deaf);
}

/// A connection, if there is room for it.
fn connect_now(socket: &Path) -> Option<std::os::fd::OwnedFd> {
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let client = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None).ok()?;
    connect(&client, &SocketAddrUnix::new(socket).ok()?).ok()?;
    Some(client)
}
