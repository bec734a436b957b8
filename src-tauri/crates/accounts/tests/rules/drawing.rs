use std::sync::Arc;
use std::time::Duration;

use accounts::ports::{ApiError, Clock, EnvironmentColor, Language, ServerLook, VaultError};
use accounts::{
    Attention, Call, CallKind, Hint, SessionState, Snapshot, TrayAction, TrayIcon, Why, attention, settled, tray_view,
};
use auth_core::wire::GrantReason;
use serde_json::json;

use crate::world::{World, form, settle};

#[tokio::test]
async fn the_tray_says_who_where_and_how_long() {
    let world = World::new();
    let (program, _) = world.signed_in().await;
    program.add_server(&form("eu")).await.unwrap();
    let tray = tray_view(&program.snapshot(), world.clock.now(), Language::En);
    assert_eq!(tray.state, "PROD · ada@example.com · 15 min left");
    assert_eq!(tray.icon, TrayIcon::SignedIn);
    let labels: Vec<_> = tray.servers.iter().map(|s| (s.label.as_str(), s.active)).collect();
    assert_eq!(labels, [("PROD — ada@example.com", true), ("EU — signed out", false)]);
    let active = tray.active.unwrap();
    let allowed: Vec<_> = TrayAction::ALL
        .into_iter()
        .filter(|action| active.allows(*action))
        .collect();
    use TrayAction::{CopyCurl, CopyHeader, CopyToken, MakeActive, RefreshNow, SignIn, SignOut};
    assert_eq!(allowed, [CopyToken, CopyHeader, CopyCurl, RefreshNow, SignOut]);
    let allowed: Vec<_> = TrayAction::ALL
        .into_iter()
        .filter(|action| tray.servers[1].allows(*action))
        .collect();
    assert_eq!(allowed, [MakeActive, SignIn]);
}

#[tokio::test]
async fn an_environment_shows_its_colour() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    let look = ServerLook {
        color: Some(EnvironmentColor::Red),
        ..ServerLook::default()
    };
    program.set_look(&id, look).await.unwrap();
    let tray = tray_view(&program.snapshot(), world.clock.now(), Language::En);
    assert_eq!(tray.servers[0].label, "🔴 PROD — ada@example.com");
    assert_eq!(tray.state, "🔴 PROD · ada@example.com · 15 min left");
}

#[tokio::test]
async fn an_empty_tray_leads_to_the_first_server() {
    let world = World::new();
    let tray = tray_view(&world.program().await.snapshot(), world.clock.now(), Language::En);
    assert_eq!((tray.state.as_str(), tray.icon), ("No server yet", TrayIcon::SignedOut));
    assert_eq!((tray.active, tray.servers, tray.more), (None, vec![], vec![]));
}

#[tokio::test]
async fn a_long_list_shows_what_was_used_last_and_the_rest_one_step_further() {
    let world = World::new();
    let program = world.program().await;
    let mut ids = Vec::new();
    for number in 0..30 {
        ids.push(program.add_server(&form(&format!("s{number:02}"))).await.unwrap());
    }
    let shown = || {
        let tray = tray_view(&program.snapshot(), world.clock.now(), Language::En);
        let ids = |servers: &[accounts::TrayServer]| servers.iter().map(|s| s.id.clone()).collect::<Vec<_>>();
        (ids(&tray.servers), ids(&tray.more))
    };
    let (first, more) = shown();
    assert_eq!((first.len(), first[9].as_str(), more.len()), (10, "s09", 20));
    for number in [29, 17] {
        program.switch_server(&ids[number]).await.unwrap();
    }
    let (first, more) = shown();
    // In the person's order, so that an entry keeps its place.
    assert_eq!(first[7..], ["s07", "s17", "s29"]);
    assert!(first[0] == "s00" && more.contains(&"s08".to_owned()) && more.len() == 20);
    // It outlives the program.
    let next = world.program().await;
    assert_eq!(next.snapshot().recent, ["s17", "s29"]);
}

#[tokio::test]
async fn trouble_shows_in_the_icon() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.lock_vault(Some(VaultError::Locked));
    assert!(program.refresh(&id, Why::Asked).await.is_err());
    assert_eq!(
        tray_view(&program.snapshot(), world.clock.now(), Language::En).icon,
        TrayIcon::Attention
    );
    world.lock_vault(None);
    world.fail(Some(ApiError::RateLimited { retry_after: None }));
    assert!(program.refresh(&id, Why::Asked).await.is_err());
    let calm = tray_view(&program.snapshot(), world.clock.now(), Language::En);
    assert_eq!(calm.icon, TrayIcon::SignedIn, "the token is still good");
    world.clock.advance(Duration::from_secs(900));
    program.publish();
    let tray = tray_view(&program.snapshot(), world.clock.now(), Language::En);
    assert_eq!(
        (tray.icon, tray.servers[0].label.as_str()),
        (TrayIcon::Offline, "PROD — offline, token ended")
    );
}

#[tokio::test]
async fn names_cannot_dress_up_as_something_else() {
    let world = World::new();
    world.foreign_edit(|file| {
        file["servers"]["a"] = json!({"name": "\u{202e}evil\u{7}\nname".to_owned() + &"x".repeat(99), "url": "https://a.example", "domainId": "d"});
        file["activeServerId"] = json!("a");
    });
    let tray = tray_view(&world.program().await.snapshot(), world.clock.now(), Language::En);
    assert!(tray.state.starts_with("evilnamexx"), "{}", tray.state);
    assert!(tray.state.chars().count() < 60 && !tray.state.contains(['\n', '\u{202e}']));
}

#[tokio::test]
async fn a_person_is_called_once_and_the_call_is_taken_back() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    let good = program.snapshot();
    program.refresh(&id, Why::Asked).await.unwrap();
    assert_eq!(
        attention(&good, &program.snapshot(), Language::En),
        [],
        "a refresh that works is nobody's business"
    );

    world.fail(Some(ApiError::InvalidGrant {
        reason: GrantReason::Reused,
    }));
    assert!(program.refresh(&id, Why::Asked).await.is_err());
    let bad = program.snapshot();
    let [
        Attention::Raise {
            server,
            call:
                Call {
                    title,
                    body,
                    action,
                    kind,
                },
        },
    ] = &attention(&good, &bad, Language::En)[..]
    else {
        panic!("nobody was called")
    };
    assert_eq!(
        (server.as_str(), title.as_str()),
        ("prod", "PROD: please sign in again")
    );
    assert!(body.contains("sign in again") && *action == "Sign in" && *kind == CallKind::SignIn);
    assert_eq!(attention(&bad, &bad, Language::En), [], "once");

    world.fail(None);
    world.clock.advance(Duration::from_secs(61));
    program.request_code(&id, "ada@example.com").await.unwrap();
    program.submit_code(&id, "123456").await.unwrap();
    settle().await;
    assert_eq!(
        attention(&bad, &program.snapshot(), Language::En),
        [Attention::Withdraw { server: "prod".into() }]
    );
    program.remove_server(&id).await.unwrap();
    assert_eq!(
        attention(&bad, &program.snapshot(), Language::En),
        [Attention::Withdraw { server: "prod".into() }]
    );
}

#[tokio::test]
async fn a_passphrase_is_asked_for_once_whatever_waits_for_it() {
    let world = World::new();
    let (program, _) = world.signed_in().await;
    let eu = program.add_server(&form("eu")).await.unwrap();
    program.request_code(&eu, "ada@example.com").await.unwrap();
    program.submit_code(&eu, "123456").await.unwrap();
    tokio::spawn(program.clone().keep_fresh());
    settle().await;
    let good = program.snapshot();
    assert!(good.servers.iter().all(|server| !server.needs_passphrase));

    world.lock_vault(Some(VaultError::PassphraseNeeded));
    world.clock.advance(Duration::from_secs(901));
    settle().await;
    let bad = program.snapshot();
    assert!(
        bad.servers
            .iter()
            .all(|server| server.needs_passphrase && server.state == SessionState::Locked)
    );
    let tray = tray_view(&bad, world.clock.now(), Language::En);
    assert_eq!(tray.servers[1].label, "EU — passphrase needed, see the window");
    let [
        Attention::Raise {
            server,
            call: Call { title, .. },
        },
    ] = &attention(&good, &bad, Language::En)[..]
    else {
        panic!("called {:?}", attention(&good, &bad, Language::En))
    };
    assert_eq!(
        (server.as_str(), title.as_str()),
        ("prod", "The encrypted file needs its passphrase")
    );

    world.lock_vault(None);
    program.hint(Hint::StoreOpened);
    settle().await;
    let good = program.snapshot();
    let waits = |server: &accounts::ServerView| server.needs_passphrase || server.state != SessionState::SignedIn;
    assert!(!good.servers.iter().any(waits), "{:?}", good.servers);
    assert_eq!(
        attention(&bad, &good, Language::En),
        [Attention::Withdraw { server: "prod".into() }]
    );
}

#[tokio::test]
async fn a_store_that_was_opened_is_not_called_locked_until_the_next_refresh() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    tokio::spawn(program.clone().keep_fresh());
    world.lock_vault(Some(VaultError::WrongPassphrase));
    assert!(program.refresh(&id, Why::Asked).await.is_err());
    assert!(program.snapshot().server("prod").unwrap().needs_passphrase);
    program.hint(Hint::Woke);
    settle().await;
    assert_eq!(program.snapshot().server("prod").unwrap().state, SessionState::Locked);
    program.hint(Hint::StoreOpened);
    settle().await;
    let view = program.snapshot().server("prod").unwrap().clone();
    assert_eq!((view.state, view.needs_passphrase), (SessionState::SignedIn, false));
}

#[tokio::test]
async fn a_conflict_shows_in_the_tray_whatever_token_is_there() {
    let world = World::new();
    let (program, _) = world.signed_in().await;
    world.foreign_edit(|file| {
        file["servers"]["prod"]["auth"]["userId"] = json!("bob");
        file["servers"]["prod"]["auth"]["email"] = json!("bob@example.com");
    });
    let before = program.snapshot();
    program.reload().await;
    let after = program.snapshot();
    let tray = tray_view(&after, world.clock.now(), Language::En);
    let said = "changed by another program, see the window";
    assert_eq!(tray.state, format!("PROD · {said}"));
    assert_eq!(tray.servers[0].label, format!("PROD — {said}"));
    assert_eq!(tray.icon, TrayIcon::Attention);
    let [
        Attention::Raise {
            call: Call { title, body, .. },
            ..
        },
    ] = &attention(&before, &after, Language::En)[..]
    else {
        panic!("nobody was called")
    };
    assert_eq!(title, "PROD: changed by another program");
    assert!(
        body.contains("bob@example.com") && body.contains("Keep theirs, or put yours back"),
        "{body}"
    );
}

#[tokio::test]
async fn what_is_tried_again_is_called_for_once_and_taken_back_when_it_is_cured() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    let good = program.snapshot();
    world.lock_vault(Some(VaultError::Locked));
    assert!(program.refresh(&id, Why::Asked).await.is_err());
    let bad = program.snapshot();
    let mut tried = Snapshot::clone(&bad);
    tried.servers[0].state = SessionState::Refreshing;
    let tried = Arc::new(tried);
    let mut known = good.clone();
    let calls: Vec<(bool, usize)> = [&bad, &tried, &bad, &tried, &good, &tried, &good]
        .into_iter()
        .map(|after| {
            let calls = attention(&known, after, Language::En);
            known = settled(&known, after);
            (matches!(calls[..], [Attention::Raise { .. }]), calls.len())
        })
        .collect();
    let (raised, withdrawn, nothing) = ((true, 1), (false, 1), (false, 0));
    assert_eq!(calls, [raised, nothing, nothing, nothing, withdrawn, nothing, nothing]);
}
