//! A server that could not be told of a sign-out is told later.

use std::sync::atomic::Ordering;
use std::time::Duration;

use accounts::ports::{ApiError, Event, NetworkFault};
use accounts::{Accounts, SessionState, SignedOut, StoreKind};

use crate::world::{World, settle};

fn away() -> ApiError {
    let url = auth_core::ServerUrl::parse("https://prod.example").unwrap();
    let fault = NetworkFault::Unreachable;
    ApiError::Network { url, fault }
}

#[tokio::test]
async fn it_is_remembered_and_told_when_the_server_is_back() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.fail(Some(away()));
    let signed_out = program.sign_out(&id).await.unwrap();
    assert!(matches!(&signed_out, SignedOut::HereOnly { again: true, .. }));
    assert!(signed_out.untold().unwrap().contains("as soon as it can be reached"));
    assert_eq!(program.snapshot().sign_outs_waiting, ["prod"]);
    let again = program.sign_out(&id).await.unwrap();
    assert!(
        matches!(&again, SignedOut::HereOnly { again: true, .. }),
        "the server knows by now? {again:?}"
    );
    assert_eq!(
        program.snapshot().server("prod").unwrap().state,
        SessionState::SignedOut
    );
    drop(program);

    let tray = world.program().await;
    tokio::spawn(tray.clone().keep_fresh());
    for _ in 0..20 {
        world.clock.advance(Duration::from_secs(30));
        settle().await;
    }
    assert_eq!(world.server.sessions.lock().unwrap().len(), 1);
    world.fail(None);
    for _ in 0..20 {
        world.clock.advance(Duration::from_secs(30));
        settle().await;
    }
    assert!(
        world.server.sessions.lock().unwrap().is_empty(),
        "the server was not told"
    );
    assert!(world.kept().is_empty(), "the token is of no use any more");
    assert_eq!(tray.snapshot().sign_outs_waiting, [""; 0]);
    assert_eq!(world.events("prod").last(), Some(&Event::SignOutDone));
}

async fn tell_due(program: &Accounts) {
    for todo in program.due_sign_outs() {
        drop(program.try_sign_out_again(&todo).await);
    }
}

#[tokio::test]
async fn two_programs_tell_it_once() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.fail(Some(away()));
    program.sign_out(&id).await.unwrap();
    world.fail(None);
    let other = world.program().await;
    tokio::join!(program.try_sign_outs_again(), other.try_sign_outs_again());
    assert_eq!(world.server.logouts.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_new_sign_in_meanwhile_is_left_alone() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.fail(Some(away()));
    program.sign_out(&id).await.unwrap();
    world.fail(None);
    world.clock.advance(Duration::from_secs(61));
    program.request_code(&id, "ada@example.com").await.unwrap();
    program.submit_code(&id, "123456").await.unwrap();
    program.try_sign_outs_again().await;
    assert_eq!(world.kept(), ["refresh-2-0"]);
    let live: Vec<u32> = world.server.sessions.lock().unwrap().keys().copied().collect();
    assert_eq!(live, [2]);
}

#[tokio::test]
async fn it_is_not_tried_before_its_time_and_not_for_ever() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.fail(Some(away()));
    program.sign_out(&id).await.unwrap();
    world.fail(None);
    tell_due(&program).await;
    assert_eq!(program.snapshot().sign_outs_waiting.len(), 1, "its time has not come");
    world.fail(Some(away()));
    world.clock.advance(Duration::from_secs(31 * 24 * 3600));
    tell_due(&program).await;
    assert!(program.snapshot().sign_outs_waiting.is_empty() && world.kept().is_empty());
}

#[tokio::test]
async fn the_session_that_a_sign_in_replaces_is_ended_later_too() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.clock.advance(Duration::from_secs(61));
    program.request_code(&id, "ada@example.com").await.unwrap();
    *world.server.fail_logout.lock().unwrap() = true;
    program.submit_code(&id, "123456").await.unwrap();
    assert_eq!(program.snapshot().sign_outs_waiting, ["prod"]);
    *world.server.fail_logout.lock().unwrap() = false;
    program.try_sign_outs_again().await;
    let live: Vec<u32> = world.server.sessions.lock().unwrap().keys().copied().collect();
    assert_eq!(live, [2]);
}

#[tokio::test]
async fn one_that_is_cut_short_is_no_theft_and_is_told_later() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    *world.server.silent_logout.lock().unwrap() = true;
    let (signing_out, of) = (program.clone(), id.clone());
    let asking = tokio::spawn(async move { signing_out.sign_out(&of).await });
    settle().await;
    // While the server is silent, and after the program was killed.
    for _ in 0..2 {
        let shown = world.program().await.snapshot();
        let prod = shown.server("prod").unwrap();
        assert_eq!((prod.state, &prod.conflict), (SessionState::SignedOut, &None));
        asking.abort();
        settle().await;
    }
    *world.server.silent_logout.lock().unwrap() = false;
    let next = world.program().await;
    assert_eq!(next.snapshot().sign_outs_waiting, ["prod"]);
    let again = next.sign_out(&id).await.unwrap();
    assert!(matches!(again, SignedOut::HereOnly { again: true, .. }), "{again:?}");
    next.try_sign_outs_again().await;
    assert!(
        world.server.sessions.lock().unwrap().is_empty(),
        "the server was not told"
    );
    assert!(world.kept().is_empty());
}

/// Whoever cannot look there knows nothing of it.
#[tokio::test]
async fn one_whose_token_lies_in_another_store_is_left_alone() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.fail(Some(away()));
    program.sign_out(&id).await.unwrap();
    world.fail(None);
    {
        let mut settings = world.settings.kept.lock().unwrap();
        settings.sign_outs[0].store = Some(StoreKind::Plaintext);
        settings.sign_outs[0].retry_at = 0;
    }
    let other = world.program().await;
    other.try_sign_outs_again().await;
    assert_eq!(other.snapshot().sign_outs_waiting, ["prod"]);
    assert!(!world.events("prod").contains(&Event::SignOutDone));
}

/// Cut off while the first is silent, the next command goes to the second.
#[tokio::test]
async fn a_silent_server_keeps_no_other_from_being_told() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.fail(Some(away()));
    program.sign_out(&id).await.unwrap();
    world.fail(None);
    world.clock.advance(Duration::from_secs(60));
    let todo = program.due_sign_outs().remove(0);
    *world.server.silent_logout.lock().unwrap() = true;
    let (telling, of) = (program.clone(), todo.clone());
    let asking = tokio::spawn(async move { telling.try_sign_out_again(&of).await });
    settle().await;
    asking.abort();
    settle().await;
    assert!(world.program().await.due_sign_outs().is_empty());
    assert_eq!(program.snapshot().sign_outs_waiting, ["prod"]);
}
