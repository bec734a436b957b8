//! §2: `/auth/me`.

use reqwest::StatusCode;
use serde_json::json;

use crate::world::{ADA, World, reply};

#[tokio::test]
async fn me_tells_who_bears_the_token() {
    let world = World::new().await;
    let tokens = world.sign_in(ADA).await;
    let me = world
        .me(&tokens["accessToken"], Some("org-default"))
        .await
        .ok(StatusCode::OK);
    assert_eq!(
        me,
        json!({"user": {"id": tokens["userId"], "email": ADA, "name": null}, "domainId": "default", "orgId": "org-default", "scopes": []})
    );
    let admin = world.sign_in("root@admins.example").await;
    let me = world
        .me(&admin["accessToken"], Some("org-default"))
        .await
        .ok(StatusCode::OK);
    assert_eq!(me["scopes"], json!(["admin"]));
}

#[tokio::test]
async fn the_organisation_must_be_named_and_be_one_s_own() {
    let world = World::new().await;
    let token = world.sign_in(ADA).await["accessToken"].clone();
    let problem = world.me(&token, None).await.problem(400, "invalid_request");
    assert_eq!(problem["detail"], "x-org-id header required");
    world.me(&token, Some("org-second")).await.problem(403, "forbidden");
    world.me(&token, Some("")).await.problem(403, "forbidden");
}

#[tokio::test]
async fn what_is_no_good_token_is_refused() {
    let world = World::new().await;
    let tokens = world.sign_in(ADA).await;
    let missing = reply(world.get("/auth/me").header("x-org-id", "org-default")).await;
    assert_eq!(missing.headers["www-authenticate"], "Bearer");
    missing.problem(401, "invalid_token");
    let basic = world
        .get("/auth/me")
        .basic_auth("ada", Some("x"))
        .header("x-org-id", "org-default");
    reply(basic).await.problem(401, "invalid_token");
    for token in [json!("x"), json!("a.b.c"), tokens["refreshToken"].clone()] {
        world
            .me(&token, Some("org-default"))
            .await
            .problem(401, "invalid_token");
    }
    world.pass(899);
    world
        .me(&tokens["accessToken"], Some("org-default"))
        .await
        .ok(StatusCode::OK);
    world.pass(1);
    world
        .me(&tokens["accessToken"], Some("org-default"))
        .await
        .problem(401, "invalid_token");
}

#[tokio::test]
async fn a_session_that_was_ended_is_refused_at_once() {
    let world = World::new().await;
    let tokens = world.sign_in(ADA).await;
    let body = json!({"refreshToken": tokens["refreshToken"]});
    reply(world.post("/auth/logout", &body))
        .await
        .ok(StatusCode::NO_CONTENT);
    world
        .me(&tokens["accessToken"], Some("org-default"))
        .await
        .problem(401, "invalid_token");
}
