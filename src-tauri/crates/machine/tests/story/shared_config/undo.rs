use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use accounts::Sharing;
use accounts::ports::{SessionRecord, Settings};
use auth_core::config::{Change, ConfigDocument, Difference};
use machine::{UndoError, Undone, Which};
use proptest::prelude::*;

use super::backups::auth_of;
use super::{FOREIGN, World, add, mode, profile, session};

impl World {
    fn undo(&self, which: &Which) -> Result<Undone, UndoError> {
        self.undo_with(which, &Settings::default())
    }

    fn undo_with(&self, which: &Which, settings: &Settings) -> Result<Undone, UndoError> {
        self.file()
            .undo(&self.file().plan_undo(which, settings)?, &self.settings())
    }

    fn sign_in(&self, id: &str, token: &str) {
        let auth = session(token);
        self.file()
            .update_blocking(|document| document.set_auth(id, &auth))
            .unwrap();
    }
}

/// This computer still has ada's session at that server.
fn holding(id: &str) -> Settings {
    let record = SessionRecord {
        name: "Prod".to_owned(),
        url: "https://auth.example.com".to_owned(),
        domain_id: "example".to_owned(),
        user_id: "ada".to_owned(),
        email: "ada@example.com".to_owned(),
        signed_in_at: 1,
        shared: true,
        known_in_file: None,
    };
    Settings {
        sessions: BTreeMap::from([(id.to_owned(), record)]),
        ..Settings::default()
    }
}

#[test]
fn what_a_person_did_is_undone_to_the_byte_and_done_again() {
    let world = World::with(FOREIGN);
    world.file().update_blocking(add("two")).unwrap();
    let with_two = world.text();
    let undone = world.undo(&Which::Differing).unwrap();
    assert_eq!((world.text().as_str(), undone.document.text()), (FOREIGN, FOREIGN));
    assert_eq!(fs::read_to_string(undone.kept.unwrap()).unwrap(), with_two);
    assert_eq!(mode(&world.path()), 0o600);
    world.undo(&Which::Differing).unwrap();
    assert_eq!(world.text(), with_two);
    // However often: nothing gathers beside the first, which stays.
    for _ in 0..20 {
        world.undo(&Which::Differing).unwrap();
    }
    assert_eq!(world.text(), with_two);
    assert_eq!(world.copies().len(), 3, "{:?}", world.others());
}

#[test]
fn the_session_of_today_stays_and_no_old_one_comes_back() {
    let world = World::with(FOREIGN);
    world.sign_in("prod", "old");
    world
        .file()
        .update_blocking(|document| document.set_active("prod"))
        .unwrap();
    world.file().update_blocking(add("two")).unwrap();
    world.sign_in("prod", "new");
    world.undo(&Which::Differing).unwrap();
    let document = world.file().read_blocking().unwrap();
    assert!(document.config().server("two").is_none());
    assert_eq!(auth_of(&world, "prod"), Some(session("new")));

    world
        .file()
        .update_blocking(|document| document.remove_server("prod"))
        .unwrap();
    let plan = world.file().plan_undo(&Which::Differing, &Settings::default()).unwrap();
    let paths: Vec<String> = plan.differences.iter().map(|one| one.path.join(".")).collect();
    assert_eq!(paths, ["activeServerId", "servers.prod"]);
    world.file().undo(&plan, &world.settings()).unwrap();
    assert!(auth_of(&world, "prod").is_none());
    assert!(
        !world.text().contains("refresh-") && world.text().contains("mcpUrl"),
        "{}",
        world.text()
    );
}

#[test]
fn a_session_that_this_computer_still_has_comes_back_without_its_refresh_token() {
    let world = World::with(FOREIGN);
    world.sign_in("prod", "held");
    world.file().update_blocking(add("two")).unwrap();
    world.put("{ damaged");
    let mut strict = holding("prod");
    strict.sharing.insert("prod".to_owned(), Sharing::None);
    let elsewhere = {
        let mut settings = holding("prod");
        settings.sessions.get_mut("prod").unwrap().url = "https://other.example.com".to_owned();
        settings
    };
    let other_person = {
        let mut settings = holding("prod");
        settings.sessions.get_mut("prod").unwrap().user_id = "bob".to_owned();
        settings
    };
    for (settings, comes_back) in [
        (Settings::default(), false),
        (strict, false),
        (elsewhere, false),
        (other_person, false),
        (holding("prod"), true),
    ] {
        world.put("{ damaged");
        world.undo_with(&Which::Differing, &settings).unwrap();
        let auth = auth_of(&world, "prod");
        assert_eq!(auth.is_some(), comes_back);
        assert!(auth.is_none_or(|auth| auth.refresh_token.is_empty() && auth.user_id == "ada"));
        assert!(!world.text().contains("refresh-held"));
    }
}

#[test]
fn a_file_that_does_not_parse_is_replaced_and_kept_beside() {
    let world = World::with(FOREIGN);
    world.file().update_blocking(add("two")).unwrap();
    let broken: [&[u8]; 3] = [b"{\"servers\": {", b"", b"\xff\xfe"];
    for bytes in broken {
        world.put(bytes);
        assert!(matches!(
            world.file().compare(&Which::Differing),
            Err(UndoError::Config { .. })
        ));
        let plan = world.file().plan_undo(&Which::Differing, &Settings::default()).unwrap();
        assert!(plan.broken.is_some());
        let undone = world.file().undo(&plan, &world.settings()).unwrap();
        assert_eq!(world.text(), FOREIGN);
        let beside = undone.broken.unwrap();
        assert!(
            beside
                .file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("config.json.broken-2")
        );
        assert_eq!((fs::read(&beside).unwrap().as_slice(), mode(&beside)), (bytes, 0o600));
    }
    world.put("x".repeat(9 << 20));
    assert_eq!(world.undo(&Which::Differing).unwrap().document.text(), FOREIGN);
}

#[test]
fn a_file_that_was_removed_comes_back() {
    let world = World::with(FOREIGN);
    world.file().update_blocking(add("two")).unwrap();
    fs::remove_file(world.path()).unwrap();
    let undone = world.undo(&Which::Differing).unwrap();
    assert_eq!(
        (world.text().as_str(), undone.kept, undone.broken),
        (FOREIGN, None, None)
    );
}

#[test]
fn the_copy_that_is_meant_is_taken_or_the_reason_is_said() {
    let world = World::with(FOREIGN);
    assert!(matches!(world.undo(&Which::Differing), Err(UndoError::NoBackup { .. })));
    for id in ["a", "b", "c"] {
        world.file().update_blocking(add(id)).unwrap();
    }
    assert!(matches!(
        world.undo(&Which::Number(4)),
        Err(UndoError::NoSuchBackup { number: 4, count: 3 })
    ));
    assert!(matches!(
        world.undo(&Which::Number(0)),
        Err(UndoError::NoSuchBackup { .. })
    ));
    let elsewhere = world.root.path().join("mine.json");
    assert!(matches!(
        world.undo(&Which::File(elsewhere.clone())),
        Err(UndoError::CopyUnreadable { .. })
    ));
    fs::write(&elsewhere, "{").unwrap();
    assert!(matches!(
        world.undo(&Which::File(elsewhere.clone())),
        Err(UndoError::CopyBroken { .. })
    ));
    fs::write(&elsewhere, r#"{"servers":{"mine":{}}}"#).unwrap();
    world.undo(&Which::File(elsewhere)).unwrap();
    assert_eq!(world.text(), r#"{"servers":{"mine":{}}}"#);
    // Oldest of the four by now.
    world.undo(&Which::Number(4)).unwrap();
    assert_eq!(world.text(), FOREIGN);
    assert!(matches!(
        world.undo(&Which::File(world.path())),
        Err(UndoError::NothingToUndo { .. })
    ));
}

#[test]
fn what_changed_after_a_person_looked_is_not_thrown_away() {
    let world = World::with(FOREIGN);
    world.file().update_blocking(add("two")).unwrap();
    let plan = || world.file().plan_undo(&Which::Differing, &Settings::default()).unwrap();
    let seen = plan();
    world.sign_in("prod", "meanwhile");
    world.file().undo(&seen, &world.settings()).unwrap();
    assert_eq!(
        auth_of(&world, "prod"),
        Some(session("meanwhile")),
        "a session is no obstacle"
    );
    let seen = plan();
    world.file().update_blocking(add("three")).unwrap();
    assert!(matches!(
        world.file().undo(&seen, &world.settings()),
        Err(UndoError::ChangedMeanwhile { .. })
    ));
    let seen = plan();
    world.put("{");
    assert!(matches!(
        world.file().undo(&seen, &world.settings()),
        Err(UndoError::ChangedMeanwhile { .. })
    ));
    assert_eq!(world.text(), "{");
}

#[test]
fn differences_count_from_the_copy_on() {
    let world = World::with(FOREIGN);
    world.file().update_blocking(add("two")).unwrap();
    world.sign_in("prod", "new");
    let compared = world.file().compare(&Which::Differing).unwrap();
    assert_eq!(compared.backup.path, world.copies()[0]);
    let [session, two] = &compared.differences[..] else {
        panic!("{compared:?}")
    };
    assert!(session.is_session() && !format!("{compared:?}").contains("access-new"));
    assert!(matches!(&two.change, Change::Added { .. }) && two.path == ["servers", "two"]);
    world.undo(&Which::Differing).unwrap();
    world
        .file()
        .update_blocking(|document| document.remove_server("prod"))
        .unwrap();
    world.put(world.text().replace("2.7.0", "2.7.1"));
    let compared = world.file().compare(&Which::Number(1)).unwrap();
    assert_eq!(
        compared.differences.iter().filter(|one| !one.is_session()).count(),
        2,
        "{compared:?}"
    );
}

#[test]
fn a_read_only_file_is_left_alone() {
    let world = World::with(FOREIGN);
    world.file().update_blocking(add("two")).unwrap();
    let before = world.text();
    super::set_mode(&world.path(), 0o400);
    let error = world.undo(&Which::Differing).unwrap_err();
    assert!(error.to_string().contains("read-only"), "{error}");
    assert_eq!((world.text(), world.copies().len()), (before, 1));
}

const FOLDER: &str = "MACHINE_STORY_UNDO_FOLDER";
const BEGUN: &str = "begun";
const KILLS: u64 = 40;

#[test]
fn a_kill_in_the_middle_leaves_one_of_the_two_states() {
    let world = World::with(FOREIGN);
    world.file().update_blocking(add("two")).unwrap();
    let (then, now) = (FOREIGN.to_owned(), world.text());
    for round in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "shared_config::undo::one_that_is_killed",
                "--ignored",
                "--nocapture",
            ])
            .env(FOLDER, world.folder())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(said.map_while(Result::ok).any(|line| line.ends_with(BEGUN)));
        // It goes on and on; each round ends it at another point.
        std::thread::sleep(Duration::from_micros(round * 377));
        child.kill().unwrap();
        child.wait().unwrap();
        let text = world.text();
        assert!(text == then || text == now, "round {round}: {text}");
        let states: Vec<String> = world
            .copies()
            .iter()
            .map(|copy| fs::read_to_string(copy).unwrap())
            .collect();
        assert!(
            [&then, &now]
                .iter()
                .all(|state| **state == text || states.contains(state)),
            "round {round}: the other state is lost, {:?}",
            world.others()
        );
    }
}

#[test]
#[ignore = "the process that is killed by the test above"]
fn one_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let file = machine::SharedConfigFile::new(std::path::Path::new(&folder));
    let settings = machine::SettingsFile::new(&machine::Paths::new(Some(folder), None, None).unwrap());
    println!("{BEGUN}");
    loop {
        let plan = file.plan_undo(&Which::Differing, &Settings::default()).unwrap();
        file.undo(&plan, &settings).unwrap();
    }
}

/// What people do to the file between two looks.
#[derive(Debug, Clone)]
enum Act {
    Add(u8),
    Remove(u8),
    SignIn(u8, u8),
    SignOut(u8),
    Activate(u8),
    Move(u8),
    Foreign(u8),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0..4u8).prop_map(Act::Add),
        (0..4u8).prop_map(Act::Remove),
        (0..4u8, any::<u8>()).prop_map(|(id, token)| Act::SignIn(id, token)),
        (0..4u8).prop_map(Act::SignOut),
        (0..4u8).prop_map(Act::Activate),
        (0..4u8).prop_map(Act::Move),
        any::<u8>().prop_map(Act::Foreign),
    ]
}

fn perform(world: &World, act: &Act) {
    let file = world.file().without_sync();
    let id = |n: &u8| format!("s{n}");
    let done = match act {
        Act::Add(n) => file.update_blocking(add(&id(n))),
        Act::Remove(n) => file.update_blocking(|document| document.remove_server(&id(n))),
        Act::SignIn(n, token) => {
            let auth = session(&format!("{token}-{n}"));
            file.update_blocking(|document| document.set_auth(&id(n), &auth))
        }
        Act::SignOut(n) => file.update_blocking(|document| document.clear_auth(&id(n))),
        Act::Activate(n) => file.update_blocking(|document| document.set_active(&id(n))),
        Act::Move(n) => {
            let mut moved = profile(&id(n));
            moved.url = format!("https://{n}.example.com");
            file.update_blocking(|document| document.describe_server(&moved))
        }
        Act::Foreign(n) => {
            let mut value: serde_json::Value = serde_json::from_str(&world.text()).unwrap();
            value["foreign"] = (*n).into();
            world.put(value.to_string());
            file.read_blocking()
        }
    };
    // A server that is not there, or is there already, is refused; that is no matter here.
    drop(done);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn undoing_the_undoing_is_where_one_was_and_sessions_only_go(acts in prop::collection::vec(act(), 1..14)) {
        let world = World::with(FOREIGN);
        acts.iter().for_each(|act| perform(&world, act));
        let before = world.file().read_blocking().unwrap();
        let Ok(_) = world.undo(&Which::Differing) else { return Ok(()) };
        let between = world.file().read_blocking().unwrap();
        prop_assert!(!before.differences(&between).iter().all(Difference::is_session));
        for profile in &between.config().servers {
            let today = before.config().server(&profile.id);
            prop_assert!(profile.auth.is_none() || today.is_some_and(|today| today.auth == profile.auth), "{:?}", profile);
        }
        world.undo(&Which::Differing).unwrap();
        let after = world.file().read_blocking().unwrap();
        prop_assert!(after.is_same_but_sessions(&before), "{} {}", after.text(), before.text());
        for profile in &after.config().servers {
            let today = between.config().server(&profile.id);
            prop_assert!(profile.auth.is_none() || today.is_some_and(|today| today.auth == profile.auth), "{:?}", profile);
        }
        let shown = ConfigDocument::parse(world.text()).unwrap();
        prop_assert_eq!(shown.text(), after.text());
    }
}
