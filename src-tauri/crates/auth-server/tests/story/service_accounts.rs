//! §2: service accounts and their tokens, kept by administrators.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{ADA, ADMIN, World, reply};

const ACCOUNTS: &str = "/auth/service-accounts";

fn path_of(account: &Value) -> String {
    format!("{ACCOUNTS}/{}", account["id"].as_str().unwrap())
}

/// An administrator of the domain `second`.
async fn admin_of_second(world: &World) -> String {
    let body = json!({"email": ADMIN, "domainId": "second"});
    reply(world.post("/auth/send-code", &body))
        .await
        .ok(StatusCode::ACCEPTED);
    let body = json!({"email": ADMIN, "domainId": "second", "code": world.code(ADMIN)});
    let tokens = reply(world.post("/auth/verify-code", &body)).await.ok(StatusCode::OK);
    tokens["accessToken"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_account_is_made_read_changed_and_trashed() {
    let world = World::new().await;
    let admin = world.sign_in(ADMIN).await;
    let token = admin["accessToken"].as_str().unwrap();
    let body =
        json!({"name": "ci", "description": "builds", "scopes": ["b", "a", "b"], "orgId": "org-default", "x": 1});
    let account = world
        .call(Method::POST, ACCOUNTS, token, body)
        .await
        .ok(StatusCode::CREATED);
    let moment = "2026-11-24T00:00:00.000Z";
    assert_eq!(
        account,
        json!({"id": account["id"], "name": "ci", "description": "builds", "createdBy": admin["userId"], "orgId": "org-default",
            "domainId": "default", "scopes": ["b", "a"], "active": true, "createdAt": moment, "updatedAt": moment, "trashed": false})
    );
    let path = path_of(&account);
    let read = async || world.call(Method::GET, &path, token, Value::Null).await;
    assert_eq!(read().await.ok(StatusCode::OK), account);

    world.pass(5);
    let patch = |body: Value| world.call(Method::PATCH, &path, token, body);
    let changed = patch(json!({"name": "CI 2", "active": false})).await.ok(StatusCode::OK);
    assert_eq!(
        (
            &changed["name"],
            &changed["active"],
            &changed["description"],
            &changed["updatedAt"]
        ),
        (
            &json!("CI 2"),
            &json!(false),
            &json!("builds"),
            &json!("2026-11-24T00:00:05.000Z")
        )
    );
    let changed = patch(json!({"description": null, "scopes": []}))
        .await
        .ok(StatusCode::OK);
    assert_eq!(
        (&changed["description"], &changed["scopes"]),
        (&Value::Null, &json!([]))
    );
    assert_eq!(patch(json!({})).await.ok(StatusCode::OK)["name"], "CI 2");
    assert_eq!(read().await.ok(StatusCode::OK)["description"], Value::Null);

    let delete = || world.call(Method::DELETE, &path, token, Value::Null);
    delete().await.ok(StatusCode::NO_CONTENT);
    delete().await.problem(404, "not_found");
    read().await.problem(404, "not_found");
    patch(json!({"active": true})).await.problem(404, "not_found");
    let listed = world
        .call(Method::GET, ACCOUNTS, token, Value::Null)
        .await
        .ok(StatusCode::OK);
    assert_eq!(listed, json!({"items": []}));
}

#[tokio::test]
async fn a_token_is_shown_once_and_its_hash_never() {
    let world = World::new().await;
    let admin = world.admin().await;
    let account = world.service_account(&admin, &[]).await;
    for (environment, start) in [(json!("live"), "epic_live_"), (json!("test"), "epic_test_")] {
        let body = json!({"name": "one", "environment": environment, "expiresAt": "2027-01-01T00:00:00Z"});
        let made = world.api_token(&admin, &account, body).await;
        let text = made["token"].as_str().unwrap();
        assert!(text.starts_with(start) && text.len() == 42, "{text}");
        assert_eq!(
            made,
            json!({"id": made["id"], "serviceAccountId": account["id"], "name": "one", "prefix": text[..18],
                "lastUsedAt": null, "expiresAt": "2027-01-01T00:00:00.000Z", "createdAt": "2026-11-24T00:00:00.000Z", "revoked": false,
                "domainId": "default", "orgId": "org-default", "token": text})
        );
    }
    let usual = world.api_token(&admin, &account, json!({"name": "two"})).await;
    assert!(usual["token"].as_str().unwrap().starts_with("epic_live_") && usual["expiresAt"].is_null());
    let path = format!("{}/tokens", path_of(&account));
    let listed = world
        .call(Method::GET, &path, &admin, Value::Null)
        .await
        .ok(StatusCode::OK);
    assert_eq!(listed["items"].as_array().unwrap().len(), 3);
    let text = listed.to_string();
    assert!(
        !text.contains("tokenHash") && !text.contains("\"token\"") && !text.contains("$2b$"),
        "{text}"
    );
}

#[tokio::test]
async fn only_administrators_may() {
    let world = World::new().await;
    let admin = world.admin().await;
    let account = world.service_account(&admin, &[]).await;
    let token = world.api_token(&admin, &account, json!({"name": "t"})).await;
    let ada = world.sign_in(ADA).await["accessToken"].as_str().unwrap().to_owned();
    let (one, tokens) = (path_of(&account), format!("{}/tokens", path_of(&account)));
    let token_path = format!("{tokens}/{}", token["id"].as_str().unwrap());
    let options = json!({"serviceId": "s", "domainId": "default", "permissions": [], "ttlSeconds": 60});
    for (method, path, body) in [
        (Method::GET, ACCOUNTS, Value::Null),
        (Method::POST, ACCOUNTS, json!({"name": "x"})),
        (Method::GET, &one, Value::Null),
        (Method::PATCH, &one, json!({"active": false})),
        (Method::DELETE, &one, Value::Null),
        (Method::GET, &tokens, Value::Null),
        (Method::POST, &tokens, json!({"name": "x"})),
        (Method::DELETE, &token_path, Value::Null),
        (Method::POST, "/auth/service-token", options),
    ] {
        let call = |token: &'static str| world.call(method.clone(), path, token, body.clone());
        call("nonsense").await.problem(401, "invalid_token");
        let anonymous = world.http.request(method.clone(), format!("{}{path}", world.url));
        let anonymous = reply(anonymous.json(&body)).await;
        assert_eq!(anonymous.headers["www-authenticate"], "Bearer");
        anonymous.problem(401, "invalid_token");
        world
            .call(method.clone(), path, &ada, body.clone())
            .await
            .problem(403, "forbidden");
        let elsewhere = world
            .http
            .request(method.clone(), format!("{}{path}", world.url))
            .bearer_auth(&admin)
            .header("x-org-id", "org-second");
        reply(elsewhere.json(&body)).await.problem(403, "forbidden");
    }
    world
        .call(Method::GET, &one, &admin, Value::Null)
        .await
        .ok(StatusCode::OK);
}

#[tokio::test]
async fn one_domain_s_accounts_are_not_there_for_another_s_administrators() {
    let world = World::new().await;
    let (admin, second) = (world.admin().await, admin_of_second(&world).await);
    let account = world.service_account(&admin, &[]).await;
    let token = world.api_token(&admin, &account, json!({"name": "t"})).await;
    let (one, tokens) = (path_of(&account), format!("{}/tokens", path_of(&account)));
    let token_path = format!("{tokens}/{}", token["id"].as_str().unwrap());
    for (method, path, body) in [
        (Method::GET, &one, Value::Null),
        (Method::PATCH, &one, json!({"active": false})),
        (Method::DELETE, &one, Value::Null),
        (Method::GET, &tokens, Value::Null),
        (Method::POST, &tokens, json!({"name": "x"})),
        (Method::DELETE, &token_path, Value::Null),
    ] {
        world.call(method, path, &second, body).await.problem(404, "not_found");
    }
    let listed = world
        .call(Method::GET, ACCOUNTS, &second, Value::Null)
        .await
        .ok(StatusCode::OK);
    assert_eq!(listed, json!({"items": []}));
    let foreign = json!({"name": "x", "orgId": "org-second"});
    world
        .call(Method::POST, ACCOUNTS, &admin, foreign)
        .await
        .problem(403, "forbidden");
    // A token of another account is not there either.
    let other = world.service_account(&admin, &[]).await;
    let crossed = format!("{}/tokens/{}", path_of(&other), token["id"].as_str().unwrap());
    world
        .call(Method::DELETE, &crossed, &admin, Value::Null)
        .await
        .problem(404, "not_found");
    world.exchange(&token["token"]).await.ok(StatusCode::OK);
}

#[tokio::test]
async fn fields_that_do_not_fit_are_refused_by_name() {
    let world = World::new().await;
    let admin = world.admin().await;
    let account = world.service_account(&admin, &[]).await;
    let (one, tokens) = (path_of(&account), format!("{}/tokens", path_of(&account)));
    for (method, path, body, named) in [
        (Method::POST, ACCOUNTS, json!({"name": ""}), "name"),
        (Method::POST, ACCOUNTS, json!({"name": "x".repeat(101)}), "name"),
        (Method::POST, ACCOUNTS, json!({"name": "a\u{0}"}), "name"),
        (
            Method::POST,
            ACCOUNTS,
            json!({"name": "x", "scopes": ["a b"]}),
            "scopes",
        ),
        (
            Method::POST,
            ACCOUNTS,
            json!({"name": "x", "description": "x".repeat(1_001)}),
            "description",
        ),
        (Method::POST, ACCOUNTS, json!({"scopes": []}), "name"),
        (Method::POST, ACCOUNTS, json!({"name": 7}), "name"),
        (Method::PATCH, &one, json!({"name": " "}), "name"),
        (Method::PATCH, &one, json!({"active": "yes"}), "active"),
        (Method::PATCH, &one, json!({"scopes": [""]}), "scopes"),
        (Method::POST, &tokens, json!({"name": "\u{202e}"}), "name"),
        (
            Method::POST,
            &tokens,
            json!({"name": "x", "environment": "prod"}),
            "environment",
        ),
        (
            Method::POST,
            &tokens,
            json!({"name": "x", "expiresAt": "tomorrow"}),
            "expiresAt",
        ),
        (
            Method::POST,
            &tokens,
            json!({"name": "x", "expiresAt": "2026-11-24T00:00:00Z"}),
            "expiresAt",
        ),
    ] {
        let problem = world
            .call(method, path, &admin, body)
            .await
            .problem(400, "invalid_request");
        assert!(problem["detail"].as_str().unwrap().contains(named), "{problem}");
    }
    for id in ["nobody", "%00", "..%2f..", &"x".repeat(65), "a%20b", "%ff"] {
        let path = format!("{ACCOUNTS}/{id}");
        world
            .call(Method::GET, &path, &admin, Value::Null)
            .await
            .problem(404, "not_found");
    }
}

#[tokio::test]
async fn lists_come_in_pages() {
    let world = World::new().await;
    let admin = world.admin().await;
    let mut made = BTreeSet::new();
    for number in 0..7 {
        let account = world.service_account(&admin, &[]).await;
        world.pass(1);
        if number % 3 == 0 {
            let path = path_of(&account);
            let deleted = world.call(Method::DELETE, &path, &admin, Value::Null).await;
            deleted.ok(StatusCode::NO_CONTENT);
        } else {
            made.insert(account["id"].as_str().unwrap().to_owned());
        }
    }
    let (mut path, mut sizes, mut listed) = (format!("{ACCOUNTS}?limit=2"), Vec::new(), Vec::new());
    loop {
        let page = world
            .call(Method::GET, &path, &admin, Value::Null)
            .await
            .ok(StatusCode::OK);
        let items = page["items"].as_array().unwrap();
        sizes.push(items.len());
        listed.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("{ACCOUNTS}?limit=2&after={next}");
    }
    assert_eq!(listed, made.into_iter().collect::<Vec<_>>(), "{sizes:?}");
    assert!(sizes.iter().all(|size| *size <= 2), "{sizes:?}");
    for query in [
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=-1",
        "after=%00",
        "limit=1&limit=2",
    ] {
        let path = format!("{ACCOUNTS}?{query}");
        world
            .call(Method::GET, &path, &admin, Value::Null)
            .await
            .problem(400, "invalid_request");
    }
}
