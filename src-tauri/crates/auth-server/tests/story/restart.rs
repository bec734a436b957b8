//! What a server knows, the next one on the same storage knows too.

use reqwest::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::{ADA, World, reply, settings};

#[tokio::test]
async fn sessions_codes_and_keys_outlive_a_restart() {
    let world = World::new().await;
    let tokens = world.sign_in(ADA).await;
    let code = world.fresh_code("eve@example.com").await;
    let keys = reply(world.get("/.well-known/jwks.json")).await.body;
    let world = world.restart(settings()).await;
    assert_eq!(reply(world.get("/.well-known/jwks.json")).await.body, keys);
    world
        .me(&tokens["accessToken"], Some("org-default"))
        .await
        .ok(StatusCode::OK);
    world.refresh(&tokens["refreshToken"]).await.ok(StatusCode::OK);
    world.verify("eve@example.com", &code).await.ok(StatusCode::OK);
}

#[tokio::test]
async fn a_request_under_way_is_finished_before_the_server_ends() {
    let world = World::new().await;
    let (address, mailbox) = (world.address, world.mailbox.clone());
    let body = r#"{"email": "ada@example.com", "domainId": "default"}"#;
    let mut under_way = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /auth/send-code HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    under_way.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    under_way.read_exact(&mut go_on).await.unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100"), "the server waits for the body");

    let stopping = tokio::spawn(world.stop());
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    under_way.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    under_way.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    stopping.await.unwrap();
    assert_eq!(mailbox.mails(Some(ADA)).len(), 1);
}
