//! The timeline, the clock's skew, and hints from outside.

use std::sync::Arc;
use std::time::Duration;

use accounts::ports::{ApiError, Event, NetworkFault};
use accounts::{Hint, SessionState, Why};
use auth_core::wire::GrantReason;

use crate::world::{World, settle};

fn away() -> ApiError {
    let url = auth_core::ServerUrl::parse("https://prod.example").unwrap();
    let fault = NetworkFault::Unreachable;
    ApiError::Network { url, fault }
}

#[tokio::test]
async fn the_timeline_tells_an_outage_once_and_who_did_what() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    program.refresh(&id, Why::Asked).await.unwrap();
    world.fail(Some(away()));
    for _ in 0..3 {
        // Each a program of its own, as a script would call it.
        assert!(world.program().await.refresh(&id, Why::Asked).await.is_err());
    }
    world.fail(None);
    world.program().await.refresh(&id, Why::Asked).await.unwrap();
    world.fail(Some(ApiError::InvalidGrant {
        reason: GrantReason::Reused,
    }));
    assert!(program.refresh(&id, Why::Asked).await.is_err());
    let code = "offline".to_owned();
    let reason = GrantReason::Reused;
    assert_eq!(
        world.events("prod"),
        [
            Event::SignedIn,
            Event::Refreshed,
            Event::Offline { code },
            Event::Online,
            Event::Refreshed,
            Event::Revoked { reason }
        ]
    );
    assert_eq!(program.timeline(&id).await.len(), 6);
}

#[tokio::test]
async fn a_wrong_clock_is_shown_and_noted_once() {
    let world = World::new();
    *world.server.skew.lock().unwrap() = Some(40);
    let (program, id) = world.signed_in().await;
    assert_eq!(program.snapshot().server("prod").unwrap().clock_skew, None);
    *world.server.skew.lock().unwrap() = Some(-600);
    for _ in 0..2 {
        program.refresh(&id, Why::Asked).await.unwrap();
        assert_eq!(program.snapshot().server("prod").unwrap().clock_skew, Some(-600));
    }
    let noted = world.events("prod").into_iter();
    assert_eq!(
        noted
            .filter(|event| matches!(event, Event::ClockSkew { seconds: -600 }))
            .count(),
        1
    );
}

#[tokio::test]
async fn a_hint_makes_it_look_at_once() {
    let world = World::new();
    let (program, _) = world.signed_in().await;
    tokio::spawn(program.clone().keep_fresh());
    world.fail(Some(away()));
    world.clock.advance(Duration::from_secs(900));
    settle().await;
    for _ in 0..8 {
        world.clock.advance(Duration::from_secs(300));
        settle().await;
    }
    assert_eq!(program.snapshot().server("prod").unwrap().state, SessionState::Offline);
    world.fail(None);
    settle().await;
    assert_eq!(world.server.refreshes(), 0, "its time has not come");
    program.hint(Hint::NetworkCame);
    settle().await;
    assert_eq!(program.snapshot().server("prod").unwrap().state, SessionState::SignedIn);
}

#[tokio::test]
async fn a_hint_does_not_overrule_what_a_server_asked_for() {
    let world = World::new();
    let (program, _) = world.signed_in().await;
    tokio::spawn(program.clone().keep_fresh());
    world.fail(Some(ApiError::RateLimited {
        retry_after: Some(Duration::from_secs(600)),
    }));
    world.clock.advance(Duration::from_secs(900));
    settle().await;
    world.fail(None);
    for hint in [Hint::Woke, Hint::NetworkCame] {
        program.hint(hint);
        settle().await;
    }
    assert_eq!(world.server.refreshes(), 0);
    world.clock.advance(Duration::from_secs(601));
    settle().await;
    assert_eq!(world.server.refreshes(), 1);
}

#[tokio::test]
async fn a_hint_makes_nothing_happen_that_is_not_due() {
    let world = World::new();
    let (program, _) = world.signed_in().await;
    tokio::spawn(program.clone().keep_fresh());
    settle().await;
    program.hint(Hint::Woke);
    settle().await;
    assert_eq!(world.server.refreshes(), 0);
}

#[tokio::test]
async fn what_begins_after_a_hint_is_shown_while_it_lasts() {
    let world = World::new();
    let (program, _) = world.signed_in().await;
    tokio::spawn(program.clone().keep_fresh());
    settle().await;
    world.fail(Some(ApiError::RateLimited { retry_after: None }));
    world.clock.advance(Duration::from_secs(800));
    settle().await;
    world.fail(None);
    let seen = Arc::<std::sync::Mutex<Option<SessionState>>>::default();
    let (watcher, shown) = (program.clone(), seen.clone());
    *world.server.during_refresh.lock().unwrap() = Some(Box::new(move || {
        *shown.lock().unwrap() = Some(watcher.snapshot().server("prod").unwrap().state);
    }));
    program.hint(Hint::NetworkCame);
    settle().await;
    assert_eq!(*seen.lock().unwrap(), Some(SessionState::Refreshing));
}
