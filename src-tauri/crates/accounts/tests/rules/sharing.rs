//! What stands in the shared file of a session, and what is adopted from there.

use std::time::Duration;

use accounts::ports::{Event, VaultError};
use accounts::{SessionState, Sharing, Why};
use serde_json::{Value, json};

use crate::world::{World, settle};

fn auth(world: &World) -> Value {
    world.json()["servers"]["prod"]["auth"].clone()
}

#[tokio::test]
async fn each_policy_writes_what_it_says() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.foreign_edit(|file| file["servers"]["prod"]["auth"]["serviceToken"] = json!("s"));
    let access = auth(&world);
    assert_eq!(
        (&access["refreshToken"], access["accessToken"].is_string()),
        (&json!(""), true)
    );

    program.set_sharing(&id, Sharing::Full).await.unwrap();
    assert_eq!(auth(&world)["refreshToken"], "refresh-1-0");
    program.refresh(&id, Why::Asked).await.unwrap();
    assert_eq!(auth(&world)["refreshToken"], "refresh-1-1");

    program.set_sharing(&id, Sharing::None).await.unwrap();
    assert_eq!(auth(&world), json!({"serviceToken": "s"}));
    program.refresh(&id, Why::Asked).await.unwrap();
    assert_eq!(
        auth(&world),
        json!({"serviceToken": "s"}),
        "a refresh does not bring it back"
    );

    program.set_sharing(&id, Sharing::Access).await.unwrap();
    let back = auth(&world);
    assert_eq!((&back["refreshToken"], &back["userId"]), (&json!(""), &json!("ada")));
    assert_eq!(world.kept(), ["refresh-1-2"]);
    let changes = world.events("prod").into_iter();
    assert_eq!(
        changes
            .filter(|event| matches!(event, Event::SharingChanged { .. }))
            .count(),
        3
    );
}

#[tokio::test]
async fn a_session_that_is_not_in_the_file_is_one_all_the_same() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    program.set_sharing(&id, Sharing::None).await.unwrap();
    let other = world.program().await;
    let view = other.snapshot().server("prod").unwrap().clone();
    assert_eq!(
        (view.state, view.email.as_deref(), view.sharing, view.conflict),
        (SessionState::SignedIn, Some("ada@example.com"), Sharing::None, None)
    );
    other.access_token(&id, Duration::from_secs(60)).await.unwrap();
    assert_eq!(world.server.refreshes(), 1);
    assert_eq!(world.json()["servers"]["prod"].get("auth"), None);
    other.sign_out(&id).await.unwrap();
    program.reload().await;
    assert_eq!(
        program.snapshot().server("prod").unwrap().state,
        SessionState::SignedOut
    );
    assert!(world.kept().is_empty() && world.server.sessions.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_refresher_has_a_token_ready_that_is_in_no_file() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    program.set_sharing(&id, Sharing::None).await.unwrap();
    let tray = world.program().await;
    tokio::spawn(tray.clone().keep_fresh());
    settle().await;
    world.lock_vault(Some(VaultError::Locked));
    tray.access_token(&id, Duration::from_secs(60)).await.unwrap();
    assert_eq!(world.server.refreshes(), 1);
}

#[tokio::test]
async fn sharing_again_without_a_token_at_hand_fetches_one() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    program.set_sharing(&id, Sharing::None).await.unwrap();
    let cli = world.program().await;
    cli.set_sharing(&id, Sharing::Access).await.unwrap();
    assert_eq!(auth(&world)["userId"], "ada");
    assert_eq!(cli.snapshot().server("prod").unwrap().conflict, None);
}

#[tokio::test]
async fn a_rotation_by_an_old_tool_is_adopted_at_once() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    program.set_sharing(&id, Sharing::Full).await.unwrap();
    tokio::spawn(program.clone().keep_fresh());
    settle().await;
    // The old tool refreshes by itself and writes only the file.
    world.server.sessions.lock().unwrap().insert(1, 1);
    world.foreign_edit(|file| {
        file["servers"]["prod"]["auth"]["refreshToken"] = json!("refresh-1-1");
        file["servers"]["prod"]["auth"]["accessToken"] = json!("access-1-1");
    });
    program.reload().await;
    assert_eq!(world.kept(), ["refresh-1-1"]);
    assert_eq!(world.events("prod").last(), Some(&Event::Adopted));
    *world.server.strict.lock().unwrap() = true;
    program.refresh(&id, Why::Asked).await.unwrap();
    assert_eq!(auth(&world)["refreshToken"], "refresh-1-2");
}

#[tokio::test]
async fn our_own_writing_is_no_rotation_of_others() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    program.set_sharing(&id, Sharing::Full).await.unwrap();
    tokio::spawn(program.clone().keep_fresh());
    program.refresh(&id, Why::Asked).await.unwrap();
    program.reload().await;
    assert!(!world.events("prod").contains(&Event::Adopted));
}

#[tokio::test]
async fn settings_that_cannot_be_read_stop_what_depends_on_them() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    *world.settings.broken.lock().unwrap() = true;
    program.reload().await;
    assert_eq!(
        program.snapshot().config_problem.as_ref().unwrap().code,
        "settings_unusable"
    );
    program
        .access_token(&id, Duration::from_secs(60))
        .await
        .expect("a good token needs no settings");
    assert_eq!(
        program.refresh(&id, Why::Asked).await.unwrap_err().code(),
        "settings_unusable"
    );
    assert_eq!(world.server.refreshes(), 0, "nothing was spent");
    *world.settings.broken.lock().unwrap() = false;
    program.refresh(&id, Why::Asked).await.unwrap();
}

#[tokio::test]
async fn many_sessions_share_one_write() {
    let world = World::new();
    let (program, _) = world.signed_in().await;
    for n in 0..7 {
        let id = program.add_server(&crate::world::form(&format!("s{n}"))).await.unwrap();
        program.request_code(&id, "ada@example.com").await.unwrap();
        program.submit_code(&id, "123456").await.unwrap();
    }
    tokio::spawn(program.clone().keep_fresh());
    settle().await;
    let before = world.file.writes();
    world.clock.advance(Duration::from_secs(900));
    settle().await;
    settle().await;
    assert_eq!(world.server.refreshes(), 8);
    let writes = world.file.writes() - before;
    assert!(writes <= 4, "{writes} writes for 8 sessions");
}
