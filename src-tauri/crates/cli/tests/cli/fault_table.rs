//! Every fault of network, keychain, disk and clock, on real parts: what is said, how it ends, what is left, and that the session
//! goes on when the fault is over. The silent server is in `faults.rs`, a sleep of eight hours in the rules' own tests.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use testbed::{Certificate, Fault, FaultyProxy, Server, TlsFront};
use tokio::process::Command;

use crate::world::{ADA, Outcome, World};

/// What a person sees of a fault while a refresh is due.
struct Seen {
    exit: i32,
    word: &'static str,
    state: &'static str,
}

const OFFLINE: Seen = Seen {
    exit: 5,
    word: "offline",
    state: "offline",
};
const STRANGE: Seen = Seen {
    exit: 5,
    word: "not_an_auth_server",
    state: "offline",
};

/// Runs a program with what a fault needs of its environment.
type Change<'a> = &'a dyn Fn(&mut Command);

async fn run(world: &World, arguments: &[&str], change: Change<'_>) -> Result<Outcome> {
    let mut command = world.command(arguments);
    change(&mut command);
    Outcome::of(command, "").await
}

/// `token` and `status` say the same, in the words of the contract, and nothing is lost.
async fn check(name: &str, world: &World, seen: &Seen, change: Change<'_>) -> Result<()> {
    let token = run(world, &["token", "--json"], change).await?;
    let (exit, word) = token.failure().with_context(|| name.to_owned())?;
    ensure!((exit, word.as_str()) == (seen.exit, seen.word), "{name}: {token:?}");
    let status = run(world, &["status", "--json"], change).await?;
    let server = status.json()?["servers"][0].clone();
    ensure!(
        (status.code, server["state"].as_str()) == (seen.exit, Some(seen.state)),
        "{name}: {status:?}"
    );
    ensure!(
        server["email"] == ADA,
        "{name}: who was signed in is forgotten: {server}"
    );
    ensure!(
        world.config()?["servers"]["prod"]["auth"]["email"] == ADA,
        "{name}: the file lost it"
    );
    Ok(())
}

#[tokio::test]
async fn the_network_and_what_answers_in_the_servers_place() -> Result<()> {
    let server = Server::start(&[]).await?;
    let mut proxy = FaultyProxy::start(server.address()).await?;
    let world = World::signed_in(&server, &proxy.url()).await?;
    let limited = Seen {
        exit: 7,
        word: "rate_limited",
        state: "offline",
    };
    let refused = Seen {
        exit: 5,
        word: "refused",
        state: "offline",
    };
    let sign_in = Seen {
        exit: 4,
        word: "sign_in_needed",
        state: "sign_in_needed",
    };
    for (fault, seen) in [
        (Fault::Refuse, &OFFLINE),
        (Fault::CutReply(60), &OFFLINE),
        (Fault::DropReply, &OFFLINE),
        (Fault::ServerError, &OFFLINE),
        (Fault::Status(503), &OFFLINE),
        (Fault::Status(429), &limited),
        (Fault::Status(400), &refused),
        (Fault::Status(403), &refused),
        (Fault::Garbage, &STRANGE),
        (Fault::Html, &STRANGE),
    ] {
        world.expire()?;
        proxy.set(fault).await?;
        check(&format!("{fault:?}"), &world, seen, &|_| {}).await?;
        proxy.set(Fault::None).await?;
        world
            .done(&["token"])
            .await
            .with_context(|| format!("after {fault:?}"))?;
    }
    // After the keys have been fetched: only the refresh itself is answered so.
    for (status, seen) in [(401, &sign_in), (400, &refused)] {
        world.expire()?;
        for _ in 0..2 {
            proxy.once(Fault::None)?;
            proxy.once(Fault::Status(status))?;
        }
        check(&format!("a bare {status}"), &world, seen, &|_| {}).await?;
        world
            .done(&["token"])
            .await
            .with_context(|| format!("after a bare {status}"))?;
    }
    Ok(())
}

#[tokio::test]
async fn a_token_that_is_still_good_hides_an_outage() -> Result<()> {
    let mut server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    server.stop().await?;
    ensure!(world.run(&["refresh", "--json"]).await?.failure()?.0 == 5);
    let status = world.done(&["status", "--json"]).await?.json()?;
    ensure!(status["servers"][0]["state"] == "signed_in", "{status}");
    world.done(&["token"]).await?;
    Ok(())
}

#[tokio::test]
async fn certificates_that_are_not_trusted() -> Result<()> {
    let server = Server::start(&[]).await?;
    let front = TlsFront::start(server.address(), Certificate::Valid).await?;
    let trusting = |command: &mut Command| {
        command.env("SSL_CERT_FILE", front.ca_file());
    };
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &front.url()]).await?;
    let login = ["login", "--email", ADA];
    ensure!(
        run(&world, &[&login[..], &["--send-only"]].concat(), &trusting)
            .await?
            .code
            == 0
    );
    let code = server.latest_code(ADA).await?;
    let signed_in = run(&world, &[&login[..], &["--code", &code]].concat(), &trusting).await?;
    ensure!(signed_in.code == 0, "{signed_in:?}");
    for bad in [
        Certificate::Expired,
        Certificate::NotYetValid,
        Certificate::WrongName,
        Certificate::UnknownIssuer,
    ] {
        world.expire()?;
        front.show(bad)?;
        check(&format!("{bad:?}"), &world, &OFFLINE, &trusting).await?;
        front.show(Certificate::Valid)?;
        let healed = run(&world, &["token"], &trusting).await?;
        ensure!(healed.code == 0, "after {bad:?}: {healed:?}");
    }
    Ok(())
}

/// A program that sees another time, through Debian's `faketime`.
fn at<'a>(offset: &'a str) -> impl Fn(&mut Command) + 'a {
    move |command| {
        command
            .env("LD_PRELOAD", "libfaketime.so.1")
            .env(
                "LD_LIBRARY_PATH",
                format!("/usr/lib/{}-linux-gnu/faketime", std::env::consts::ARCH),
            )
            .env("FAKETIME", offset)
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_by_ten_minutes() -> Result<()> {
    let server = Server::start(&["--access-ttl", "300"]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    for (offset, minutes) in [("+10m", -10), ("-10m", 10)] {
        let change = at(offset);
        let refreshed = run(&world, &["refresh"], &change).await?;
        ensure!(refreshed.code == 0, "{offset}: {refreshed:?}");
        let token = run(&world, &["token"], &change).await?;
        ensure!(token.out.starts_with("eyJ"), "{offset}: {token:?}");
        let expires = world.config()?["servers"]["prod"]["auth"]["expiresAt"]
            .as_i64()
            .context("no end")?;
        let here = i64::try_from(
            std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)?
                .as_millis(),
        )?;
        let left = expires - here + minutes * 60_000;
        ensure!((200_000..=301_000).contains(&left), "{offset}: {left} ms by that clock");
        world.expire()?;
        let status = run(&world, &["status"], &change).await?;
        ensure!(
            status.code == 0 && status.out.contains("clock"),
            "{offset}: not shown: {status:?}"
        );
    }
    world.done(&["refresh"]).await?;
    Ok(())
}

#[tokio::test]
async fn the_keychain_locked_absent_slow_and_restarted() -> Result<()> {
    let server = Server::start(&[]).await?;
    let mut world = World::signed_in(&server, &server.url()).await?;
    let (locked, gone) = (
        Seen {
            exit: 6,
            word: "locked",
            state: "locked",
        },
        Seen {
            exit: 6,
            word: "store_unavailable",
            state: "locked",
        },
    );
    let mut keyring = world.keyring.take().context("signed in with a keychain")?;
    world.expire()?;
    keyring.lock().await?;
    check("locked", &world, &locked, &|_| {}).await?;
    keyring.unlock().await?;
    world.done(&["token"]).await?;

    world.expire()?;
    keyring.freeze()?;
    let begin = Instant::now();
    ensure!(world.run(&["token"]).await?.code == 6);
    ensure!(
        begin.elapsed() < Duration::from_secs(5),
        "it took {:?}",
        begin.elapsed()
    );
    check("slow", &world, &gone, &|_| {}).await?;
    keyring.thaw()?;
    world.done(&["token"]).await?;

    world.expire()?;
    keyring.restart().await?;
    world.done(&["token"]).await?;

    world.expire()?;
    keyring.stop().await?;
    check("absent", &world, &gone, &|_| {}).await
}

#[tokio::test]
async fn a_folder_that_was_deleted_takes_no_session_along() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    fs::remove_dir_all(world.desktop.config_dir())?;
    let token = world.run(&["token", "--server", "prod", "--json"]).await?;
    ensure!(token.code == 3, "{token:?}");
    ensure!(
        token.err.contains("settle"),
        "it does not say how to get it back: {token:?}"
    );
    world.done(&["server", "settle", "prod", "--ours"]).await?;
    world.done(&["token", "--server", "prod"]).await?;
    ensure!(world.config()?["servers"]["prod"]["auth"]["email"] == ADA);
    Ok(())
}
