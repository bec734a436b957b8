//! Changes by others that would lose something of ours are asked about.

use std::time::Duration;

use accounts::ports::{ApiError, Event, Language, NetworkFault};
use accounts::{Attention, Conflict, SessionState, SignedOut, Why, attention};
use serde_json::json;

use crate::world::{START, World, form, settle};

fn vanish(world: &World) {
    world.foreign_edit(|file| {
        file["servers"].as_object_mut().unwrap().remove("prod");
    });
}

fn replace(world: &World) {
    world.foreign_edit(|file| {
        file["servers"]["prod"]["auth"] = json!({"accessToken": "bobs", "refreshToken": "", "expiresAt": START + 600_000,
            "userId": "bob", "email": "bob@example.com"});
    });
}

#[tokio::test]
async fn a_profile_that_vanished_is_shown_and_put_back_on_request() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    let before = program.snapshot();
    tokio::spawn(program.clone().keep_fresh());
    vanish(&world);
    program.reload().await;
    let snapshot = program.snapshot();
    let view = snapshot.server("prod").unwrap();
    assert_eq!(
        (view.conflict.clone(), view.name.as_str()),
        (Some(Conflict::Vanished), "PROD")
    );
    assert!(
        view.reason.as_ref().unwrap().contains("settle prod"),
        "{:?}",
        view.reason
    );
    assert!(matches!(
        &attention(&before, &snapshot, Language::En)[..],
        [Attention::Raise { .. }]
    ));
    world.clock.advance(Duration::from_secs(3600));
    settle().await;
    assert_eq!(world.server.refreshes(), 0);
    assert_eq!(world.json()["servers"], json!({}), "not fought");
    assert_eq!(world.kept(), ["refresh-1-0"], "not taken");
    let other = world.program().await;
    assert_eq!(
        other.access_token(&id, Duration::ZERO).await.unwrap_err().code(),
        "conflict"
    );
    let seen_anew = other.snapshot().server("prod").unwrap().clone();
    assert_eq!(
        (seen_anew.email.as_deref(), seen_anew.next_refresh_at),
        (Some("ada@example.com"), None)
    );

    assert_eq!(other.settle(&id, true).await.unwrap(), SignedOut::Everywhere);
    assert_eq!(world.json()["servers"]["prod"]["auth"]["userId"], "ada");
    program.reload().await;
    let view = program.snapshot().server("prod").unwrap().clone();
    assert_eq!((view.state, view.conflict), (SessionState::SignedIn, None));
    let events = world.events("prod");
    assert!(events.contains(&Event::Vanished) && events.contains(&Event::Settled { ours: true }));
}

#[tokio::test]
async fn a_profile_that_vanished_is_signed_out_of_on_request() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    vanish(&world);
    program.reload().await;
    program.settle(&id, false).await.unwrap();
    assert!(program.snapshot().server("prod").is_none());
    assert!(world.kept().is_empty() && world.server.sessions.lock().unwrap().is_empty());
    assert_eq!(program.settle(&id, true).await.unwrap_err().code(), "nothing_to_settle");
}

#[tokio::test]
async fn somebody_elses_session_is_neither_taken_nor_fought() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    tokio::spawn(program.clone().keep_fresh());
    replace(&world);
    program.reload().await;
    let view = program.snapshot().server("prod").unwrap().clone();
    let (theirs, ours) = ("bob@example.com".to_owned(), "ada@example.com".to_owned());
    assert_eq!(view.conflict, Some(Conflict::Replaced { theirs, ours }));
    assert_eq!(
        program
            .access_token(&id, Duration::ZERO)
            .await
            .unwrap()
            .access_token
            .expose(),
        "bobs",
        "all tools say the same"
    );
    world.clock.advance(Duration::from_secs(3600));
    settle().await;
    assert_eq!(world.server.refreshes(), 0);
    assert_eq!(
        program.access_token(&id, Duration::ZERO).await.unwrap_err().code(),
        "conflict"
    );
    assert_eq!(program.refresh(&id, Why::Asked).await.unwrap_err().code(), "conflict");
    assert_eq!(world.kept(), ["refresh-1-0"]);

    program.settle(&id, true).await.unwrap();
    assert_eq!(world.json()["servers"]["prod"]["auth"]["userId"], "ada");
    assert_eq!(program.snapshot().server("prod").unwrap().conflict, None);
}

#[tokio::test]
async fn somebody_elses_session_is_kept_on_request_and_ours_is_ended() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.server.sessions.lock().unwrap().insert(9, 4);
    replace(&world);
    world.foreign_edit(|file| file["servers"]["prod"]["auth"]["refreshToken"] = json!("refresh-9-4"));
    program.reload().await;
    program.settle(&id, false).await.unwrap();
    assert_eq!(world.kept(), ["refresh-9-4"]);
    let live: Vec<u32> = world.server.sessions.lock().unwrap().keys().copied().collect();
    assert_eq!(live, [9]);
    let view = program.snapshot().server("prod").unwrap().clone();
    assert_eq!((view.state, view.conflict), (SessionState::SignedIn, None));
    program.refresh(&id, Why::Asked).await.unwrap();
    assert_eq!(world.kept(), ["refresh-9-5"]);
}

#[tokio::test]
async fn a_session_taken_out_of_the_file_can_be_put_back_or_ended() {
    for ours in [true, false] {
        let world = World::new();
        let (program, id) = world.signed_in().await;
        let before = program.snapshot();
        world.foreign_edit(|file| {
            file["servers"]["prod"].as_object_mut().unwrap().remove("auth");
        });
        program.reload().await;
        let snapshot = program.snapshot();
        let view = snapshot.server("prod").unwrap();
        assert_eq!(
            (view.state, &view.conflict),
            (SessionState::SignedOut, &Some(Conflict::SignedOut))
        );
        assert_eq!(
            attention(&before, &snapshot, Language::En),
            [],
            "whoever signed out need not be called"
        );
        assert!(program.access_token(&id, Duration::ZERO).await.is_err());
        assert_eq!(world.kept(), ["refresh-1-0"]);
        program.settle(&id, ours).await.unwrap();
        assert_eq!(world.json()["servers"]["prod"].get("auth").is_some(), ours);
        assert_eq!(world.server.sessions.lock().unwrap().len(), usize::from(ours));
    }
}

#[tokio::test]
async fn a_decision_that_cannot_be_carried_out_stays_open() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    replace(&world);
    program.reload().await;
    let url = auth_core::ServerUrl::parse("https://prod.example").unwrap();
    let fault = NetworkFault::Unreachable;
    world.fail(Some(ApiError::Network { url, fault }));
    assert_eq!(program.settle(&id, true).await.unwrap_err().code(), "offline");
    assert!(program.snapshot().server("prod").unwrap().conflict.is_some());
    assert_eq!(world.json()["servers"]["prod"]["auth"]["userId"], "bob");
    world.fail(None);
    program.settle(&id, true).await.unwrap();
}

#[tokio::test]
async fn what_our_own_programs_do_is_no_conflict() {
    let world = World::new();
    let (tray, id) = world.signed_in().await;
    tokio::spawn(tray.clone().keep_fresh());
    let mut seen = tray.subscribe();
    let cli = world.program().await;
    let mut renamed = form("prod");
    renamed.id = "live".into();
    cli.edit_server(&id, &renamed).await.unwrap();
    tray.reload().await;
    let id = auth_core::ServerId::existing("live");
    world.clock.advance(Duration::from_secs(61));
    cli.request_code(&id, "bob@example.com").await.unwrap();
    cli.submit_code(&id, "123456").await.unwrap();
    tray.reload().await;
    cli.sign_out(&id).await.unwrap();
    tray.reload().await;
    cli.remove_server(&id).await.unwrap();
    tray.reload().await;
    settle().await;
    assert!(seen.borrow_and_update().servers.is_empty());
    let noted = ["prod", "live"].map(|id| world.events(id)).concat();
    assert!(
        !noted.contains(&Event::Vanished) && !noted.contains(&Event::Replaced),
        "{noted:?}"
    );
}

#[tokio::test]
async fn a_rename_in_progress_elsewhere_is_not_taken_for_a_loss() {
    let world = World::new();
    let (tray, id) = world.signed_in().await;
    tokio::spawn(tray.clone().keep_fresh());
    settle().await;
    // Another program of ours has the lock and is between the file and the settings.
    let held = world.lock(&id).await;
    world.foreign_edit(|file| {
        let profile = file["servers"].as_object_mut().unwrap().remove("prod").unwrap();
        file["servers"]["live"] = profile;
    });
    let look = tokio::spawn({
        let tray = tray.clone();
        async move { tray.reload().await }
    });
    settle().await;
    tray.publish();
    assert!(tray.snapshot().server("prod").is_none(), "nobody is asked yet");
    let mut settings = world.settings.kept.lock().unwrap().clone();
    let record = settings.sessions.remove("prod").unwrap();
    settings.sessions.insert("live".into(), record);
    *world.settings.kept.lock().unwrap() = settings;
    drop(held);
    look.await.unwrap();
    assert!(tray.snapshot().servers.iter().all(|server| server.conflict.is_none()));
    assert_eq!(tray.snapshot().servers.len(), 1);
}

/// What cannot be checked is kept, and nothing else is decided by it.
#[tokio::test]
async fn a_settling_that_fails_leaves_the_question_open() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    replace(&world);
    program.reload().await;
    let before = world.json();
    *world.server.strict.lock().unwrap() = true;
    *world.server.hidden_key.lock().unwrap() = true;
    assert_eq!(program.settle(&id, true).await.unwrap_err().code(), "bad_token");
    assert_eq!(world.json(), before);
    let still = world.program().await;
    let view = still.snapshot().server("prod").unwrap().clone();
    assert!(matches!(view.conflict, Some(Conflict::Replaced { .. })), "{view:?}");
    *world.server.hidden_key.lock().unwrap() = false;
    still.settle(&id, true).await.unwrap();
    assert_eq!(world.json()["servers"]["prod"]["auth"]["email"], "ada@example.com");
}

/// Whoever is cut off while the server is silent finds it decided.
#[tokio::test]
async fn a_settling_that_is_cut_short_is_decided() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    vanish(&world);
    program.reload().await;
    *world.server.silent_logout.lock().unwrap() = true;
    let (settling, of) = (program.clone(), id.clone());
    let asking = tokio::spawn(async move { settling.settle(&of, false).await });
    settle().await;
    asking.abort();
    settle().await;
    *world.server.silent_logout.lock().unwrap() = false;
    let next = world.program().await;
    assert!(next.snapshot().server("prod").is_none());
    next.try_sign_outs_again().await;
    assert!(world.kept().is_empty() && world.server.sessions.lock().unwrap().is_empty());
}
