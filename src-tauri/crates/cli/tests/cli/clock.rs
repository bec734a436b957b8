//! A computer whose clock is wrong, which is the same as a server whose clock is.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use testbed::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::agent;
use crate::world::World;

/// Stands in front of a server and moves the time that it says. Its task ends with the test.
async fn other_clock(server: SocketAddr, ahead: SignedDuration) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(async move {
                if let Err(error) = pass_on(client, server, ahead).await {
                    eprintln!("other clock: {error:#}");
                }
            });
        }
    });
    Ok(url)
}

async fn pass_on(mut client: TcpStream, server: SocketAddr, ahead: SignedDuration) -> Result<()> {
    let mut server = TcpStream::connect(server).await?;
    let mut bytes = vec![0; 64 * 1024];
    loop {
        // One side speaks at a time; a reply's head comes in one piece.
        let read = client.read(&mut bytes).await?;
        if read == 0 {
            return Ok(());
        }
        server.write_all(&bytes[..read]).await?;
        if !bytes[..read].ends_with(b"}") && !bytes[..read].starts_with(b"GET") {
            continue;
        }
        let read = server.read(&mut bytes).await?;
        let reply = String::from_utf8(bytes[..read].to_vec())?;
        let (before, rest) = reply.split_once("date: ").context("no date")?;
        let (_, after) = rest.split_once("\r\n").context("no line end")?;
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&(Timestamp::now() + ahead))?;
        client
            .write_all(format!("{before}date: {date}\r\n{after}").as_bytes())
            .await?;
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_shown_and_costs_no_session() -> Result<()> {
    let server = Server::start(&[]).await?;
    for (minutes, words) in [
        (10, "clock is 10 min behind the server's"),
        (-7, "clock is 7 min ahead of the server's"),
    ] {
        let ahead = SignedDuration::from_mins(minutes) + SignedDuration::from_secs(5 * minutes.signum());
        let url = other_clock(server.address(), ahead).await?;
        let world = World::signed_in(&server, &url).await?;
        world.expire()?;
        let text = world.done(&["status"]).await?;
        assert!(text.out.contains(words), "{text:?}");
        assert!(text.out.contains("token good for 14 min"), "{text:?}");
        world.expire()?;
        let json = world.done(&["status", "--json"]).await?.json()?;
        let skew = json["servers"][0]["clockSkew"].as_i64().context("no skew")?;
        assert!((skew - ahead.as_secs()).abs() <= 10, "{skew}");
        let fresh = world.done(&["status"]).await?;
        assert!(fresh.out.contains(words), "it was found out before: {fresh:?}");
        let events = world.done(&["status", "--timeline"]).await?;
        assert!(events.out.contains(words), "{events:?}");
    }
    let right = World::signed_in(&server, &server.url()).await?;
    right.expire()?;
    let text = right.done(&["status"]).await?;
    assert!(!text.out.contains("clock"), "{text:?}");
    Ok(())
}

#[tokio::test]
async fn what_the_agent_found_out_about_the_clock_is_shown() -> Result<()> {
    let server = Server::start(&[]).await?;
    let url = other_clock(server.address(), SignedDuration::from_secs(605)).await?;
    let world = World::signed_in(&server, &url).await?;
    world.expire()?;
    let _agent = agent::start(&world).await?;
    for _ in 0..2 {
        let text = world.done(&["status"]).await?;
        assert!(text.out.contains("clock is 10 min behind the server's"), "{text:?}");
    }
    Ok(())
}
