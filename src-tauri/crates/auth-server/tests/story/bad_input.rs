//! Every path with what it does not take: a whole problem each time, and nothing of the input in it.

use reqwest::Method;
use serde_json::json;

use crate::world::{ADA, World, reply};

const POSTS: [&str; 4] = ["/auth/send-code", "/auth/verify-code", "/auth/refresh", "/auth/logout"];

#[tokio::test]
async fn bodies_that_are_no_message_are_refused_and_not_repeated() {
    let world = World::new().await;
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let bodies = [
        "".into(),
        "s3cret".into(),
        "{\"email\": \"s3cret".into(),
        "[]".into(),
        "{}".into(),
        "null".into(),
        "\"s3cret\"".into(),
        r#"{"email": 7, "code": 7, "domainId": 7, "refreshToken": 7}"#.into(),
        r#"{"email": {"s3cret": 1}, "code": ["s3cret"], "domainId": null, "refreshToken": ["s3cret"]}"#.into(),
        r#"{"email": "s3cret", "email": "s3cret", "refreshToken": "a", "refreshToken": "b"}"#.into(),
        deep,
    ];
    for path in POSTS {
        for body in &bodies {
            let request = world
                .http
                .post(format!("{}{path}", world.url))
                .header("content-type", "application/json");
            let problem = reply(request.body(body.clone())).await.problem(400, "invalid_request");
            assert!(!problem.to_string().contains("s3cret"), "{path}: {problem}");
        }
        let request = world
            .http
            .post(format!("{}{path}", world.url))
            .header("content-type", "application/json");
        reply(request.body(b"{\"email\": \"\xff\xfe\"}".to_vec()))
            .await
            .problem(400, "invalid_request");
    }
}

#[tokio::test]
async fn other_types_sizes_methods_and_paths_have_their_own_status() {
    let world = World::new().await;
    for path in POSTS {
        let at = |method| world.http.request(method, format!("{}{path}", world.url));
        reply(at(Method::POST).body("{}")).await.problem(415, "invalid_request");
        let form = at(Method::POST).form(&[("email", ADA)]);
        reply(form).await.problem(415, "invalid_request");
        let large = at(Method::POST).json(&json!({"email": "x".repeat(20_000)}));
        reply(large).await.problem(413, "invalid_request");
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
            let refused = reply(at(method)).await;
            assert_eq!(refused.headers["allow"], "POST");
            refused.problem(405, "invalid_request");
        }
    }
    for path in [
        "/",
        "/auth",
        "/auth/send-code/",
        "/auth/send-code/x",
        "/AUTH/me",
        "/%00",
        "/../etc/passwd",
    ] {
        reply(world.get(path)).await.problem(404, "not_found");
    }
    reply(world.post("/auth/me", &json!({})))
        .await
        .problem(405, "invalid_request");
}

#[tokio::test]
async fn fields_that_are_no_address_or_code_are_told_apart() {
    let world = World::new().await;
    for email in [
        "",
        "ada",
        "ada@",
        "ada@@example.com",
        "a b@example.com",
        "ädä@example.com",
        &"x".repeat(10_000),
    ] {
        world.send_code(email).await.problem(400, "invalid_email");
        world.verify(email, "123456").await.problem(400, "invalid_email");
    }
    world.fresh_code(ADA).await;
    for code in ["", "12345", "1234567", "12345a", "１２３４５６"] {
        let problem = world.verify(ADA, code).await.problem(400, "invalid_request");
        assert!(problem["attemptsLeft"].is_null());
    }
    let code = world.code(ADA);
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    assert_eq!(
        world.verify(ADA, &spaced).await.status,
        200,
        "what is no code is no try"
    );
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let world = World::new().await;
    let body = json!({"email": ADA, "domainId": "default", "theme": {"dark": true}});
    assert_eq!(reply(world.post("/auth/send-code", &body)).await.status, 202);
}

#[tokio::test]
async fn too_many_or_too_large_headers_are_refused() {
    let world = World::new().await;
    let mut many = world.get("/health");
    for number in 0..100 {
        many = many.header(format!("x-{number}"), "y");
    }
    reply(many).await.problem(431, "invalid_request");
    let large = world.get("/health").header("x-large", "y".repeat(17_000));
    reply(large).await.problem(431, "invalid_request");
}
