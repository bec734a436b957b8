//! Ways in which a session could be lost, crossed with another or brought back from the dead.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use accounts::ports::*;
use accounts::*;
use auth_core::ServerId;
use auth_core::wire::GrantReason;
use serde_json::json;

use crate::world::*;

fn view(p: &Accounts) -> ServerView {
    p.snapshot().server("prod").unwrap().clone()
}

/// A program that signed in while the keychain was locked: the server's session has nobody but its memory to keep it.
async fn unsaved(world: &World) -> (Arc<Accounts>, ServerId) {
    let program = world.program().await;
    let id = program.add_server(&form("prod")).await.unwrap();
    program.request_code(&id, "ada@example.com").await.unwrap();
    world.lock_vault(Some(VaultError::Locked));
    program.submit_code(&id, "123456").await.unwrap_err();
    (program, id)
}

#[tokio::test]
async fn unsaved_first_sign_in_heals_by_itself() {
    let world = World::new();
    let (program, _) = unsaved(&world).await;
    tokio::spawn(program.clone().keep_fresh());
    world.lock_vault(None);
    for _ in 0..20 {
        world.clock.advance(Duration::from_secs(30));
        settle().await;
    }
    assert_eq!(
        (view(&program).state, world.kept()),
        (SessionState::SignedIn, vec!["refresh-1-0".to_owned()])
    );
}

#[tokio::test]
async fn access_token_with_unsaved() {
    let world = World::new();
    let (program, id) = unsaved(&world).await;
    world.lock_vault(None);
    program.access_token(&id, Duration::from_secs(60)).await.unwrap();
}

#[tokio::test]
async fn sign_out_of_unsaved() {
    let world = World::new();
    let (program, id) = unsaved(&world).await;
    assert_eq!(program.sign_out(&id).await.unwrap(), SignedOut::Everywhere);
    world.lock_vault(None);
    let back = program.refresh(&id, Why::Asked).await;
    assert!(back.is_err(), "signed in again after a sign-out: {:?}", world.kept());
}

#[tokio::test]
async fn sign_out_of_unsaved_ends_server_session() {
    let world = World::new();
    let (program, id) = unsaved(&world).await;
    world.lock_vault(None);
    assert_eq!(program.sign_out(&id).await.unwrap(), SignedOut::Everywhere);
    assert!(world.server.sessions.lock().unwrap().is_empty());
}

#[tokio::test]
async fn unsaved_overwrites_newer() {
    let world = World::new();
    let (tray, id) = world.signed_in().await;
    *world.vault.fail_write.lock().unwrap() = true;
    assert!(tray.refresh(&id, Why::Asked).await.is_err());
    *world.vault.fail_write.lock().unwrap() = false;
    let cli = world.program().await;
    world.clock.advance(Duration::from_secs(70));
    cli.request_code(&id, "bob@example.com").await.unwrap();
    cli.submit_code(&id, "123456").await.unwrap();
    assert_eq!(world.kept(), ["refresh-2-0"]);
    let file = world.json();
    tray.reload().await;
    tray.refresh(&id, Why::Asked).await.ok();
    assert!(world.kept()[0].starts_with("refresh-2-"), "{:?}", world.kept());
    assert!(
        world.json() == file
            || world.json()["servers"]["prod"]["auth"]["accessToken"]
                .as_str()
                .unwrap()
                .starts_with("access-2")
    );
}

#[tokio::test]
async fn opaque_short_tokens() {
    let world = World::new();
    world.server.life.store(120_000, Ordering::SeqCst);
    let (program, _) = world.signed_in().await;
    tokio::spawn(program.clone().keep_fresh());
    for _ in 0..60 {
        world.clock.advance(Duration::from_secs(1));
        settle().await;
    }
    assert!(world.server.refreshes() <= 2, "{}", world.server.refreshes());
}

#[tokio::test]
async fn clock_set_back_retry() {
    let world = World::new();
    let (program, _) = world.signed_in().await;
    tokio::spawn(program.clone().keep_fresh());
    settle().await;
    let url = auth_core::ServerUrl::parse("https://prod.example").unwrap();
    world.fail(Some(ApiError::Network {
        url,
        fault: NetworkFault::Unreachable,
    }));
    world.clock.set(START + 2 * 3_600_000);
    settle().await;
    world.fail(None);
    world.clock.set(START + 60_000);
    for _ in 0..60 {
        world.clock.advance(Duration::from_secs(30));
        settle().await;
    }
    assert_eq!(
        (view(&program).state, world.server.refreshes() > 0),
        (SessionState::SignedIn, true)
    );
}

#[tokio::test]
async fn clock_set_back_after_refresh() {
    let world = World::new();
    let (program, _) = world.signed_in().await;
    tokio::spawn(program.clone().keep_fresh());
    settle().await;
    world.clock.set(START + 2 * 3_600_000);
    settle().await;
    assert_eq!(world.server.refreshes(), 1);
    world.clock.set(START + 60_000);
    for _ in 0..60 {
        world.clock.advance(Duration::from_secs(30));
        settle().await;
    }
    assert!(world.server.refreshes() > 1);
}

#[tokio::test]
async fn retry_after_huge() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.fail(Some(ApiError::RateLimited {
        retry_after: Some(Duration::from_secs(u64::MAX)),
    }));
    let h = tokio::spawn(async move { program.refresh(&id, Why::Asked).await.is_err() });
    assert!(h.await.is_ok(), "panic");
}

#[tokio::test]
async fn expires_in_huge() {
    let sent = CodeSent {
        expires_in: Duration::from_secs(u64::MAX),
        retry_after: Duration::from_secs(1),
    };
    let h = tokio::spawn(async move { SignIn::requested(auth_core::Email::parse("a@b.c").unwrap(), sent, START) });
    assert!(h.await.is_ok(), "panic");
}

#[tokio::test]
async fn lock_timeout_wastes_session() {
    let world = World::new();
    let program = world.program().await;
    let id = program.add_server(&form("prod")).await.unwrap();
    program.request_code(&id, "ada@example.com").await.unwrap();
    *world.locks.1.lock().unwrap() = true;
    assert!(program.submit_code(&id, "123456").await.is_err());
    assert!(
        world.server.sessions.lock().unwrap().is_empty(),
        "a session nobody holds lives at the server, the code is spent"
    );
}

#[tokio::test]
async fn login_without_refresh_token() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.clock.advance(Duration::from_secs(61));
    *world.server.no_refresh_token.lock().unwrap() = true;
    program.request_code(&id, "bob@example.com").await.unwrap();
    program.submit_code(&id, "123456").await.unwrap();
    assert!(
        world.kept().is_empty(),
        "the token of the session that was just ended is kept for the new person: {:?}",
        world.kept()
    );
}

#[tokio::test]
async fn stale_file_token() {
    let world = World::new();
    let program = world.program().await;
    let id = program.add_server(&form("prod")).await.unwrap();
    world.server.sessions.lock().unwrap().insert(7, 3);
    world.foreign_edit(|file| {
        file["servers"]["prod"]["auth"] =
            json!({"accessToken": "a", "refreshToken": "refresh-7-3", "expiresAt": 1, "userId": "ada", "email": "ada@example.com"});
    });
    program.reload().await;
    *world.file.read_only.lock().unwrap() = true;
    program.refresh(&id, Why::Asked).await.unwrap();
    assert_eq!(world.kept(), ["refresh-7-4"]);
    *world.server.strict.lock().unwrap() = true;
    world.clock.advance(Duration::from_secs(900));
    program.refresh(&id, Why::Asked).await.unwrap();
}

#[tokio::test]
async fn refresh_drops_sign_in_step() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.clock.advance(Duration::from_secs(61));
    program.request_code(&id, "bob@example.com").await.unwrap();
    program.refresh(&id, Why::Due).await.unwrap();
    program.submit_code(&id, "123456").await.unwrap();
}

#[tokio::test]
async fn invalid_grant_drops_sign_in_step() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.clock.advance(Duration::from_secs(61));
    program.request_code(&id, "bob@example.com").await.unwrap();
    world.fail(Some(ApiError::InvalidGrant {
        reason: GrantReason::Expired,
    }));
    program.refresh(&id, Why::Due).await.unwrap_err();
    world.fail(None);
    program.submit_code(&id, "123456").await.unwrap();
}
