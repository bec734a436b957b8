//! A person's own sessions, of which there may be more than a page.

use accounts::ports::AuthApi;
use auth_core::Secret;
use serde_json::{Value, json};

use super::replay::{Replay, ok};
use super::{server, service};

fn listed(id: u32) -> Value {
    json!({"id": format!("s{id}"), "createdAt": format!("2026-01-31T09:{:02}:{:02}.000Z", id / 60, id % 60), "current": id == 3})
}

#[tokio::test]
async fn of_many_pages_the_newest_are_shown_and_the_one_of_this_computer() {
    let replay = Replay::start().await;
    let page = |ids: std::ops::Range<u32>, next: Value| {
        let items: Vec<Value> = ids.map(listed).collect();
        ok(&json!({"items": items, "next": next}))
    };
    replay
        .on("/auth/sessions?limit=200", page(0..200, json!("s199")))
        .on("/auth/sessions?limit=200&after=s199", page(0..0, json!("gone")))
        .on("/auth/sessions?limit=200&after=gone", page(200..290, Value::Null));
    let sessions = service()
        .own_sessions(&server(&replay.url), &Secret::new("t"))
        .await
        .unwrap();
    assert_eq!(sessions.len(), 200);
    let ids: Vec<&str> = sessions.iter().map(|session| session.id.as_str()).collect();
    assert_eq!((ids[0], ids[1], ids[199]), ("s3", "s289", "s91"));
}

#[tokio::test]
async fn a_server_whose_pages_have_no_end_is_left() {
    let replay = Replay::start().await;
    let endless = ok(&json!({"items": [listed(1)], "next": "s1"}));
    replay
        .on("/auth/sessions?limit=200", endless.clone())
        .on("/auth/sessions?limit=200&after=s1", endless);
    let sessions = service().own_sessions(&server(&replay.url), &Secret::new("t")).await;
    assert!(sessions.unwrap().len() <= 200);
    assert!(replay.requests().len() <= 20, "{}", replay.requests().len());
}
