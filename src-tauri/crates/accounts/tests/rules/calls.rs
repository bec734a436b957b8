//! Whom a person is called for, when, and in which words.

use accounts::ports::{ApiError, Clock, Language, Preferences, VaultError};
use accounts::{Attention, Call, CallKind, Snapshot, TrayIcon, Why, attention, tray_view};
use auth_core::wire::GrantReason;

use crate::world::World;

fn ended() -> ApiError {
    ApiError::InvalidGrant {
        reason: GrantReason::Revoked,
    }
}

fn raised(before: &Snapshot, after: &Snapshot, language: Language) -> Vec<Call> {
    let call = |attention| match attention {
        Attention::Raise { call, .. } => Some(call),
        Attention::Withdraw { .. } => None,
    };
    attention(before, after, language)
        .into_iter()
        .filter_map(call)
        .collect()
}

#[tokio::test]
async fn another_cause_calls_anew() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    world.lock_vault(Some(VaultError::Locked));
    assert!(program.refresh(&id, Why::Asked).await.is_err());
    let locked = program.snapshot();
    world.lock_vault(None);
    world.fail(Some(ended()));
    assert!(program.refresh(&id, Why::Asked).await.is_err());
    let over = program.snapshot();
    let calls = raised(&locked, &over, Language::En);
    assert_eq!(
        calls.iter().map(|call| call.kind).collect::<Vec<_>>(),
        [CallKind::SignIn]
    );
    assert_eq!(raised(&over, &over, Language::En), []);
}

#[tokio::test]
async fn what_came_about_before_the_program_began_is_called_for() {
    let world = World::new();
    world.signed_in().await;
    world.foreign_edit(|file| drop(file["servers"].as_object_mut().unwrap().remove("prod")));
    let first = world.program().await.snapshot();
    let nothing = Snapshot {
        servers: Vec::new(),
        ..Snapshot::clone(&first)
    };
    let calls = raised(&nothing, &first, Language::En);
    assert_eq!(
        calls.iter().map(|call| call.kind).collect::<Vec<_>>(),
        [CallKind::Conflict]
    );
}

#[tokio::test]
async fn a_call_says_why_in_its_language() {
    for (fault, said) in [
        (VaultError::Absent, "kein Schlüsselbunddienst"),
        (VaultError::WrongPassphrase, "nicht die Passphrase"),
        (VaultError::Locked, "gesperrt"),
    ] {
        let world = World::new();
        let (program, id) = world.signed_in().await;
        let good = program.snapshot();
        world.lock_vault(Some(fault));
        assert!(program.refresh(&id, Why::Asked).await.is_err());
        let calls = raised(&good, &program.snapshot(), Language::De);
        assert!(calls[0].body.contains(said), "{calls:?}");
    }
}

/// The file is as good as it was, so no copy of it is better.
#[tokio::test]
async fn a_write_that_failed_is_no_damaged_file() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    *world.file.disk_full.lock().unwrap() = true;
    program.refresh(&id, Why::Asked).await.unwrap();
    let snapshot = program.snapshot();
    assert_eq!(snapshot.config_problem.as_ref().unwrap().code, "config_not_written");
    let tray = tray_view(&snapshot, world.clock.now(), Language::En);
    assert_eq!(tray.icon, TrayIcon::SignedIn);
    assert!(tray.state.starts_with("PROD"), "{}", tray.state);
}

#[tokio::test]
async fn tray_and_notifications_speak_the_chosen_language_else_the_computers() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    let good = program.snapshot();
    world.fail(Some(ApiError::InvalidGrant {
        reason: GrantReason::Revoked,
    }));
    assert!(program.refresh(&id, Why::Asked).await.is_err());
    let bad = program.snapshot();
    let said = |computers| {
        let tray = tray_view(&bad, world.clock.now(), computers);
        let [Attention::Raise { call, .. }] = &attention(&good, &bad, computers)[..] else {
            panic!("nobody is called")
        };
        (tray.servers[0].label.clone(), call.title.clone(), call.action)
    };
    assert_eq!(
        said(Language::De),
        (
            "PROD — bitte neu anmelden".into(),
            "PROD: Bitte neu anmelden".into(),
            "Anmelden"
        )
    );
    let chosen = Preferences {
        language: Some(Language::En),
        ..program.preferences()
    };
    program.set_preferences(chosen).await.unwrap();
    let bad = program.snapshot();
    let tray = tray_view(&bad, world.clock.now(), Language::De);
    assert_eq!(tray.servers[0].label, "PROD — sign in again");
    assert_eq!(tray.language, Language::En);
}
