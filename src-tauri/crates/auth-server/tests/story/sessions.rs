//! §2: a person's own sessions.

use auth_core::storage::{RevokeCause, SessionRecord, Store};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{ADA, Reply, World, reply};

async fn list(world: &World, tokens: &Value) -> Vec<Value> {
    let token = tokens["accessToken"].as_str().unwrap();
    let reply = world.call(Method::GET, "/auth/sessions", token, Value::Null).await;
    assert_eq!(reply.headers["cache-control"], "no-store");
    reply.ok(StatusCode::OK)["items"].as_array().unwrap().clone()
}

async fn end(world: &World, tokens: &Value, id: &Value) -> Reply {
    let path = format!("/auth/sessions/{}", id.as_str().unwrap());
    let token = tokens["accessToken"].as_str().unwrap();
    world.call(Method::DELETE, &path, token, Value::Null).await
}

/// A sign-in from a machine of that name.
async fn from_device(world: &World, id: &str) -> Value {
    let code = world.fresh_code(ADA).await;
    let body = json!({"email": ADA, "code": code, "domainId": "default", "device": {"deviceId": id, "platform": "linux", "userAgent": "tray/1"}});
    reply(world.post("/auth/verify-code", &body)).await.ok(StatusCode::OK)
}

fn of_device<'a>(sessions: &'a [Value], id: &str) -> &'a Value {
    let found = sessions.iter().find(|session| session["deviceInfo"]["deviceId"] == id);
    found.unwrap_or_else(|| panic!("no session of {id} in {sessions:?}"))
}

#[tokio::test]
async fn a_person_sees_their_sessions_and_which_is_this_one() {
    let world = World::new().await;
    let laptop = from_device(&world, "laptop").await;
    world.pass(60);
    let desktop = from_device(&world, "desktop").await;
    world.sign_in("eve@example.com").await;
    world.pass(60);
    world.refresh(&laptop["refreshToken"]).await.ok(StatusCode::OK);

    let seen = list(&world, &desktop).await;
    assert_eq!(seen.len(), 2);
    let one = of_device(&seen, "laptop");
    assert_eq!(
        one,
        &json!({"id": one["id"], "createdAt": "2026-11-24T00:00:00.000Z", "lastUsedAt": "2026-11-24T00:02:00.000Z",
            "expires": "2026-12-24T00:02:00.000Z", "current": false,
            "deviceInfo": {"userAgent": "tray/1", "ip": "127.0.0.1", "deviceId": "laptop", "platform": "linux", "browser": null, "location": null}})
    );
    assert_eq!(of_device(&seen, "desktop")["current"], true);
    assert_eq!(of_device(&list(&world, &laptop).await, "laptop")["current"], true);
}

#[tokio::test]
async fn a_program_that_says_nothing_is_known_by_its_user_agent_and_address() {
    let world = World::new().await;
    let code = world.fresh_code(ADA).await;
    let body = json!({"email": ADA, "code": code, "domainId": "default"});
    let verify = world.post("/auth/verify-code", &body).header("user-agent", "curl/8");
    let tokens = reply(verify).await.ok(StatusCode::OK);
    let seen = list(&world, &tokens).await;
    let device = &seen[0]["deviceInfo"];
    assert_eq!(
        (&device["userAgent"], &device["ip"], &device["deviceId"]),
        (&json!("curl/8"), &json!("127.0.0.1"), &json!(""))
    );
}

#[tokio::test]
async fn an_ended_session_is_refused_at_once_and_its_tokens_with_it() {
    let world = World::new().await;
    let (laptop, desktop) = (
        from_device(&world, "laptop").await,
        from_device(&world, "desktop").await,
    );
    let id = of_device(&list(&world, &desktop).await, "laptop")["id"].clone();
    for _ in 0..2 {
        end(&world, &desktop, &id).await.ok(StatusCode::NO_CONTENT);
    }
    world
        .me(&laptop["accessToken"], Some("org-default"))
        .await
        .problem(401, "invalid_token");
    let token = laptop["accessToken"].as_str().unwrap();
    world
        .call(Method::GET, "/auth/sessions", token, Value::Null)
        .await
        .problem(401, "invalid_token");
    let problem = world
        .refresh(&laptop["refreshToken"])
        .await
        .problem(401, "invalid_grant");
    assert_eq!(problem["reason"], "revoked");
    let left = list(&world, &desktop).await;
    assert_eq!((left.len(), &left[0]["current"]), (1, &json!(true)));
    let store = Store::new(world.storage.clone());
    let stored = store.get::<SessionRecord>(id.as_str().unwrap()).await.unwrap().unwrap();
    assert_eq!(stored.record.revoked.unwrap().cause, RevokeCause::Revoked);
}

#[tokio::test]
async fn the_current_session_can_be_ended_too() {
    let world = World::new().await;
    let tokens = world.sign_in(ADA).await;
    let id = list(&world, &tokens).await[0]["id"].clone();
    end(&world, &tokens, &id).await.ok(StatusCode::NO_CONTENT);
    end(&world, &tokens, &id).await.problem(401, "invalid_token");
}

#[tokio::test]
async fn nobody_sees_or_ends_another_s_session() {
    let world = World::new().await;
    let (ada, eve) = (world.sign_in(ADA).await, world.sign_in("eve@example.com").await);
    let id = list(&world, &ada).await[0]["id"].clone();
    end(&world, &eve, &id).await.problem(404, "not_found");
    end(&world, &eve, &json!("nobody")).await.problem(404, "not_found");
    assert_eq!(list(&world, &eve).await.len(), 1);
    // The same person in another domain is another person.
    let body = json!({"email": ADA, "domainId": "second"});
    reply(world.post("/auth/send-code", &body))
        .await
        .ok(StatusCode::ACCEPTED);
    let body = json!({"email": ADA, "domainId": "second", "code": world.code(ADA)});
    let second = reply(world.post("/auth/verify-code", &body)).await.ok(StatusCode::OK);
    end(&world, &second, &id).await.problem(404, "not_found");
    reply(world.get("/auth/sessions")).await.problem(401, "invalid_token");
    world
        .me(&ada["accessToken"], Some("org-default"))
        .await
        .ok(StatusCode::OK);
}

#[tokio::test]
async fn sessions_that_are_over_are_not_listed() {
    let world = World::new().await;
    world.sign_in(ADA).await;
    let signed_out = world.sign_in(ADA).await;
    let body = json!({"refreshToken": signed_out["refreshToken"]});
    reply(world.post("/auth/logout", &body))
        .await
        .ok(StatusCode::NO_CONTENT);
    world.pass(30 * 86_400);
    let tokens = world.sign_in(ADA).await;
    let seen = list(&world, &tokens).await;
    assert_eq!((seen.len(), &seen[0]["current"]), (1, &json!(true)), "{seen:?}");
}

#[tokio::test]
async fn a_service_account_has_no_sessions() {
    let world = World::new().await;
    let admin = world.admin().await;
    let account = world.service_account(&admin, &[]).await;
    let token = world.api_token(&admin, &account, json!({"name": "t"})).await;
    let traded = world.exchange(&token["token"]).await.ok(StatusCode::OK);
    let bearer = traded["access_token"].as_str().unwrap();
    let listed = world.call(Method::GET, "/auth/sessions", bearer, Value::Null).await;
    assert_eq!(listed.ok(StatusCode::OK), json!({"items": []}));
}
