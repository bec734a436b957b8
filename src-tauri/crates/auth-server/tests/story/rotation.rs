//! §2 Rotation.

use auth_core::Secret;
use auth_core::models::AuthUserModel;
use auth_core::storage::{RevokeCause, SessionRecord, Store};
use auth_core::tokens::JwksVerifier;
use auth_server::Clock;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::world::{ADA, World, reply};

const DAY: u64 = 86_400;

async fn rotated(world: &World, token: &Value) -> Value {
    world.refresh(token).await.ok(StatusCode::OK)["refreshToken"].clone()
}

#[track_caller]
fn refused(reply: crate::world::Reply, reason: &str) {
    let problem = reply.problem(401, "invalid_grant");
    assert_eq!(
        (&problem["reason"], &problem["error"]),
        (&json!(reason), &json!("invalid_grant"))
    );
}

async fn session_id(world: &World, tokens: &Value) -> String {
    let jwks = world
        .get("/.well-known/jwks.json")
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let token = Secret::new(tokens["accessToken"].as_str().unwrap());
    let keys = JwksVerifier::parse(&jwks).unwrap();
    keys.verify_access(&token, None, world.clock.now(), 0).unwrap().sid
}

#[tokio::test]
async fn each_refresh_gives_the_next_token() {
    let world = World::new().await;
    let tokens = world.sign_in(ADA).await;
    world.pass(60);
    let next = world.refresh(&tokens["refreshToken"]).await.ok(StatusCode::OK);
    assert_ne!(next["refreshToken"], tokens["refreshToken"]);
    assert_ne!(next["accessToken"], tokens["accessToken"]);
    for field in [
        "userId",
        "email",
        "domainId",
        "orgId",
        "scopes",
        "expiresIn",
        "refreshExpiresIn",
        "tokenType",
    ] {
        assert_eq!(next[field], tokens[field], "{field}");
    }
    assert_eq!(session_id(&world, &next).await, session_id(&world, &tokens).await);
    rotated(&world, &next["refreshToken"]).await;
}

#[tokio::test]
async fn a_lost_reply_is_given_again_and_does_not_fork() {
    let world = World::new().await;
    let parent = world.sign_in(ADA).await["refreshToken"].clone();
    world.pass(1_000);
    let current = rotated(&world, &parent).await;
    for _ in 0..3 {
        world.pass(200);
        assert_eq!(rotated(&world, &parent).await, current, "the very same token");
    }
    let next = rotated(&world, &current).await;
    assert_eq!(rotated(&world, &current).await, next);
}

#[tokio::test]
async fn the_parent_after_the_grace_ends_the_session() {
    let world = World::new().await;
    let tokens = world.sign_in(ADA).await;
    let parent = tokens["refreshToken"].clone();
    let current = rotated(&world, &parent).await;
    world.pass(601);
    refused(world.refresh(&parent).await, "reused");
    refused(world.refresh(&parent).await, "revoked");
    refused(world.refresh(&current).await, "revoked");
    world
        .me(&tokens["accessToken"], Some("org-default"))
        .await
        .problem(401, "invalid_token");
    let id = session_id(&world, &tokens).await;
    let store = Store::new(world.storage.clone());
    let session = store.get::<SessionRecord>(&id).await.unwrap().unwrap().record;
    assert_eq!(session.revoked.unwrap().cause, RevokeCause::Reuse);
}

#[tokio::test]
async fn a_grandparent_ends_the_session_even_within_the_grace() {
    let world = World::new().await;
    let first = world.sign_in(ADA).await["refreshToken"].clone();
    let second = rotated(&world, &first).await;
    let third = rotated(&world, &second).await;
    refused(world.refresh(&first).await, "reused");
    refused(world.refresh(&third).await, "revoked");
}

#[tokio::test]
async fn one_persons_reuse_leaves_other_sessions_alone() {
    let world = World::new().await;
    let (first, other) = (world.sign_in(ADA).await, world.sign_in(ADA).await);
    rotated(&world, &first["refreshToken"]).await;
    world.pass(601);
    refused(world.refresh(&first["refreshToken"]).await, "reused");
    rotated(&world, &other["refreshToken"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_race_for_the_same_parent_never_fork_nor_kill() {
    let world = World::new().await;
    let mut token = world.sign_in(ADA).await["refreshToken"].clone();
    for round in 0..50 {
        let body = json!({"refreshToken": token});
        let mut racers = JoinSet::new();
        for _ in 0..2 {
            racers.spawn(reply(world.post("/auth/refresh", &body)));
        }
        let mut answers = Vec::new();
        for answer in racers.join_all().await {
            answers.push(answer.ok(StatusCode::OK)["refreshToken"].clone());
        }
        assert_eq!(answers[0], answers[1], "round {round}");
        assert_ne!(answers[0], token, "round {round}");
        token = answers.remove(0);
        world.pass(1);
    }
}

#[tokio::test]
async fn use_lengthens_a_session_up_to_a_year_from_sign_in() {
    let world = World::new().await;
    let mut tokens = world.sign_in(ADA).await;
    let mut day = 0;
    while day + 29 < 365 {
        world.pass(29 * DAY);
        day += 29;
        tokens = world.refresh(&tokens["refreshToken"]).await.ok(StatusCode::OK);
    }
    assert_eq!(tokens["refreshExpiresIn"], (365 - day) * DAY);
    world.pass((365 - day) * DAY);
    refused(world.refresh(&tokens["refreshToken"]).await, "expired");
}

#[tokio::test]
async fn an_unused_session_expires() {
    let world = World::new().await;
    let tokens = world.sign_in(ADA).await;
    world.pass(30 * DAY - 1);
    let tokens = world.refresh(&tokens["refreshToken"]).await.ok(StatusCode::OK);
    world.pass(30 * DAY);
    refused(world.refresh(&tokens["refreshToken"]).await, "expired");
    world
        .me(&tokens["accessToken"], Some("org-default"))
        .await
        .problem(401, "invalid_token");
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_unknown() {
    let (world, other) = (World::new().await, World::new().await);
    let tokens = world.sign_in(ADA).await;
    let foreign = other.sign_in(ADA).await["refreshToken"].clone();
    let cut = tokens["refreshToken"]
        .as_str()
        .unwrap()
        .rsplit_once('.')
        .unwrap()
        .0
        .to_owned();
    for token in [
        json!(""),
        json!("x"),
        json!("a.b.c"),
        foreign,
        json!(format!("{cut}.")),
        tokens["accessToken"].clone(),
    ] {
        refused(world.refresh(&token).await, "unknown");
    }
    rotated(&world, &tokens["refreshToken"]).await;
}

#[tokio::test]
async fn logout_ends_the_session_and_is_always_done() {
    let world = World::new().await;
    let tokens = world.sign_in(ADA).await;
    let logout = |token: &Value| reply(world.post("/auth/logout", &json!({"refreshToken": token})));
    for _ in 0..2 {
        assert_eq!(
            logout(&tokens["refreshToken"]).await.ok(StatusCode::NO_CONTENT),
            Value::Null
        );
    }
    refused(world.refresh(&tokens["refreshToken"]).await, "revoked");
    logout(&json!("nonsense")).await.ok(StatusCode::NO_CONTENT);

    let parent = world.sign_in(ADA).await["refreshToken"].clone();
    let current = rotated(&world, &parent).await;
    logout(&parent).await.ok(StatusCode::NO_CONTENT);
    refused(world.refresh(&current).await, "revoked");
}

#[tokio::test]
async fn a_trashed_person_is_out_at_once() {
    let world = World::new().await;
    let tokens = world.sign_in(ADA).await;
    let store = Store::new(world.storage.clone());
    let mut user = store
        .get::<AuthUserModel>(tokens["userId"].as_str().unwrap())
        .await
        .unwrap()
        .unwrap();
    user.record.trashed = true;
    store.replace(&user.record, &user.version).await.unwrap();
    refused(world.refresh(&tokens["refreshToken"]).await, "revoked");
    world
        .me(&tokens["accessToken"], Some("org-default"))
        .await
        .problem(401, "invalid_token");
    let before = world.mailbox.mails(None).len();
    world.send_code(ADA).await.ok(StatusCode::ACCEPTED);
    assert_eq!(world.mailbox.mails(None).len(), before);
}

#[tokio::test]
async fn a_domain_that_is_switched_off_keeps_its_sessions() {
    let world = World::new().await;
    let token = world.sign_in(ADA).await["refreshToken"].clone();
    let mut without = crate::world::settings();
    without.domains = vec!["second".into()];
    let world = world.restart(without).await;
    world.refresh(&token).await.problem(400, "unknown_domain");
    let world = world.restart(crate::world::settings()).await;
    rotated(&world, &token).await;
}
