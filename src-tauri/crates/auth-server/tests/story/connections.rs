//! Clients that are slow, rude or too large: each gets its answer, and nobody else notices.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::world::{World, reply};

/// Sends the bytes and reads until the server closes.
async fn raw(world: &World, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Checks that this is a whole problem and the last thing on its connection.
#[track_caller]
fn problem(answer: &str, status: u16) {
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("no reply: {answer:?}"));
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
    assert!(head.contains("content-type: application/problem+json"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        (&body["status"], &body["code"]),
        (&json!(status), &json!("invalid_request"))
    );
}

#[tokio::test]
async fn what_hyper_refuses_by_itself_is_a_problem_too() {
    let world = World::new().await;
    let not_http = b"\x16\x03\x01 this is TLS, or so\r\n\r\n";
    problem(&raw(&world, not_http).await, 400);
    problem(&raw(&world, b"GET / HTTP/9.9\r\n\r\n").await, 400);
    problem(&raw(&world, b"GET / HTTP/1.1\r\nbad header\r\n\r\n").await, 400);
    let many = format!("GET /health HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: y\r\n".repeat(300));
    problem(&raw(&world, many.as_bytes()).await, 431);
    let large = format!("GET /health HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(200_000));
    problem(&raw(&world, large.as_bytes()).await, 431);
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "y".repeat(70_000));
    problem(&raw(&world, long.as_bytes()).await, 414);
    assert_eq!(reply(world.get("/health")).await.status, 200);
}

#[tokio::test]
async fn a_path_that_is_too_long_is_refused() {
    let world = World::new().await;
    let path = format!("/{}", "y".repeat(8_192));
    reply(world.get(&path)).await.problem(414, "invalid_request");
    let query = format!("/health?{}", "y".repeat(8_192));
    reply(world.get(&query)).await.problem(414, "invalid_request");
    assert_eq!(
        reply(world.get(&format!("/health?{}", "y".repeat(8_000)))).await.status,
        200
    );
}

#[tokio::test]
async fn who_sends_far_too_much_still_reads_why_it_was_refused() {
    let world = World::new().await;
    let body = "x".repeat(8_000_000);
    let head = "POST /auth/send-code HTTP/1.1\r\nhost: x\r\ncontent-type: application/json";
    let request = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    for _ in 0..3 {
        // All of it is written before a byte is read, as simple clients do.
        problem(&raw(&world, request.as_bytes()).await, 413);
    }
}

#[tokio::test]
async fn slow_clients_are_let_go_and_hold_up_nobody() {
    let world = World::new().await;
    let began = Instant::now();
    let headers = async {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(b"GET /health HTTP/1.1\r\nho").await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        (answer.len(), began.elapsed())
    };
    let idle = async {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream
            .write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        began.elapsed()
    };
    let body = async {
        let head =
            "POST /auth/send-code HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{";
        (raw(&world, head.as_bytes()).await, began.elapsed())
    };
    let others = async {
        while began.elapsed() < Duration::from_secs(26) {
            assert_eq!(reply(world.get("/health/ready")).await.status, 200);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let ((answer, headers), idle, (body, late), ()) = tokio::join!(headers, idle, body, others);
    assert_eq!(answer, 0);
    let about = |took: Duration, seconds: u64| (seconds..seconds + 5).contains(&took.as_secs());
    assert!(about(headers, 10), "headers: {headers:?}");
    assert!(about(idle, 10), "idle: {idle:?}");
    assert!(about(late, 25), "body: {late:?}");
    problem(&body, 408);
}

#[tokio::test]
async fn a_connection_that_is_only_open_does_not_keep_a_server_that_stops() {
    let world = World::new().await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream
        .write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut some = [0; 15];
    stream.read_exact(&mut some).await.unwrap();
    let began = Instant::now();
    world.stop().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
