//! The layer for other services, around the example's own.

use std::net::SocketAddr;

use auth_core::wire::PROBLEM_JSON;
use auth_server::Limits;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::world::{ADA, Reply, World, reply};

#[path = "../../examples/protected.rs"]
#[expect(dead_code, reason = "its main is the example's")]
mod protected;

/// The service's address.
async fn service(world: &World) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = protected::app(world.authenticator.clone()).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

async fn ask(world: &World, url: String, token: Option<&str>) -> Reply {
    let request = world.http.get(url);
    reply(match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    })
    .await
}

#[tokio::test]
async fn access_tokens_and_api_tokens_open_it() {
    let world = World::new().await;
    let url = service(&world).await;
    let hello = async |token: &Value| ask(&world, format!("{url}/hello"), token.as_str()).await;
    let tokens = world.sign_in(ADA).await;
    let said = hello(&tokens["accessToken"]).await.ok(StatusCode::OK);
    assert_eq!(
        said,
        format!("hello {} of org-default", tokens["userId"].as_str().unwrap())
    );

    let admin = world.admin().await;
    let account = world.service_account(&admin, &["read"]).await;
    let token = world.api_token(&admin, &account, json!({"name": "t"})).await;
    let said = hello(&token["token"]).await.ok(StatusCode::OK);
    assert_eq!(
        said,
        format!("hello {} of org-default", account["id"].as_str().unwrap())
    );
    let traded = world.exchange(&token["token"]).await.ok(StatusCode::OK);
    hello(&traded["access_token"]).await.ok(StatusCode::OK);

    let path = format!(
        "/auth/service-accounts/{}/tokens/{}",
        account["id"].as_str().unwrap(),
        token["id"].as_str().unwrap()
    );
    let revoked = world.call(Method::DELETE, &path, &admin, Value::Null).await;
    revoked.ok(StatusCode::NO_CONTENT);
    for token in [&token["token"], &traded["access_token"]] {
        hello(token).await.problem(401, "invalid_token");
    }
}

#[tokio::test]
async fn guesses_count_for_who_sends_them_wherever_they_are_sent() {
    let world = World::with(|settings| {
        settings.limits = Limits {
            token_ip: 2,
            ..Limits::OFF
        };
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let url = service(&world).await;
    let guess = async |url: &str, ip: &str| {
        let request = world.http.get(url).bearer_auth("epic_live_x");
        reply(request.header("x-org-id", "org-default").header("x-forwarded-for", ip)).await
    };
    let (hello, me) = (format!("{url}/hello"), format!("{}/auth/me", world.url));
    for url in [&hello, &me] {
        guess(url, "198.51.100.1").await.problem(401, "invalid_token");
    }
    for url in [&hello, &me] {
        guess(url, "198.51.100.1").await.problem(429, "rate_limited");
    }
    guess(&hello, "198.51.100.2").await.problem(401, "invalid_token");
}

#[tokio::test]
async fn the_rest_is_answered_as_the_server_answers_it() {
    let world = World::new().await;
    let url = service(&world).await;
    let nobody = ask(&world, format!("{url}/hello"), None).await;
    assert_eq!(nobody.headers["www-authenticate"], "Bearer");
    assert_eq!(nobody.headers["content-type"], PROBLEM_JSON);
    nobody.problem(401, "invalid_token");
    ask(&world, format!("{url}/hello"), Some("nonsense"))
        .await
        .problem(401, "invalid_token");
    let ada = world.sign_in(ADA).await["accessToken"].as_str().unwrap().to_owned();
    ask(&world, format!("{url}/admin"), Some(&ada))
        .await
        .problem(403, "forbidden");
    let foreign = world
        .http
        .get(format!("{url}/hello"))
        .bearer_auth(&ada)
        .header("x-org-id", "org-second");
    reply(foreign).await.problem(403, "forbidden");
    let admin = world.admin().await;
    let may = ask(&world, format!("{url}/admin"), Some(&admin)).await;
    assert_eq!(may.ok(StatusCode::OK), "you may");
    assert_eq!(ask(&world, url.clone(), None).await.ok(StatusCode::OK), "open to all");
    world.storage.close().await;
    ask(&world, format!("{url}/hello"), Some(&ada))
        .await
        .problem(503, "storage_unavailable");
}
