//! Looking closer at one session, and carrying servers to another computer.

use accounts::ports::ApiError;
use accounts::{AccountsError, Sharing};
use serde_json::{Value, json};

use crate::world::{World, form};

#[tokio::test]
async fn a_preview_is_what_the_policy_writes_with_masks() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.foreign_edit(|file| {
        file["servers"]["prod"]["mcpUrl"] = json!("https://mcp.example");
        file["servers"]["prod"]["auth"]["serviceToken"] = json!("their-secret");
    });
    program.reload().await;
    for preview in program.preview_sharing(&id).unwrap() {
        assert!(
            !preview.text.contains("access-") && !preview.text.contains("their-secret"),
            "{}",
            preview.text
        );
        let mut shown: Value = serde_json::from_str(&preview.text).unwrap();
        program.set_sharing(&id, preview.sharing).await.unwrap();
        let mut written = world.json()["servers"]["prod"].clone();
        for token in ["accessToken", "refreshToken", "serviceToken"] {
            let (mask, secret) = (shown["auth"][token].take(), written["auth"][token].take());
            let is_secret = secret.as_str().is_some_and(|text| !text.is_empty());
            assert_eq!(
                is_secret,
                mask == "********",
                "{:?}: {token} is {mask}",
                preview.sharing
            );
        }
        assert_eq!(shown, written, "{:?}", preview.sharing);
    }
}

#[tokio::test]
async fn a_preview_changes_nothing() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    let (before, writes) = (world.json(), world.file.writes());
    let previews = program.preview_sharing(&id).unwrap();
    assert_eq!(previews.len(), 3);
    assert_eq!(previews[2].sharing, Sharing::None);
    assert!(!previews[2].text.contains("auth\""), "{}", previews[2].text);
    assert_eq!((world.json(), world.file.writes()), (before, writes));
}

#[tokio::test]
async fn the_sessions_of_the_server_are_listed_and_one_is_ended() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    let elsewhere = World {
        server: world.server.clone(),
        ..World::new()
    };
    let (other, other_id) = elsewhere.signed_in().await;
    let sessions = program.own_sessions(&id).await.unwrap();
    assert_eq!(
        sessions.iter().map(|session| session.current).collect::<Vec<_>>(),
        [true, false]
    );
    program.end_own_session(&id, &sessions[1].id).await.unwrap();
    assert_eq!(program.own_sessions(&id).await.unwrap().len(), 1);
    assert!(other.refresh(&other_id, accounts::Why::Asked).await.is_err());
}

#[tokio::test]
async fn a_server_without_that_list_is_called_too_old() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    let url = auth_core::ServerUrl::parse("https://prod.example").unwrap();
    world.fail(Some(ApiError::NotOffered { url }));
    let problem = program.own_sessions(&id).await.unwrap_err().problem();
    assert_eq!(problem.code, "server_too_old");
    assert!(problem.message.contains("update"), "{}", problem.message);
}

#[tokio::test]
async fn servers_are_carried_without_any_session() {
    let world = World::new();
    let (program, _) = world.signed_in().await;
    program.add_server(&form("eu")).await.unwrap();
    let carried = program.export_servers();
    for secret in ["access-", "refresh-", "ada@example.com", "auth"] {
        assert!(!carried.contains(secret), "{carried}");
    }
    let elsewhere = World::new();
    let other = elsewhere.program().await;
    other.add_server(&form("eu")).await.unwrap();
    let report = other.import_servers(&carried).await.unwrap();
    assert_eq!(report.added, ["PROD"]);
    assert_eq!(report.left_out.len(), 1);
    assert!(
        report.left_out[0].reason.contains("eu"),
        "{}",
        report.left_out[0].reason
    );
    assert_eq!(other.snapshot().server("prod").unwrap().url, "https://prod.example");
}

#[tokio::test]
async fn another_file_is_not_imported_and_nothing_but_servers_is_read_from_one() {
    let world = World::new();
    let program = world.program().await;
    for text in [
        "",
        "{}",
        "[]",
        r#"{"flowstateServers":2,"servers":[]}"#,
        r#"{"servers":{}}"#,
    ] {
        let refused = program.import_servers(text).await;
        assert!(matches!(refused, Err(AccountsError::NotAnExport)), "{text}");
    }
    let with_session = r#"{"flowstateServers":1,"servers":[{"id":"a","name":"A","url":"https://a.example","auth":{"accessToken":"stolen"}},
        {"id":"b","name":"B","url":"http://b.example"}]}"#;
    let report = program.import_servers(with_session).await.unwrap();
    assert_eq!((report.added.len(), report.left_out.len()), (1, 1));
    assert!(!world.file.text.lock().unwrap().contains("stolen"));
}
