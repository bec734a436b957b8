//! Two programs, two people, two files: what one does must not undo what the other did.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use accounts::ports::*;
use accounts::*;
use auth_core::ServerId;
use serde_json::json;
use tokio::sync::Notify;

use crate::world::*;

fn view(p: &Accounts) -> ServerView {
    p.snapshot().server("prod").unwrap().clone()
}

#[tokio::test]
async fn attention_once_and_withdrawn() {
    let world = World::new();
    let (program, _) = world.signed_in().await;
    let mut rx = program.subscribe();
    let seen: Arc<std::sync::Mutex<Vec<Attention>>> = Arc::default();
    let log = seen.clone();
    tokio::spawn(async move {
        let mut before = rx.borrow_and_update().clone();
        while rx.changed().await.is_ok() {
            let after = rx.borrow_and_update().clone();
            log.lock().unwrap().extend(attention(&before, &after, Language::En));
            before = settled(&before, &after);
        }
    });
    tokio::spawn(program.clone().keep_fresh());
    settle().await;
    world.lock_vault(Some(VaultError::Locked));
    for _ in 0..80 {
        world.clock.advance(Duration::from_secs(30));
        settle().await;
    }
    let raised = seen
        .lock()
        .unwrap()
        .iter()
        .filter(|a| matches!(a, Attention::Raise { .. }))
        .count();
    world.lock_vault(None);
    for _ in 0..20 {
        world.clock.advance(Duration::from_secs(30));
        settle().await;
    }
    let withdrawn = seen
        .lock()
        .unwrap()
        .iter()
        .filter(|a| matches!(a, Attention::Withdraw { .. }))
        .count();
    assert_eq!((raised, withdrawn), (1, 1));
}

#[tokio::test]
async fn trailing_slash_rename_signs_out() {
    let world = World::new();
    let (_, id) = world.signed_in().await;
    world.foreign_edit(|f| f["servers"]["prod"]["url"] = json!("https://prod.example/"));
    let program = world.program().await;
    let mut f = form("prod");
    f.name = "New name".into();
    f.url = "https://prod.example/".into();
    program.edit_server(&id, &f).await.unwrap();
    assert_eq!(world.kept(), ["refresh-1-0"]);
}

#[tokio::test]
async fn foreign_slash_ends_held() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    *world.file.read_only.lock().unwrap() = true;
    world.clock.advance(Duration::from_secs(800));
    program.refresh(&id, Why::Asked).await.unwrap();
    let before = view(&program).expires_at;
    world.foreign_edit(|f| f["servers"]["prod"]["url"] = json!("https://prod.example/"));
    program.reload().await;
    assert_eq!(view(&program).expires_at, before);
}

#[tokio::test]
async fn sign_out_read_only() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    *world.file.read_only.lock().unwrap() = true;
    let r = program.sign_out(&id).await;
    assert!(r.is_err());
    // "then the session is still here"
    assert_eq!(view(&program).state, SessionState::SignedIn);
    assert_eq!(world.kept(), ["refresh-1-0"]);
    assert_eq!(world.server.sessions.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn stale_reload() {
    let world = World::new();
    let program = world.program().await;
    let id = program.add_server(&form("prod")).await.unwrap();
    program.request_code(&id, "ada@example.com").await.unwrap();
    let gate = Arc::new(Notify::new());
    *world.file.gate.lock().unwrap() = Some(gate.clone());
    let p = program.clone();
    let h = tokio::spawn(async move { p.reload().await });
    settle().await;
    let p = program.clone();
    let i = id.clone();
    let s = tokio::spawn(async move { p.submit_code(&i, "123456").await.unwrap() });
    settle().await;
    gate.notify_one();
    h.await.unwrap();
    s.await.unwrap();
    assert_eq!(view(&program).state, SessionState::SignedIn);
}

#[tokio::test]
async fn rename_clobbers() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    let other = world.program().await;
    let mut f = form("live");
    f.url = "https://prod.example".into();
    let live = other.add_server(&f).await.unwrap();
    other.request_code(&live, "bob@example.com").await.unwrap();
    other.submit_code(&live, "123456").await.unwrap();
    let mut kept = world.kept();
    kept.sort();
    assert_eq!(kept, ["refresh-1-0", "refresh-2-0"]);
    let mut f = form("live");
    f.url = "https://prod.example".into();
    assert!(program.edit_server(&id, &f).await.is_err());
    let mut kept = world.kept();
    kept.sort();
    assert_eq!(kept, ["refresh-1-0", "refresh-2-0"]);
}

#[tokio::test]
async fn rename_read_only_leaves_copy() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    *world.file.read_only.lock().unwrap() = true;
    let mut f = form("live");
    f.url = "https://prod.example".into();
    assert!(program.edit_server(&id, &f).await.is_err());
    assert_eq!(world.kept().len(), 1);
}

#[tokio::test]
async fn invalid_grant_clears_foreign_login() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.server.sessions.lock().unwrap().clear();
    let file = world.file.clone();
    *world.server.during_refresh.lock().unwrap() = Some(Box::new(move || {
        let mut t = file.text.lock().unwrap();
        let mut v: serde_json::Value = serde_json::from_str(&t).unwrap();
        v["servers"]["prod"]["auth"] = json!({"accessToken":"theirs","refreshToken":"refresh-9-0","expiresAt":START+5_000_000,"userId":"u","email":"e@x.y"});
        *t = v.to_string();
    }));
    assert!(program.refresh(&id, Why::Asked).await.is_err());
    assert_eq!(world.json()["servers"]["prod"]["auth"]["accessToken"], "theirs");
}

#[tokio::test]
async fn held_of_former_user() {
    let world = World::new();
    world.server.life.store(86_400_000, Ordering::SeqCst);
    let (tray, id) = world.signed_in().await;
    world.server.life.store(900_000, Ordering::SeqCst);
    world.clock.advance(Duration::from_secs(61));
    let cli = world.program().await;
    cli.request_code(&id, "bob@example.com").await.unwrap();
    cli.submit_code(&id, "123456").await.unwrap();
    tray.reload().await;
    let t = tray.access_token(&id, Duration::ZERO).await.unwrap();
    assert!(
        t.access_token.expose().starts_with("access-2"),
        "{}",
        t.access_token.expose()
    );
    // and the CLI itself:
}

#[tokio::test]
async fn same_program() {
    let world = World::new();
    world.server.life.store(86_400_000, Ordering::SeqCst);
    let (tray, id) = world.signed_in().await;
    world.server.life.store(900_000, Ordering::SeqCst);
    let cli = world.program().await;
    cli.refresh(&id, Why::Asked).await.unwrap();
    tray.reload().await;
    let t = tray.access_token(&id, Duration::ZERO).await.unwrap();
    assert!(
        t.access_token.expose().starts_with("access-1-"),
        "{}",
        t.access_token.expose()
    );
}

#[tokio::test]
async fn title_plain() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    let mut good = program.snapshot().as_ref().clone();
    good.servers[0].name = "\u{202e}evil".into();
    let mut bad = good.clone();
    bad.servers[0].state = SessionState::SignInNeeded;
    let _ = id;
    let a = attention(&good, &bad, Language::En);
    let Attention::Raise { call, .. } = &a[0] else { panic!() };
    assert!(!call.title.contains('\u{202e}'));
}

#[tokio::test]
async fn ended_but_vault_delete_fails() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.server.sessions.lock().unwrap().clear();
    let v = world.vault.clone();
    *world.server.during_refresh.lock().unwrap() =
        Some(Box::new(move || *v.fault.lock().unwrap() = Some(VaultError::Locked)));
    assert_eq!(
        program.refresh(&id, Why::Asked).await.unwrap_err().code(),
        "sign_in_needed"
    );
    assert_eq!(world.json()["servers"]["prod"].get("auth"), None);
    let _ = ServerId::existing("x");
}

#[tokio::test]
async fn a_domain_edited_by_hand_spends_no_token() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    *world.server.check_domain.lock().unwrap() = true;
    world.foreign_edit(|f| f["servers"]["prod"]["domainId"] = json!("other"));
    program.reload().await;
    assert!(program.refresh(&id, Why::Asked).await.is_err());
    *world.server.strict.lock().unwrap() = true; // the grace is over
    world.foreign_edit(|f| f["servers"]["prod"]["domainId"] = json!("default"));
    program.reload().await;
    program.refresh(&id, Why::Asked).await.unwrap();
}

#[tokio::test]
async fn a_reply_that_cannot_be_checked_costs_no_session() {
    for sharing in [Sharing::Access, Sharing::Full] {
        let world = World::new();
        let (program, id) = world.signed_in().await;
        program.set_sharing(&id, sharing).await.unwrap();
        *world.server.strict.lock().unwrap() = true;
        *world.server.hidden_key.lock().unwrap() = true;
        for _ in 0..3 {
            let error = program.refresh(&id, Why::Asked).await.unwrap_err();
            assert_eq!(error.code(), "bad_token");
        }
        if sharing == Sharing::Full {
            let in_file = world.json()["servers"]["prod"]["auth"]["refreshToken"].clone();
            assert_eq!(in_file, "refresh-1-3", "a tool would send one that was replaced");
        }
        // Another program goes on from there.
        *world.server.hidden_key.lock().unwrap() = false;
        world.program().await.refresh(&id, Why::Asked).await.unwrap();
    }
}

#[tokio::test]
async fn a_reply_that_can_neither_be_checked_nor_kept_waits_for_the_store() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    *world.server.strict.lock().unwrap() = true;
    *world.server.hidden_key.lock().unwrap() = true;
    *world.vault.fail_write.lock().unwrap() = true;
    assert!(program.refresh(&id, Why::Asked).await.is_err());
    *world.server.hidden_key.lock().unwrap() = false;
    *world.vault.fail_write.lock().unwrap() = false;
    program.refresh(&id, Why::Asked).await.unwrap();
    program.refresh(&id, Why::Asked).await.unwrap();
}
