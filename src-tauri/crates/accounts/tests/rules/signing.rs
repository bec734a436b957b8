use std::time::Duration;

use accounts::ports::{ApiError, VaultError};
use accounts::{FailureKind, SessionState, SignInView, SignedOut};
use auth_core::ServerId;
use serde_json::json;

use crate::world::{START, World, form};

#[tokio::test]
async fn a_sign_in_puts_each_secret_in_its_place() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    assert_eq!(world.kept(), ["refresh-1-0"]);
    let auth = &world.json()["servers"]["prod"]["auth"];
    assert_eq!(auth["refreshToken"], "");
    assert_eq!(auth["email"], "ada@example.com");
    assert_eq!(auth["expiresAt"], START + 900_000);
    let view = program.snapshot().server(id.as_str()).unwrap().clone();
    assert_eq!((view.state, view.sign_in), (SessionState::SignedIn, SignInView::Idle));
}

#[tokio::test]
async fn signing_in_never_changes_the_default_server() {
    let world = World::new();
    let (program, _) = world.signed_in().await;
    let second = program.add_server(&form("eu")).await.unwrap();
    program.request_code(&second, "ada@example.com").await.unwrap();
    program.submit_code(&second, "123456").await.unwrap();
    assert_eq!(program.snapshot().active_server_id.as_deref(), Some("prod"));
}

#[tokio::test]
async fn a_wrong_code_counts_down_and_keeps_the_step() {
    let world = World::new();
    let program = world.program().await;
    let id = program.add_server(&form("prod")).await.unwrap();
    program.request_code(&id, "ada@example.com").await.unwrap();
    let error = program.submit_code(&id, "000000").await.unwrap_err();
    assert_eq!((error.code(), error.problem().field), ("code_invalid", Some("code")));
    let snapshot = program.snapshot();
    let SignInView::CodeRequested { tries_left, .. } = &snapshot.server("prod").unwrap().sign_in else {
        panic!()
    };
    assert_eq!(*tries_left, 4);
    program.submit_code(&id, "123456").await.unwrap();
}

#[tokio::test]
async fn steps_out_of_order_are_refused() {
    let world = World::new();
    let program = world.program().await;
    let id = program.add_server(&form("prod")).await.unwrap();
    assert_eq!(
        program.submit_code(&id, "123456").await.unwrap_err().code(),
        "no_code_requested"
    );
    assert_eq!(
        program.request_code(&id, "ada").await.unwrap_err().problem().field,
        Some("email")
    );
    program.request_code(&id, "ada@example.com").await.unwrap();
    assert_eq!(
        program.request_code(&id, "ada@example.com").await.unwrap_err().code(),
        "too_soon"
    );
    assert_eq!(
        program.submit_code(&id, "12345").await.unwrap_err().code(),
        "invalid_code"
    );
    program.cancel_sign_in(&id);
    assert_eq!(
        program.submit_code(&id, "123456").await.unwrap_err().code(),
        "no_code_requested"
    );
    let unknown = ServerId::existing("nope");
    assert_eq!(
        program
            .request_code(&unknown, "ada@example.com")
            .await
            .unwrap_err()
            .kind(),
        FailureKind::Configuration
    );
}

#[tokio::test]
async fn no_code_is_wasted_on_a_locked_keychain() {
    let world = World::new();
    let program = world.program().await;
    let id = program.add_server(&form("prod")).await.unwrap();
    world.lock_vault(Some(VaultError::Locked));
    let error = program.request_code(&id, "ada@example.com").await.unwrap_err();
    assert_eq!((error.code(), error.kind()), ("locked", FailureKind::Store));
    assert_eq!(program.snapshot().server("prod").unwrap().sign_in, SignInView::Idle);
}

#[tokio::test]
async fn a_session_the_keychain_refused_is_kept_when_it_opens() {
    let world = World::new();
    let program = world.program().await;
    let id = program.add_server(&form("prod")).await.unwrap();
    program.request_code(&id, "ada@example.com").await.unwrap();
    world.lock_vault(Some(VaultError::Locked));
    assert_eq!(program.submit_code(&id, "123456").await.unwrap_err().code(), "locked");
    assert_eq!(program.snapshot().server("prod").unwrap().state, SessionState::Locked);
    assert_eq!(
        world.json()["servers"]["prod"].get("auth"),
        None,
        "nobody may use it before it is kept"
    );
    world.lock_vault(None);
    program.refresh(&id, accounts::Why::Asked).await.unwrap();
    assert_eq!(world.kept(), ["refresh-1-0"]);
    assert_eq!(world.server.refreshes(), 0);
    assert_eq!(program.snapshot().server("prod").unwrap().state, SessionState::SignedIn);
}

#[tokio::test]
async fn signing_out_ends_both_ends_and_leaves_a_service_token() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.foreign_edit(|file| file["servers"]["prod"]["auth"]["serviceToken"] = json!("s"));
    assert_eq!(program.sign_out(&id).await.unwrap(), SignedOut::Everywhere);
    assert!(world.kept().is_empty());
    assert!(world.server.sessions.lock().unwrap().is_empty());
    assert_eq!(world.json()["servers"]["prod"]["auth"], json!({"serviceToken": "s"}));
    let view = program.snapshot().server("prod").unwrap().clone();
    assert_eq!(
        (view.state, view.email.as_deref()),
        (SessionState::SignedOut, Some("ada@example.com"))
    );
}

#[tokio::test]
async fn an_unreachable_server_does_not_keep_anybody_signed_in() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.fail(Some(ApiError::RateLimited { retry_after: None }));
    let SignedOut::HereOnly { reason, again } = program.sign_out(&id).await.unwrap() else {
        panic!("the server was told")
    };
    assert!(reason.contains("wait") && again, "{reason}");
    let left = world.kept();
    assert_eq!(
        left,
        ["refresh-1-0"],
        "the token is kept under another name, for the server"
    );
    assert!(program.refresh(&id, accounts::Why::Asked).await.is_err());
}

#[tokio::test]
async fn a_sign_out_that_cannot_delete_says_so_and_stays_signed_in() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.lock_vault(Some(VaultError::Locked));
    assert_eq!(program.sign_out(&id).await.unwrap_err().code(), "locked");
    assert_eq!(world.kept(), ["refresh-1-0"]);
    assert_eq!(program.snapshot().server("prod").unwrap().state, SessionState::SignedIn);
}

#[tokio::test]
async fn a_second_sign_in_ends_the_session_it_replaces() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.clock.advance(std::time::Duration::from_secs(61));
    program.request_code(&id, "ada@example.com").await.unwrap();
    program.submit_code(&id, "123456").await.unwrap();
    assert_eq!(world.kept(), ["refresh-2-0"]);
    assert_eq!(
        world
            .server
            .sessions
            .lock()
            .unwrap()
            .keys()
            .copied()
            .collect::<Vec<_>>(),
        [2]
    );
}

#[tokio::test]
async fn another_programs_sign_in_and_sign_out_are_seen() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    let other = world.program().await;
    other.sign_out(&id).await.unwrap();
    program.reload().await;
    assert_eq!(
        program.snapshot().server("prod").unwrap().state,
        SessionState::SignedOut
    );
    other.request_code(&id, "ada@example.com").await.unwrap();
    other.submit_code(&id, "123456").await.unwrap();
    program.reload().await;
    assert_eq!(program.snapshot().server("prod").unwrap().state, SessionState::SignedIn);
}

#[tokio::test]
async fn who_goes_back_and_was_right_comes_to_the_same_code() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.clock.advance(Duration::from_secs(61));
    program.request_code(&id, "ada@example.com").await.unwrap();
    program.cancel_sign_in(&id);
    // No server gives another so soon.
    world.fail(Some(ApiError::RateLimited { retry_after: None }));
    world.clock.advance(Duration::from_secs(20));
    let sent = program.request_code(&id, "ada@example.com").await.unwrap();
    assert_eq!(sent.retry_after, Duration::from_secs(40));
    world.fail(None);
    program.submit_code(&id, "123456").await.unwrap();

    // Another address is another request.
    world.clock.advance(Duration::from_secs(61));
    program.request_code(&id, "ada@example.com").await.unwrap();
    program.cancel_sign_in(&id);
    world.fail(Some(ApiError::RateLimited { retry_after: None }));
    assert!(program.request_code(&id, "bob@example.com").await.is_err());
}
