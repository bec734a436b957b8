//! Every operation of the document with what it does not take: a whole problem each time, and nothing of the input in it.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::world::{ADA, World, reply};

/// An operation, with ids in its path that are there.
struct Operation {
    method: Method,
    path: String,
    takes_body: bool,
    takes_form: bool,
}

struct Doors {
    world: World,
    admin: String,
    operations: Vec<Operation>,
}

impl Doors {
    async fn new() -> Self {
        let world = World::new().await;
        let admin = world.admin().await;
        let account = world.service_account(&admin, &[]).await;
        let token = world.api_token(&admin, &account, json!({"name": "t"})).await;
        let (account, token) = (account["id"].as_str().unwrap(), token["id"].as_str().unwrap());
        let document: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let content = &operation["requestBody"]["content"];
                operations.push(Operation {
                    method: method.to_uppercase().parse().unwrap(),
                    path: path.replace("{id}", account).replace("{tokenId}", token),
                    takes_body: content.is_object(),
                    takes_form: content["application/x-www-form-urlencoded"].is_object(),
                });
            }
        }
        assert!(operations.len() > 20);
        Self {
            world,
            admin,
            operations,
        }
    }

    fn with_bodies(&self) -> impl Iterator<Item = &Operation> {
        self.operations.iter().filter(|operation| operation.takes_body)
    }

    fn request(&self, method: &Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.world.url);
        self.world.http.request(method.clone(), url).bearer_auth(&self.admin)
    }
}

#[tokio::test]
async fn bodies_that_are_no_message_are_refused_and_not_repeated() {
    let doors = Doors::new().await;
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let names = [
        "email",
        "code",
        "domainId",
        "refreshToken",
        "name",
        "grant_type",
        "api_token",
        "serviceId",
    ];
    let all = |value: &str| names.map(|name| format!("\"{name}\": {value}")).join(", ");
    let bodies: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"s3cret".to_vec(),
        b"{\"name\": \"s3cret".to_vec(),
        b"{\"name\": \"s3cret\"} s3cret".to_vec(),
        b"[]".to_vec(),
        b"[\"s3cret\", \"s3cret\"]".to_vec(),
        b"null".to_vec(),
        b"\"s3cret\"".to_vec(),
        b"{\"name\": \"\xff\xfe\"}".to_vec(),
        b"{\"name\": \"\\ud800\"}".to_vec(),
        b"{\"name\": \"a\nb\"}".to_vec(),
        "\u{feff}{\"name\": \"s3cret\"}".into(),
        format!("{{{}}}", all("7")).into(),
        format!("{{{}}}", all("[\"s3cret\"]")).into(),
        format!("{{{}}}", all("{\"s3cret\": 1}")).into(),
        format!("{{{}, {}}}", all("\"s3cret\""), all("\"s3cret\"")).into(),
        format!("{{{}}}", all(&deep(800))).into(),
        deep(5_000).into(),
    ];
    for operation in doors.with_bodies() {
        for body in &bodies {
            let request = doors
                .request(&operation.method, &operation.path)
                .header("content-type", "application/json");
            let problem = reply(request.body(body.clone())).await.problem(400, "invalid_request");
            assert!(!problem.to_string().contains("s3cret"), "{}: {problem}", operation.path);
        }
    }
}

#[tokio::test]
async fn other_types_charsets_and_sizes_have_their_own_status() {
    let doors = Doors::new().await;
    for operation in doors.with_bodies() {
        let at = || doors.request(&operation.method, &operation.path);
        reply(at().body("{}")).await.problem(415, "invalid_request");
        for kind in [
            "text/plain",
            "application/xml",
            "application/json; charset=latin1",
            "multipart/form-data",
        ] {
            let other = at().header("content-type", kind).body("{}");
            reply(other).await.problem(415, "invalid_request");
        }
        if !operation.takes_form {
            let form = at().form(&[("email", ADA)]);
            reply(form).await.problem(415, "invalid_request");
        }
        let large = at().json(&json!({"name": "x".repeat(20_000)}));
        reply(large).await.problem(413, "invalid_request");
    }
}

#[tokio::test]
async fn other_methods_are_refused_with_those_that_are_taken() {
    let doors = Doors::new().await;
    for operation in &doors.operations {
        let taken = |method: &Method| {
            let same = |other: &Operation| other.path == operation.path && other.method == *method;
            doors.operations.iter().any(same)
        };
        for method in [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ] {
            if !taken(&method) {
                let refused = reply(doors.request(&method, &operation.path)).await;
                let allow = refused.headers["allow"].to_str().unwrap().to_owned();
                assert!(allow.contains(operation.method.as_str()), "{allow}");
                refused.problem(405, "invalid_request");
            }
        }
    }
}

#[tokio::test]
async fn paths_that_lead_nowhere_are_not_found() {
    let doors = Doors::new().await;
    for path in [
        "/index.html",
        "/auth",
        "/auth/send-code/",
        "/auth/send-code/x",
        "/AUTH/me",
        "/%00",
        "/../etc/passwd",
        "/auth/sessions/%00",
        "/auth/sessions/a%2fb",
        "/auth/sessions/%ff",
        "/auth/sessions/",
    ] {
        reply(doors.world.get(path)).await;
        let method = if path.starts_with("/auth/sessions/") && path.len() > 15 {
            Method::DELETE
        } else {
            Method::GET
        };
        reply(doors.request(&method, path)).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn unknown_fields_are_ignored_however_deep() {
    let world = World::new().await;
    let deep = format!("{}{}", "[".repeat(2_000), "]".repeat(2_000));
    let body = format!(r#"{{"x": {deep}, "email": "{ADA}", "x": {{"dark": true}}, "domainId": "default"}}"#);
    let request = world
        .http
        .post(format!("{}/auth/send-code", world.url))
        .header("content-type", "application/json; charset=utf-8");
    assert_eq!(reply(request.body(body)).await.status, 202);
}

#[tokio::test]
async fn addresses_are_ascii_and_look_alikes_are_not() {
    let world = World::new().await;
    for email in [
        "",
        "ada",
        "ada@",
        "ada@@example.com",
        "a b@example.com",
        "ada@exa mple.com",
        "ada\u{0}@example.com",
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com\u{7f}",
        // Letters that look like others: Cyrillic а, fullwidth ａ and ＠, the Kelvin sign, a dotless ı, a zero-width space.
        "\u{430}da@example.com",
        "\u{ff41}da@example.com",
        "ada\u{ff20}example.com",
        "ada@\u{212a}example.com",
        "\u{131}da@example.com",
        "a\u{200b}da@example.com",
        "ada@ex\u{e4}mple.com",
        &"x".repeat(10_000),
        &format!("{}@example.com", "x".repeat(65)),
    ] {
        world.send_code(email).await.problem(400, "invalid_email");
        world.verify(email, "123456").await.problem(400, "invalid_email");
    }
    assert!(world.mailbox.mails(None).is_empty());
    // The same address, however it is written.
    let first = world.sign_in(ADA).await;
    for email in [" ADA@Example.COM ", "Ada@example.com\n", "\u{3000}ada@example.com"] {
        let code = {
            world.send_code(email).await.ok(reqwest::StatusCode::ACCEPTED);
            world.code(ADA)
        };
        let same = world.verify(email, &code).await.ok(reqwest::StatusCode::OK);
        assert_eq!(same["userId"], first["userId"], "{email:?}");
    }
}

#[tokio::test]
async fn other_fields_with_odd_characters_name_nothing() {
    let world = World::new().await;
    for domain in [
        "",
        "Default",
        "default ",
        "default\u{0}",
        "default\u{200b}",
        &"d".repeat(10_000),
    ] {
        let body = json!({"email": ADA, "domainId": domain, "code": "123456"});
        for path in ["/auth/send-code", "/auth/verify-code"] {
            reply(world.post(path, &body)).await.problem(400, "unknown_domain");
        }
    }
    for token in ["\u{0}", "a.b.c\n", "\u{1f511}", &"x".repeat(10_000)] {
        world.refresh(&json!(token)).await.problem(401, "invalid_grant");
    }
}

#[tokio::test]
async fn what_is_no_code_is_no_try() {
    let world = World::new().await;
    let code = world.fresh_code(ADA).await;
    for text in [
        "",
        "12345",
        "1234567",
        "12345a",
        "１２３４５６",
        "123456\u{0}",
        "-123456-x",
    ] {
        let problem = world.verify(ADA, text).await.problem(400, "invalid_request");
        assert!(problem["attemptsLeft"].is_null(), "{text:?}");
    }
    let spaced = format!(" {}-{} ", &code[..3], &code[3..]);
    assert_eq!(world.verify(ADA, &spaced).await.status, 200);
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
