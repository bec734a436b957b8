//! The OpenAPI document is what the handlers say, as it is checked in and served.

use std::collections::BTreeSet;
use std::process::Command;

use reqwest::StatusCode;
use serde_json::Value;

use crate::world::{World, reply};

fn document() -> Value {
    serde_json::from_str(include_str!("../../openapi.json")).unwrap()
}

#[tokio::test]
async fn the_checked_in_document_is_fresh_and_served() {
    let output = Command::new(env!("CARGO_BIN_EXE_flowstate-auth-server"))
        .arg("openapi")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(
        String::from_utf8(output.stdout).unwrap() == include_str!("../../openapi.json"),
        "stale: cargo run -p auth-server -- openapi > src-tauri/crates/auth-server/openapi.json"
    );
    let world = World::new().await;
    let served = reply(world.get("/openapi.json")).await;
    assert_eq!(served.headers["content-type"], "application/json");
    assert_eq!(served.ok(StatusCode::OK), document());
}

#[test]
fn every_path_of_the_contract_is_described() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            described.insert(format!("{method} {path}"));
            let secured = operation["security"].is_array();
            let public = [
                "/auth/send-code",
                "/auth/verify-code",
                "/auth/refresh",
                "/auth/logout",
                "/auth/token",
            ];
            let open = public.contains(&path.as_str()) || !path.starts_with("/auth/");
            assert_eq!(secured, !open, "{method} {path}");
            assert!(operation["summary"].is_string() && operation["operationId"].is_string());
        }
    }
    let contract = [
        "delete /auth/service-accounts/{id}",
        "delete /auth/service-accounts/{id}/tokens/{tokenId}",
        "delete /auth/sessions/{id}",
        "get /.well-known/jwks.json",
        "get /.well-known/openid-configuration",
        "get /auth/me",
        "get /auth/service-accounts",
        "get /auth/service-accounts/{id}",
        "get /auth/service-accounts/{id}/tokens",
        "get /auth/sessions",
        "get /health",
        "get /health/ready",
        "patch /auth/service-accounts/{id}",
        "post /auth/logout",
        "post /auth/refresh",
        "post /auth/send-code",
        "post /auth/service-accounts",
        "post /auth/service-accounts/{id}/tokens",
        "post /auth/service-token",
        "post /auth/token",
        "post /auth/verify-code",
    ];
    assert_eq!(described, contract.map(str::to_owned).into());
    let text = document.to_string();
    assert!(!text.contains("tokenHash") && !text.contains("privateKey"));
}
