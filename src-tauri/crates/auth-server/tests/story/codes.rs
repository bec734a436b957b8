//! §2 Codes and People.

use auth_core::storage::{CodeRecord, Lookup, SessionRecord, Store};
use auth_server::SignUp;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::{ADA, World, reply, wrong};

#[tokio::test]
async fn a_code_opens_a_session() {
    let world = World::new().await;
    let sent = world.send_code(" Ada@Example.COM ").await;
    assert!(sent.headers.contains_key("date"));
    assert_eq!(
        sent.ok(StatusCode::ACCEPTED),
        json!({"expiresIn": 600, "retryAfter": 0})
    );
    let verified = world.verify("ADA@example.com", &world.code(ADA)).await;
    assert_eq!(verified.headers["cache-control"], "no-store");
    let tokens = verified.ok(StatusCode::OK);
    for (field, value) in [
        ("tokenType", json!("Bearer")),
        ("expiresIn", json!(900)),
        ("refreshExpiresIn", json!(2_592_000)),
        ("email", json!(ADA)),
        ("domainId", json!("default")),
        ("orgId", json!("org-default")),
        ("scopes", json!([])),
    ] {
        assert_eq!(tokens[field], value, "{field}");
    }
    let again = world.sign_in(ADA).await;
    assert_eq!(again["userId"], tokens["userId"], "one address is one person");
    let admin = world.sign_in("root@admins.example").await;
    assert_eq!(admin["scopes"], json!(["admin"]));
}

#[tokio::test]
async fn five_wrong_tries_void_a_code() {
    let world = World::new().await;
    let code = world.fresh_code(ADA).await;
    for left in [4, 3, 2, 1, 0] {
        let problem = world.verify(ADA, &wrong(&code)).await.problem(400, "code_invalid");
        assert_eq!(problem["attemptsLeft"], left);
    }
    for _ in 0..2 {
        let exceeded = world.verify(ADA, &code).await;
        assert!(exceeded.retry_after() >= 1);
        exceeded.problem(429, "code_attempts_exceeded");
    }
    world.pass(3_600);
    world.verify(ADA, &code).await.problem(429, "code_attempts_exceeded");
    world.sign_in(ADA).await;
}

#[tokio::test]
async fn a_code_ends_after_ten_minutes() {
    let world = World::new().await;
    let code = world.fresh_code(ADA).await;
    world.pass(600);
    world.verify(ADA, &code).await.problem(400, "code_expired");
    let code = world.fresh_code(ADA).await;
    world.pass(599);
    world.verify(ADA, &code).await.ok(StatusCode::OK);
}

#[tokio::test]
async fn a_code_is_good_once_and_a_new_one_voids_it() {
    let world = World::new().await;
    let used = world.fresh_code(ADA).await;
    world.verify(ADA, &used).await.ok(StatusCode::OK);
    world.verify(ADA, &used).await.problem(400, "code_expired");
    world.verify(ADA, &wrong(&used)).await.problem(400, "code_expired");

    let old = world.fresh_code(ADA).await;
    let mut new = world.fresh_code(ADA).await;
    while new == old {
        new = world.fresh_code(ADA).await;
    }
    world.verify(ADA, &old).await.problem(400, "code_invalid");
    world.verify(ADA, &new).await.ok(StatusCode::OK);
    world
        .verify("nobody@example.com", "123456")
        .await
        .problem(400, "code_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_verifies_of_one_code_make_one_session() {
    let world = World::new().await;
    let code = world.fresh_code(ADA).await;
    let body = json!({"email": ADA, "code": code, "domainId": "default"});
    let mut verifies = tokio::task::JoinSet::new();
    for _ in 0..50 {
        verifies.spawn(reply(world.post("/auth/verify-code", &body)));
    }
    let replies = verifies.join_all().await;
    assert_eq!(replies.iter().filter(|reply| reply.status == StatusCode::OK).count(), 1);
    for reply in replies {
        if reply.status != StatusCode::OK {
            reply.problem(400, "code_expired");
        }
    }
}

#[tokio::test]
async fn nothing_of_one_domain_is_visible_in_another() {
    let world = World::new().await;
    let at = |path: &str, body: Value| reply(world.post(path, &body));
    for (path, code) in [("/auth/send-code", None), ("/auth/verify-code", Some("123456"))] {
        let body = json!({"email": ADA, "domainId": "elsewhere", "code": code});
        at(path, body).await.problem(400, "unknown_domain");
    }
    let first = world.sign_in(ADA).await;
    at("/auth/send-code", json!({"email": ADA, "domainId": "second"}))
        .await
        .ok(StatusCode::ACCEPTED);
    let code = world.code(ADA);
    world.verify(ADA, &code).await.problem(400, "code_expired");
    let body = json!({"email": ADA, "domainId": "second", "code": code});
    let second = at("/auth/verify-code", body).await.ok(StatusCode::OK);
    assert_ne!(first["userId"], second["userId"]);
    assert_eq!(second["orgId"], "org-second");
    world
        .me(&second["accessToken"], Some("org-default"))
        .await
        .problem(403, "forbidden");
}

#[tokio::test]
async fn known_and_unknown_addresses_get_the_same_answers() {
    let world = World::new().await;
    world.sign_in(ADA).await;
    let mut closed = crate::world::settings();
    closed.sign_up = SignUp::Closed;
    let world = world.restart(closed).await;
    let (known, unknown) = (world.send_code(ADA).await, world.send_code("eve@example.com").await);
    assert_eq!((known.status, known.body), (unknown.status, unknown.body));
    assert_eq!(world.mailbox.mails(None).len(), 1, "the unknown address gets no mail");
    for left in [4, 3, 2, 1, 0] {
        for (email, code) in [(ADA, wrong(&world.code(ADA))), ("eve@example.com", "123456".to_owned())] {
            let problem = world.verify(email, &code).await.problem(400, "code_invalid");
            assert_eq!(problem["attemptsLeft"], left, "{email}");
        }
    }
    world.sign_in(ADA).await;
}

#[tokio::test]
async fn a_list_of_domains_says_who_may_sign_up() {
    let world = World::with(|settings| settings.sign_up = "example.com".parse().unwrap()).await;
    world.sign_in(ADA).await;
    world.send_code("eve@example.org").await.ok(StatusCode::ACCEPTED);
    assert!(world.mailbox.mails(Some("eve@example.org")).is_empty());
}

#[tokio::test]
async fn a_device_is_kept_with_its_session() {
    let world = World::new().await;
    let code = world.fresh_code(ADA).await;
    let device = |id: String| json!({"deviceId": id, "platform": "linux"});
    let verify = |device: Value| {
        let body = json!({"email": ADA, "code": code, "domainId": "default", "device": device});
        reply(world.post("/auth/verify-code", &body).header("user-agent", "tray/1"))
    };
    verify(device("x".repeat(257))).await.problem(400, "invalid_request");
    verify(device("a\u{0}b".into())).await.problem(400, "invalid_request");
    let tokens = verify(device("laptop".into())).await.ok(StatusCode::OK);
    let store = Store::new(world.storage.clone());
    let lookup = Lookup::SessionsByUser {
        user_id: tokens["userId"].as_str().unwrap(),
    };
    let session = store.find_one::<SessionRecord>(lookup).await.unwrap().unwrap();
    let info = serde_json::to_value(session.record.session.device_info).unwrap();
    assert_eq!(
        info,
        json!({"userAgent": "tray/1", "ip": "127.0.0.1", "deviceId": "laptop", "platform": "linux", "browser": null, "location": null})
    );
}

#[tokio::test]
async fn a_code_is_stored_as_a_hash() {
    let world = World::new().await;
    let code = world.fresh_code(ADA).await;
    let store = Store::new(world.storage.clone());
    let stored = store
        .get::<CodeRecord>(&format!("default/{ADA}"))
        .await
        .unwrap()
        .unwrap();
    assert!(!stored.record.code.token.expose().contains(&code));
}

#[tokio::test]
async fn who_may_not_sign_up_is_not_let_in_by_a_right_code_either() {
    let world = World::new().await;
    let right = world.fresh_code("eve@example.com").await;
    let mut closed = crate::world::settings();
    closed.sign_up = SignUp::Closed;
    let world = world.restart(closed).await;
    let problem = world
        .verify("eve@example.com", &right)
        .await
        .problem(400, "code_invalid");
    assert_eq!(problem["attemptsLeft"], 4);
}
