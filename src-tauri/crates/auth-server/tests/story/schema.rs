//! Whatever is sent, each reply is as the OpenAPI document says, and never a 5xx. What is sent schemathesis makes up from the document.

use std::process::Stdio;

use serde_json::json;
use testbed::python;
use tokio::process::Command;

use crate::world::World;

/// All that can be told from a reply alone. Whether odd input is refused the other tests say: unknown fields are ignored here.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
    response_schema_conformance";

#[tokio::test(flavor = "multi_thread")]
async fn every_reply_is_as_the_document_says() {
    let Some(python) = python().unwrap() else {
        return eprintln!("left out: there is no Python; run make python");
    };
    let world = World::new().await;
    let admin = world.admin().await;
    let account = world.service_account(&admin, &["read"]).await;
    world.api_token(&admin, &account, json!({"name": "known"})).await;
    let folder = tempfile::tempdir().unwrap();
    // Made-up ids name nothing: this one lets requests come as far as the rules.
    let known = format!("[parameters]\n\"path.id\" = {}\n", account["id"]);
    std::fs::write(folder.path().join("schemathesis.toml"), known).unwrap();
    let output = Command::new(python)
        .args(["-m", "schemathesis.cli", "run"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json"))
        .args(["--url", &world.url, "--checks", CHECKS, "--warnings", "off"])
        .args(["--header", &format!("Authorization: Bearer {admin}")])
        .args(["--header", "x-org-id: org-default"])
        // Bounded, and the same each time as far as time allows. One worker: Python 3.11 does not parse in several threads.
        .args([
            "--max-time",
            "40",
            "--max-examples",
            "15",
            "--workers",
            "1",
            "--seed",
            "1",
        ])
        .args(["--no-shrink", "--continue-on-failure", "--no-color"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Each operation was asked something, and nothing was left out.
    let operations = include_str!("../../openapi.json").matches("\"operationId\"").count();
    assert!(said.contains(&format!("Tested: {operations}")), "{said}");
}
