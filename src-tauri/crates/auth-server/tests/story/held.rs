//! The database while another process holds it.

use std::time::Duration;

use auth_server::Limits;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::{Connection, SqliteConnection};
use tokio::task::JoinSet;

use crate::world::{World, database, reply};

#[tokio::test]
async fn whoever_writes_then_hears_so_and_the_server_can_be_stopped() {
    let world = World::with(|settings| {
        settings.limits = Limits {
            send_ip: 1_000,
            ..Limits::OFF
        };
    })
    .await;
    let file = database(world.folder.path());
    let mut holder = SqliteConnection::connect(&format!("sqlite:{}", file.display()))
        .await
        .unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut holder).await.unwrap();
    // More than go into one commit.
    let mut asked = JoinSet::new();
    for number in 0..150 {
        let body = json!({"email": format!("{number}@example.com"), "domainId": "default"});
        asked.spawn(reply(world.post("/auth/send-code", &body)));
    }
    for heard in asked.join_all().await {
        heard.problem(503, "storage_unavailable");
    }
    let begun = world.post(
        "/auth/send-code",
        &json!({"email": "late@example.com", "domainId": "default"}),
    );
    let begun = tokio::spawn(begun.send());
    tokio::time::timeout(Duration::from_secs(60), world.stop())
        .await
        .expect("the server ends while the database is held");
    if let Ok(late) = begun.await.unwrap() {
        assert_eq!(late.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
