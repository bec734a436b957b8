use accounts::SessionState;
use accounts::ports::VaultError;
use auth_core::ServerId;
use serde_json::json;

use crate::world::{World, form};

#[tokio::test]
async fn the_first_server_becomes_the_default() {
    let world = World::new();
    let program = world.program().await;
    program.add_server(&form("prod")).await.unwrap();
    program.add_server(&form("eu")).await.unwrap();
    assert_eq!(world.json()["activeServerId"], "prod");
    program.switch_server(&ServerId::existing("eu")).await.unwrap();
    assert_eq!(world.json()["activeServerId"], "eu");
    assert_eq!(
        program.add_server(&form("eu")).await.unwrap_err().problem().field,
        Some("id")
    );
    assert_eq!(
        program
            .switch_server(&ServerId::existing("no"))
            .await
            .unwrap_err()
            .code(),
        "unknown_server"
    );
}

#[tokio::test]
async fn a_profile_that_appears_meanwhile_is_not_overwritten() {
    let world = World::new();
    let program = world.program().await;
    world.foreign_edit(|file| file["servers"]["prod"] = json!({"url": "https://theirs.example", "domainId": "d"}));
    assert_eq!(
        program.add_server(&form("prod")).await.unwrap_err().code(),
        "invalid_server"
    );
    assert_eq!(world.json()["servers"]["prod"]["url"], "https://theirs.example");
}

#[tokio::test]
async fn a_new_address_ends_the_old_session() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    let mut moved = form("prod");
    moved.url = "https://elsewhere.example".into();
    program.edit_server(&id, &moved).await.unwrap();
    assert!(world.kept().is_empty());
    assert!(world.server.sessions.lock().unwrap().is_empty());
    assert_eq!(
        program.snapshot().server("prod").unwrap().state,
        SessionState::SignedOut
    );
}

#[tokio::test]
async fn a_new_name_or_id_keeps_the_session() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    let mut renamed = form("prod");
    (renamed.id, renamed.name) = ("live".into(), "Live".into());
    program.edit_server(&id, &renamed).await.unwrap();
    assert_eq!(world.json()["activeServerId"], "live");
    let id = ServerId::existing("live");
    program.refresh(&id, accounts::Why::Asked).await.unwrap();
    let view = program.snapshot().server("live").unwrap().clone();
    assert_eq!((view.name.as_str(), view.state), ("Live", SessionState::SignedIn));
    assert_eq!(world.kept(), ["refresh-1-1"]);
}

#[tokio::test]
async fn a_token_never_follows_a_profile_to_a_server_somebody_else_wrote() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.foreign_edit(|file| file["servers"]["prod"]["url"] = json!("https://evil.example"));
    program.reload().await;
    assert!(program.refresh(&id, accounts::Why::Asked).await.is_err());
    assert_eq!(world.server.refreshes(), 0);
    assert_eq!(
        program.snapshot().server("prod").unwrap().state,
        SessionState::SignInNeeded
    );
}

#[tokio::test]
async fn removing_a_server_signs_out_first() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.lock_vault(Some(VaultError::Locked));
    assert!(program.remove_server(&id).await.is_err());
    assert!(
        world.json()["servers"].get("prod").is_some(),
        "it stays while its token cannot be deleted"
    );
    world.lock_vault(None);
    program.remove_server(&id).await.unwrap();
    assert!(world.kept().is_empty() && world.server.sessions.lock().unwrap().is_empty());
    assert!(program.snapshot().servers.is_empty());
}

#[tokio::test]
async fn a_machine_without_a_keychain_can_still_keep_its_list() {
    let world = World::new();
    world.lock_vault(Some(VaultError::Absent));
    let program = world.program().await;
    let id = program.add_server(&form("prod")).await.unwrap();
    let mut renamed = form("live");
    renamed.url = "https://live.example".into();
    program.edit_server(&id, &renamed).await.unwrap();
    program.remove_server(&ServerId::existing("live")).await.unwrap();
}

#[tokio::test]
async fn a_broken_address_of_another_program_can_be_corrected_and_removed() {
    let world = World::new();
    world.foreign_edit(|file| file["servers"] = json!({"a": {"url": "ftp://x"}, "b": {}}));
    let program = world.program().await;
    let view = program.snapshot().server("a").unwrap().clone();
    assert!(view.reason.unwrap().contains("https://"));
    program.edit_server(&ServerId::existing("a"), &form("a")).await.unwrap();
    program.remove_server(&ServerId::existing("b")).await.unwrap();
    assert_eq!(world.json()["servers"]["a"]["url"], "https://a.example");
}

#[tokio::test]
async fn a_broken_file_is_shown_and_left_alone() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    *world.file.text.lock().unwrap() = "{ \"servers\": ".into();
    program.reload().await;
    let snapshot = program.snapshot();
    assert!(
        snapshot
            .config_problem
            .as_ref()
            .unwrap()
            .message
            .contains("line 1, column 13"),
        "{snapshot:?}"
    );
    let at = snapshot.config_problem_at.unwrap();
    assert_eq!((at.line, at.column), (1, 13));
    assert_eq!(
        snapshot.server("prod").unwrap().state,
        SessionState::SignedIn,
        "what was known stays"
    );
    assert!(program.switch_server(&id).await.is_err());
    assert_eq!(*world.file.text.lock().unwrap(), "{ \"servers\": ");
}

#[tokio::test]
async fn forms_are_checked_before_they_are_saved() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    let mut bad = form("prod");
    bad.url = "prod.example".into();
    let found = program.check_server(&bad, None);
    assert_eq!(
        found.iter().map(|p| p.field.unwrap()).collect::<Vec<_>>(),
        ["url", "id"]
    );
    assert_eq!(program.check_server(&form("prod"), Some(&id)), []);
    assert!(!program.test_connection(&bad).await.ok);
    assert!(program.test_connection(&form("prod")).await.ok);
}

#[tokio::test]
async fn the_order_is_the_persons() {
    let world = World::new();
    let program = world.program().await;
    for id in ["a", "b", "c"] {
        program.add_server(&form(id)).await.unwrap();
    }
    program.reorder_servers(vec!["c".into(), "a".into()]).await.unwrap();
    let ids: Vec<_> = program.snapshot().servers.iter().map(|s| s.id.clone()).collect();
    assert_eq!(ids, ["c", "a", "b"]);
}
