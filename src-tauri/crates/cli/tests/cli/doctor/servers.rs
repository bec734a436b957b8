use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use testbed::{Fault, FaultyProxy, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::world::World;

/// The servers of this world are at these addresses; their names are the numbers from 0 on.
async fn at(urls: &[&str]) -> Result<World> {
    let world = World::with_keyring().await?;
    let servers = urls
        .iter()
        .enumerate()
        .map(|(at, url)| (at.to_string(), json!({"url": url, "domainId": "default"})));
    let config = json!({"version": "1.0.0", "servers": servers.collect::<serde_json::Map<_, _>>()});
    world.write_config(&config.to_string())?;
    world.close_config();
    Ok(world)
}

#[tokio::test]
async fn an_address_that_cannot_be_used_is_told() -> Result<()> {
    let world = at(&["http://plain.example", "https://a.example/path"]).await?;
    let report = world.doctor().await?;
    report.fails("server_address:0", "Plain http");
    report.fails("server_address:1", "goes on after the host");
    assert!(!report.has("server_reachable:0") && report.code == 3);
    Ok(())
}

#[tokio::test]
async fn each_step_that_can_fail_is_told_apart() -> Result<()> {
    let server = Server::start(&[]).await?;
    let mut proxy = FaultyProxy::start(server.address()).await?;
    let world = at(&[&proxy.url(), "https://nosuch.invalid"]).await?;
    // Where no name server can be reached it gives up early.
    let impatient = [("RES_OPTIONS", "timeout:1 attempts:1")];
    let report = world.doctor_with(&impatient).await?;
    report.holds("server_keys:0");
    report.holds("server_clock:0");
    report.fails("server_reachable:1", "nosuch.invalid:443");
    assert!(!report.has("server_tls:1") && report.code == 5);

    for (fault, check, words) in [
        (Fault::Refuse, "server_reachable:0", "Nobody listens at 127.0.0.1"),
        (Fault::Garbage, "server_answers:0", "does not speak HTTP"),
        (Fault::ServerError, "server_answers:0", "a problem of its own (500)"),
        (Fault::DropReply, "server_answers:0", "broke off"),
        (Fault::CutReply(20), "server_answers:0", "broke off"),
        (Fault::Hang, "server_answers:0", "does not answer within 5 s"),
        (Fault::Html, "server_keys:0", "a web page came back"),
    ] {
        proxy.set(fault).await?;
        let report = world.doctor_with(&impatient).await?;
        report.fails(check, words);
        assert_eq!(report.code, 5, "{fault:?}");
        assert_eq!(
            report.has("server_clock:0"),
            fault == Fault::Html,
            "{fault:?}: what is not known is not said"
        );
    }
    proxy.set(Fault::Delay(Duration::from_millis(300))).await?;
    world.doctor_with(&impatient).await?.holds("server_answers:0");
    Ok(())
}

#[tokio::test]
async fn many_silent_servers_and_a_frozen_keychain_are_not_waited_for() -> Result<()> {
    let server = Server::start(&[]).await?;
    let mut proxy = FaultyProxy::start(server.address()).await?;
    proxy.set(Fault::Hang).await?;
    let (silent, sound) = (proxy.url(), server.url());
    let mut urls = vec![silent.as_str(); 60];
    urls.push(&sound);
    let world = at(&urls).await?;
    world.keyring.as_ref().unwrap().freeze()?;
    // Its own limit of 10 s is held by whoever reads a report.
    let report = world.doctor().await?;
    for silent in 0..60 {
        report.fails(&format!("server_answers:{silent}"), "does not answer within 5 s");
    }
    report.holds("server_keys:60");
    report.fails("credential_store_works", "did not answer");
    world.keyring.as_ref().unwrap().thaw()
}

/// Answers every request with this body, and with the time of so many seconds from now.
async fn answering(body: &'static str, ahead: i64) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            if client.read(&mut [0; 4096]).await.unwrap_or(0) == 0 {
                continue;
            }
            let date = date(ahead);
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ndate: {date}\r\nconnection: close\r\n");
            let reply = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
            client.write_all(reply.as_bytes()).await.unwrap();
        }
    });
    Ok(url)
}

/// The form of HTTP; `date` of the system knows it.
fn date(ahead: i64) -> String {
    let output = std::process::Command::new("date")
        .env("LC_ALL", "C")
        .args(["-u", "-d", &format!("{ahead} seconds"), "+%a, %d %b %Y %H:%M:%S GMT"])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn clocks_that_differ_and_keys_that_are_none_are_told() -> Result<()> {
    let keys = [
        answering(r#"{"keys":[]}"#, 30).await?,
        answering(r#"{"keys":[]}"#, 600).await?,
        answering("[1]", -600).await?,
    ];
    let world = at(&[&keys[0], &keys[1], &keys[2]]).await?;
    let report = world.doctor().await?;
    report.holds("server_clock:0");
    report.fails("server_clock:1", "s behind the server's");
    report.fails("server_clock:2", "s ahead of the server's");
    report.fails("server_keys:0", "no key");
    report.fails("server_keys:2", "not JSON");
    Ok(())
}

#[tokio::test]
async fn a_proxy_is_looked_at_where_it_is_in_the_way_and_only_there() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = at(&[&server.url(), "https://auth.example.com"]).await?;
    let report = world
        .doctor_with(&[("HTTPS_PROXY", "http://ada:proxy-pw@127.0.0.1:1")])
        .await?;
    assert!(
        report
            .holds("proxy")
            .contains("http://127.0.0.1:1; servers on this computer are reached without it")
    );
    report.holds("server_keys:0");
    report.fails("server_reachable:1", "Nobody listens at the proxy 127.0.0.1:1");
    let report = world.doctor_with(&[("ALL_PROXY", "socks5://127.0.0.1:1")]).await?;
    report.fails("proxy", "ALL_PROXY");
    Ok(())
}

#[tokio::test]
async fn a_proxy_that_refuses_to_go_on_is_named() -> Result<()> {
    let refusing = answering("no", 0).await?;
    let world = at(&["https://auth.example.com"]).await?;
    let report = world.doctor_with(&[("HTTPS_PROXY", &refusing)]).await?;
    assert!(report.holds("server_reachable:0").contains("by the proxy 127.0.0.1"));
    assert!(
        report
            .failing()
            .iter()
            .any(|id| ["server_answers:0", "server_tls:0"].contains(id)),
        "{:?}",
        report.failing()
    );
    Ok(())
}
