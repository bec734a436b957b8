//! What a person chose about the app and about single servers.

use std::time::Duration;

use accounts::AccountsError;
use accounts::ports::{EnvironmentColor, Preferences, ServerLook, Theme};

use crate::world::{World, form, settle};

const MINUTE: Duration = Duration::from_secs(60);

fn protected(minutes: Option<u16>) -> ServerLook {
    ServerLook {
        color: Some(EnvironmentColor::Red),
        protected: true,
        fall_back_minutes: minutes,
    }
}

/// `prod` is active, `live` is protected.
async fn two(world: &World, minutes: Option<u16>) -> (std::sync::Arc<accounts::Accounts>, auth_core::ServerId) {
    let (program, _) = world.signed_in().await;
    let live = program.add_server(&form("live")).await.unwrap();
    program.set_look(&live, protected(minutes)).await.unwrap();
    (program, live)
}

fn active(world: &World) -> String {
    world.json()["activeServerId"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn choices_are_kept_shown_and_followed_by_another_program() {
    let world = World::new();
    let (program, _) = world.signed_in().await;
    let dark = Preferences {
        theme: Theme::Dark,
        clipboard_seconds: 9_999,
        ..Preferences::default()
    };
    program.set_preferences(dark).await.unwrap();
    let shown = program.snapshot().preferences.clone();
    assert_eq!((shown.theme, shown.clipboard_seconds), (Theme::Dark, 300));
    let other = world.program().await;
    assert_eq!(other.preferences(), shown);
    assert!(!world.file.text.lock().unwrap().contains("dark"), "it is nobody else's");
}

#[tokio::test]
async fn a_look_goes_with_its_server_and_no_further() {
    let world = World::new();
    let (program, live) = two(&world, Some(15)).await;
    assert_eq!(program.snapshot().server("live").unwrap().look, protected(Some(15)));
    assert!(!world.file.text.lock().unwrap().contains("protected"));
    let mut renamed = form("live");
    renamed.id = "eu".into();
    program.edit_server(&live, &renamed).await.unwrap();
    assert!(program.snapshot().server("eu").unwrap().look.protected);
    program
        .remove_server(&auth_core::ServerId::existing("eu"))
        .await
        .unwrap();
    assert!(world.settings.kept.lock().unwrap().looks.is_empty());
    let gone = program.set_look(&live, protected(None)).await;
    assert!(matches!(gone, Err(AccountsError::NoSuchServer { .. })));
}

#[tokio::test]
async fn a_protected_server_is_asked_about_until_it_is_active() {
    let world = World::new();
    let (program, live) = two(&world, None).await;
    assert!(matches!(
        program.may_switch(&live),
        Err(AccountsError::Protected { .. })
    ));
    assert!(program.may_switch(&auth_core::ServerId::existing("prod")).is_ok());
    program.switch_server(&live).await.unwrap();
    assert!(program.may_switch(&live).is_ok());
    assert_eq!(program.snapshot().fall_back, None);
}

#[tokio::test]
async fn after_its_minutes_the_server_of_before_is_active_again() {
    let world = World::new();
    let (program, live) = two(&world, Some(15)).await;
    tokio::spawn(program.clone().keep_fresh());
    program.switch_server(&live).await.unwrap();
    settle().await;
    let back = program.snapshot().fall_back.clone().unwrap();
    assert_eq!((back.from.as_str(), back.to.as_str()), ("live", "prod"));
    world.clock.advance(14 * MINUTE);
    settle().await;
    assert_eq!(active(&world), "live");
    world.clock.advance(MINUTE);
    settle().await;
    assert_eq!(
        (active(&world).as_str(), &program.snapshot().fall_back),
        ("prod", &None)
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_written_then_is_tried_again() {
    let world = World::new();
    let (program, live) = two(&world, Some(15)).await;
    tokio::spawn(program.clone().keep_fresh());
    program.switch_server(&live).await.unwrap();
    *world.file.read_only.lock().unwrap() = true;
    world.clock.advance(15 * MINUTE);
    settle().await;
    assert_eq!(active(&world), "live");
    assert!(program.snapshot().fall_back.is_some());
    *world.file.read_only.lock().unwrap() = false;
    world.clock.advance(MINUTE);
    settle().await;
    assert_eq!(
        (active(&world).as_str(), &program.snapshot().fall_back),
        ("prod", &None)
    );
}

#[tokio::test]
async fn the_way_back_follows_what_becomes_of_both_servers() {
    let world = World::new();
    let (program, live) = two(&world, Some(15)).await;
    program.switch_server(&live).await.unwrap();
    let prod = auth_core::ServerId::existing("prod");
    for (id, name) in [(&live, "one"), (&prod, "other")] {
        program.edit_server(id, &form(name)).await.unwrap();
    }
    let back = program.snapshot().fall_back.clone().unwrap();
    assert_eq!((back.from.as_str(), back.to.as_str()), ("one", "other"));
    assert_eq!(program.snapshot().recent[0], "one");

    let one = auth_core::ServerId::existing("one");
    program.set_look(&one, protected(None)).await.unwrap();
    assert_eq!(program.snapshot().fall_back, None);

    program.set_look(&one, protected(Some(15))).await.unwrap();
    let other = auth_core::ServerId::existing("other");
    program.switch_server(&other).await.unwrap();
    program.switch_server(&one).await.unwrap();
    assert!(program.snapshot().fall_back.is_some());
    program.remove_server(&other).await.unwrap();
    assert_eq!(program.snapshot().fall_back, None);
    assert_eq!(program.snapshot().recent, ["one"]);
}

#[tokio::test]
async fn settings_that_cannot_be_written_do_not_keep_the_refresher_busy() {
    let world = World::new();
    let (program, live) = two(&world, Some(15)).await;
    program.switch_server(&live).await.unwrap();
    tokio::spawn(program.clone().keep_fresh());
    settle().await;
    *world.settings.broken.lock().unwrap() = true;
    world.clock.advance(15 * MINUTE);
    settle().await;
    assert_eq!(active(&world), "prod");
    let updates = || world.file.updates.load(std::sync::atomic::Ordering::SeqCst);
    let before = updates();
    settle().await;
    assert_eq!(updates(), before, "it goes round");
}

#[tokio::test]
async fn who_switches_elsewhere_or_stays_is_left_alone() {
    let world = World::new();
    let (program, live) = two(&world, Some(15)).await;
    tokio::spawn(program.clone().keep_fresh());
    program.switch_server(&live).await.unwrap();
    program.stay().await.unwrap();
    world.clock.advance(20 * MINUTE);
    settle().await;
    assert_eq!(active(&world), "live");

    let prod = auth_core::ServerId::existing("prod");
    program.switch_server(&prod).await.unwrap();
    program.switch_server(&live).await.unwrap();
    let third = program.add_server(&form("third")).await.unwrap();
    program.switch_server(&third).await.unwrap();
    assert_eq!(program.snapshot().fall_back, None);
    program.switch_server(&live).await.unwrap();
    world.foreign_edit(|file| file["activeServerId"] = serde_json::json!("prod"));
    program.reload().await;
    world.clock.advance(20 * MINUTE);
    settle().await;
    assert_eq!(active(&world), "prod", "another program's choice stands");
}

#[tokio::test]
async fn from_one_protected_server_to_the_next_the_first_of_all_counts() {
    let world = World::new();
    let (program, live) = two(&world, Some(15)).await;
    let eu = program.add_server(&form("eu")).await.unwrap();
    program.set_look(&eu, protected(Some(5))).await.unwrap();
    program.switch_server(&live).await.unwrap();
    program.switch_server(&eu).await.unwrap();
    let back = program.snapshot().fall_back.clone().unwrap();
    assert_eq!((back.from.as_str(), back.to.as_str()), ("eu", "prod"));
}

#[tokio::test]
async fn the_address_of_the_last_sign_in_outlives_the_program() {
    let world = World::new();
    let (program, id) = world.signed_in().await;
    program.sign_out(&id).await.unwrap();
    let later = world.program().await;
    let email = later.snapshot().server("prod").unwrap().email.clone();
    assert_eq!(email.as_deref(), Some("ada@example.com"));
}

#[tokio::test]
async fn settings_that_cannot_be_written_make_nobody_busy() {
    let world = World::new();
    let (program, live) = two(&world, Some(15)).await;
    tokio::spawn(program.clone().keep_fresh());
    program.switch_server(&live).await.unwrap();
    *world.settings.broken.lock().unwrap() = true;
    world.clock.advance(15 * MINUTE);
    settle().await;
    assert_eq!(active(&world), "prod");
    // A refresher that spun would never let this end.
    let writes = world.file.writes();
    settle().await;
    assert_eq!(world.file.writes(), writes);
}
