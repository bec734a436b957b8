use std::sync::atomic::Ordering;
use std::time::Duration;

use accounts::ports::{ApiError, Clock, VaultError};
use accounts::{SessionState, Why};
use auth_core::wire::GrantReason;
use serde_json::json;

use crate::world::{LIFE, World, form, settle};

const HALF_MINUTE: Duration = Duration::from_secs(30);

fn state(program: &accounts::Accounts) -> SessionState {
    program.snapshot().server("prod").unwrap().state
}

fn unreachable() -> ApiError {
    let url = auth_core::ServerUrl::parse("https://prod.example").unwrap();
    ApiError::Network {
        url,
        fault: accounts::ports::NetworkFault::Unreachable,
    }
}

#[tokio::test]
async fn three_days_pass_and_the_token_is_always_good() {
    let world = World::new();
    let (program, _) = world.signed_in().await;
    tokio::spawn(program.clone().keep_fresh());
    settle().await;
    let days = 3;
    for _ in 0..days * 24 * 120 {
        world.clock.advance(HALF_MINUTE);
        settle().await;
        let view = program.snapshot().server("prod").unwrap().clone();
        assert_eq!(view.state, SessionState::SignedIn);
        assert!(view.expires_at.unwrap() > world.clock.now() + 60_000);
    }
    let needed = days * 24 * 3600 * 1000 / LIFE;
    let refreshes = world.server.refreshes() as u64;
    assert!(
        (needed..needed * 3 / 2).contains(&refreshes),
        "{refreshes} refreshes, at least {needed} were needed"
    );
    assert_eq!(world.json()["servers"]["prod"]["auth"]["refreshToken"], "");
}

#[tokio::test]
async fn a_sleep_of_eight_hours_is_noticed_at_once() {
    let world = World::new();
    let (program, _) = world.signed_in().await;
    tokio::spawn(program.clone().keep_fresh());
    settle().await;
    world.clock.advance(Duration::from_secs(8 * 3600));
    settle().await;
    assert_eq!((state(&program), world.server.refreshes()), (SessionState::SignedIn, 1));
}

#[tokio::test]
async fn an_outage_is_waited_out_and_costs_nobody_a_session() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    tokio::spawn(program.clone().keep_fresh());
    world.fail(Some(unreachable()));
    let mut seen = Vec::new();
    for _ in 0..120 {
        world.clock.advance(HALF_MINUTE);
        settle().await;
        if seen.last() != Some(&state(&program)) {
            seen.push(state(&program));
        }
    }
    assert_eq!(
        seen,
        [SessionState::SignedIn, SessionState::Offline],
        "an outage concerns nobody before the token has ended"
    );
    assert!(
        program
            .snapshot()
            .server("prod")
            .unwrap()
            .reason
            .as_ref()
            .unwrap()
            .contains("could not be reached")
    );
    assert_eq!(
        program
            .access_token(&id, Duration::from_secs(60))
            .await
            .unwrap_err()
            .code(),
        "offline"
    );
    world.fail(None);
    world.clock.advance(Duration::from_secs(300));
    settle().await;
    assert_eq!(state(&program), SessionState::SignedIn);
}

#[tokio::test]
async fn only_invalid_grant_ends_a_session() {
    let url = auth_core::ServerUrl::parse("https://prod.example").unwrap();
    for fault in [
        unreachable(),
        ApiError::ServerFault {
            url: url.clone(),
            status: 500,
            detail: String::new(),
            retry_after: None,
        },
        ApiError::Refused {
            url: url.clone(),
            status: 400,
            detail: "invalid_grant".into(),
        },
        ApiError::RateLimited {
            retry_after: Some(Duration::from_secs(5)),
        },
        ApiError::NotAnAuthServer {
            url: url.clone(),
            detail: String::new(),
        },
        ApiError::Unauthorized { url },
    ] {
        let world = World::new();
        let (program, id) = world.signed_in().await;
        world.fail(Some(fault.clone()));
        assert!(program.refresh(&id, Why::Asked).await.is_err());
        assert_eq!(world.kept(), ["refresh-1-0"], "{fault}");
        world.fail(None);
        program.refresh(&id, Why::Asked).await.unwrap();
        assert_eq!(state(&program), SessionState::SignedIn, "{fault}");
    }
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.fail(Some(ApiError::InvalidGrant {
        reason: GrantReason::Revoked,
    }));
    assert_eq!(
        program.refresh(&id, Why::Asked).await.unwrap_err().code(),
        "sign_in_needed"
    );
    assert!(world.kept().is_empty());
    assert_eq!(world.json()["servers"]["prod"].get("auth"), None);
    let view = program.snapshot().server("prod").unwrap().clone();
    assert_eq!(
        (view.state, view.email.as_deref()),
        (SessionState::SignInNeeded, Some("ada@example.com"))
    );
    world.fail(None);
    assert_eq!(
        program.access_token(&id, Duration::ZERO).await.unwrap_err().code(),
        "sign_in_needed"
    );
    assert_eq!(world.server.refreshes(), 0, "an ended session is not asked for again");
}

#[tokio::test]
async fn an_ended_session_is_not_tried_again_but_a_bare_401_is_on_request() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    tokio::spawn(program.clone().keep_fresh());
    let url = auth_core::ServerUrl::parse("https://prod.example").unwrap();
    world.fail(Some(ApiError::Unauthorized { url }));
    world.clock.advance(Duration::from_secs(900));
    settle().await;
    assert_eq!(state(&program), SessionState::SignInNeeded);
    world.fail(None);
    world.clock.advance(Duration::from_secs(3600));
    settle().await;
    assert_eq!(world.server.refreshes(), 0);
    program.refresh(&id, Why::Asked).await.unwrap();
    assert_eq!(state(&program), SessionState::SignedIn);
}

#[tokio::test]
async fn a_lost_reply_costs_nothing() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    *world.server.lose_reply.lock().unwrap() = true;
    assert!(program.refresh(&id, Why::Asked).await.is_err());
    assert_eq!(world.kept(), ["refresh-1-0"]);
    program.refresh(&id, Why::Asked).await.unwrap();
    assert_eq!(world.kept(), ["refresh-1-1"]);
}

#[tokio::test]
async fn many_programs_at_expiry_make_one_refresh() {
    let world = World::new();
    let (_, id) = world.signed_in().await;
    let mut programs = Vec::new();
    for _ in 0..16 {
        programs.push(world.program().await);
    }
    world.clock.advance(Duration::from_millis(LIFE));
    let asked = programs.into_iter().map(|program| {
        let id = id.clone();
        tokio::spawn(async move {
            program
                .access_token(&id, Duration::from_secs(60))
                .await
                .unwrap()
                .access_token
        })
    });
    let mut tokens = Vec::new();
    for asked in asked.collect::<Vec<_>>() {
        tokens.push(asked.await.unwrap());
    }
    assert!(tokens.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(
        (
            world.server.refreshes(),
            world.server.most_in_flight.load(Ordering::SeqCst)
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn a_fresh_token_asks_nobody() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.lock_vault(Some(VaultError::Locked));
    world.fail(Some(unreachable()));
    program.access_token(&id, Duration::from_secs(60)).await.unwrap();
    program
        .access_token(&id, Duration::from_secs(100_000))
        .await
        .expect("half its life is always enough");
}

#[tokio::test]
async fn a_write_in_doubt_is_read_again() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    *world.vault.write_in_doubt.lock().unwrap() = true;
    program.refresh(&id, Why::Asked).await.unwrap();
    assert_eq!(state(&program), SessionState::SignedIn);
}

#[tokio::test]
async fn a_locked_keychain_is_its_own_state_and_heals() {
    let world = World::new();
    let (program, _) = world.signed_in().await;
    tokio::spawn(program.clone().keep_fresh());
    world.lock_vault(Some(VaultError::Locked));
    world.clock.advance(Duration::from_secs(800));
    settle().await;
    assert_eq!(state(&program), SessionState::Locked);
    assert_eq!(
        world.server.refreshes(),
        0,
        "no token is spent that could not be replaced"
    );
    world.lock_vault(None);
    world.clock.advance(Duration::from_secs(60));
    settle().await;
    assert_eq!(state(&program), SessionState::SignedIn);
}

#[tokio::test]
async fn a_read_only_file_is_a_warning_and_the_session_lives() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    *world.file.read_only.lock().unwrap() = true;
    let auth = program.refresh(&id, Why::Asked).await.unwrap();
    assert_eq!(world.kept(), ["refresh-1-1"]);
    assert_eq!(
        program.snapshot().config_problem.as_ref().unwrap().code,
        "config_read_only"
    );
    assert_eq!(program.access_token(&id, Duration::from_secs(60)).await.unwrap(), auth);
    *world.file.read_only.lock().unwrap() = false;
    world.clock.advance(Duration::from_secs(1));
    program.refresh(&id, Why::Asked).await.unwrap();
    assert_eq!(program.snapshot().config_problem, None);
}

#[tokio::test]
async fn a_tool_that_keeps_its_refresh_token_in_the_file_is_not_signed_out() {
    let world = World::new();
    let program = world.program().await;
    let id = program.add_server(&form("prod")).await.unwrap();
    world.server.sessions.lock().unwrap().insert(7, 3);
    world.foreign_edit(|file| {
        file["servers"]["prod"]["auth"] =
            json!({"accessToken": "a", "refreshToken": "refresh-7-3", "expiresAt": 1, "userId": "u", "email": "e@x.y"});
    });
    program.reload().await;
    program.refresh(&id, Why::Asked).await.unwrap();
    assert_eq!(world.json()["servers"]["prod"]["auth"]["refreshToken"], "refresh-7-4");
    assert_eq!(world.kept(), ["refresh-7-4"]);
}

#[tokio::test]
async fn a_session_without_a_refresh_token_asks_for_a_sign_in() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.vault.items.lock().unwrap().clear();
    assert_eq!(
        program.refresh(&id, Why::Asked).await.unwrap_err().code(),
        "sign_in_needed"
    );
    assert_eq!(state(&program), SessionState::SignInNeeded);
}

#[tokio::test]
async fn tokens_that_live_no_time_are_not_asked_for_in_a_circle() {
    let world = World::new();
    world.server.life.store(0, Ordering::SeqCst);
    let (program, _) = world.signed_in().await;
    tokio::spawn(program.clone().keep_fresh());
    for _ in 0..20 {
        settle().await;
    }
    assert!(world.server.refreshes() <= 1, "{}", world.server.refreshes());
}
