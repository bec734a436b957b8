//! Moving every secret to another store, cut short and failing at each of its steps.

mod parts;

use std::sync::Arc;

use StoreKind::{EncryptedFile, Keychain, Plaintext};
use accounts::ports::*;
use accounts::{Accounts, AccountsError, FailureKind, Ports, StoreKind, StoreMoved};
use auth_core::{ServerId, ServerUrl};

use self::parts::{End, Fuse, Fused, Store};
use crate::world::*;

/// Two profiles of the file, one that left it, and a sign-out that a server has yet to hear of.
struct Move {
    world: World,
    keychain: Arc<Store>,
    file: Arc<Store>,
}

fn key(id: &str) -> VaultKey {
    VaultKey {
        server: ServerId::existing(id),
        url: ServerUrl::parse(&format!("https://{}.example", id.trim_matches('#'))).unwrap(),
        domain_id: "default".to_owned(),
    }
}

const ALL: [&str; 4] = ["#ended", "gone", "prod", "test"];

impl Move {
    async fn new() -> Self {
        let new = Self {
            world: World::new(),
            keychain: Store::new(Keychain),
            file: Store::new(EncryptedFile),
        };
        for id in ["prod", "test", "idle"] {
            new.program(Fuse::endless()).await.add_server(&form(id)).await.unwrap();
        }
        for id in ALL {
            new.keychain.put(&key(id), &format!("secret of {id}"));
        }
        let mut settings = new.world.settings.kept.lock().unwrap();
        settings.sessions.insert("gone".to_owned(), record("gone"));
        settings.sign_outs.push(SignOutToDo {
            id: "#ended".to_owned(),
            server: "prod".to_owned(),
            url: "https://ended.example".to_owned(),
            domain_id: "default".to_owned(),
            store: None,
            since: 0,
            failures: 1,
            retry_at: 0,
        });
        drop(settings);
        new
    }

    async fn program(&self, fuse: Arc<Fuse>) -> Arc<Accounts> {
        self.program_with(fuse, false).await
    }

    async fn program_with(&self, fuse: Arc<Fuse>, fails_late: bool) -> Arc<Accounts> {
        for store in [&self.keychain, &self.file] {
            *store.fuse.lock().unwrap() = fuse.clone();
        }
        let settings = self.world.settings.clone();
        Accounts::open(Ports {
            vault: self.keychain.clone(),
            config: self.world.file.clone(),
            api: self.world.server.clone(),
            clock: self.world.clock.clone(),
            lock: self.world.locks.clone(),
            settings: Arc::new(Fused {
                settings,
                fuse,
                fails_late,
            }),
            timeline: self.world.timeline.clone(),
        })
        .await
    }

    /// Somebody moves with that fuse; `None` where the program ended in the middle.
    async fn go(&self, fuse: Arc<Fuse>) -> Option<Result<StoreMoved, AccountsError>> {
        let program = self.program(fuse).await;
        let moving = tokio::spawn({
            let (from, to) = (self.keychain.clone(), self.file.clone());
            async move { program.move_store(&*from, &*to).await }
        });
        settle().await;
        if !moving.is_finished() {
            moving.abort();
        }
        moving.await.ok()
    }

    fn settings(&self) -> Settings {
        self.world.settings.kept.lock().unwrap().clone()
    }

    /// The store in use has everything, and where copies may lie is known.
    fn assert_sound(&self, when: &str) {
        let settings = self.settings();
        let (used, other) = match settings.store {
            Keychain => (&self.keychain, &self.file),
            EncryptedFile => (&self.file, &self.keychain),
            Plaintext => panic!("{when}: nobody asked for that"),
        };
        assert_eq!(used.kept(), secrets(), "{when}: the {:?} is incomplete", settings.store);
        assert!(
            other.kept().is_empty() || settings.leftovers == [other.kind],
            "{when}: nobody knows of the copies in the {:?}",
            other.kind
        );
    }

    fn assert_done(&self, when: &str) {
        assert_eq!(self.settings().store, EncryptedFile, "{when}");
        assert_eq!((self.file.kept(), self.keychain.kept()), (secrets(), vec![]), "{when}");
        assert_eq!(self.settings().leftovers, [], "{when}");
    }
}

fn secrets() -> Vec<String> {
    ALL.map(|id| format!("secret of {id}")).to_vec()
}

fn record(id: &str) -> SessionRecord {
    SessionRecord {
        name: id.to_owned(),
        url: format!("https://{id}.example"),
        domain_id: "default".to_owned(),
        user_id: "ada".to_owned(),
        email: "ada@example.com".to_owned(),
        signed_in_at: 0,
        shared: true,
        known_in_file: None,
    }
}

#[tokio::test]
async fn everything_is_moved_and_each_profile_is_told() {
    let moved = Move::new().await;
    let outcome = moved.go(Fuse::endless()).await.unwrap().unwrap();
    let all = StoreMoved {
        items: 4,
        left_behind: None,
    };
    assert_eq!(outcome, all);
    moved.assert_done("moved");
    let program = moved.program(Fuse::endless()).await;
    assert_eq!(program.count_secrets(&*moved.file).await.unwrap(), 4);
    for id in ["prod", "test", "idle", "gone"] {
        let told = moved.world.timeline.read(&ServerId::existing(id)).await;
        let event = Event::StoreChanged {
            from: Keychain,
            to: EncryptedFile,
        };
        assert_eq!(told.iter().filter(|entry| entry.event == event).count(), 1, "{id}");
    }
    let again = program.move_store(&*moved.file, &*moved.file).await.unwrap();
    assert_eq!(again, StoreMoved::default(), "to itself there is nothing to do");
}

#[tokio::test]
async fn cut_short_at_any_step_one_store_is_complete_and_a_second_run_finishes() {
    for end in [End::CutBefore, End::CutAfter] {
        let mut cuts = 0;
        loop {
            let moved = Move::new().await;
            let outcome = moved.go(Fuse::new(cuts + 1, end)).await;
            let when = format!("{end:?} step {}", cuts + 1);
            moved.assert_sound(&when);
            if outcome.is_some() {
                break;
            }
            cuts += 1;
            if moved.settings().store == Keychain {
                moved.go(Fuse::endless()).await.unwrap().unwrap();
            } else {
                let program = moved.program(Fuse::endless()).await;
                program.tidy_store(&*moved.keychain).await.unwrap();
            }
            moved.assert_done(&when);
        }
        assert!(cuts > 15, "only {cuts} steps were cut");
    }
}

#[tokio::test]
async fn a_step_that_fails_leaves_the_old_store_in_use_or_is_told_of() {
    let mut failures = 0;
    loop {
        let moved = Move::new().await;
        let outcome = moved.go(Fuse::new(failures + 1, End::Fails)).await.unwrap();
        let when = format!("step {} failed", failures + 1);
        moved.assert_sound(&when);
        match outcome {
            Ok(StoreMoved { left_behind: None, .. }) => break,
            Ok(StoreMoved {
                left_behind: Some(reason),
                ..
            }) => {
                assert_eq!(moved.settings().store, EncryptedFile, "{when}");
                assert!(reason.ends_with('.'), "{reason}");
            }
            Err(_) => {
                assert_eq!(moved.settings().store, Keychain, "{when}");
                assert!(moved.file.kept().is_empty(), "{when}: copies were not taken back");
                assert_eq!(moved.settings().leftovers, [], "{when}");
            }
        }
        failures += 1;
    }
    assert!(failures > 15, "only {failures} steps failed");
}

#[tokio::test]
async fn a_settings_file_that_fails_after_it_was_written_has_switched() {
    let moved = Move::new().await;
    let program = moved.program_with(Fuse::endless(), true).await;
    let outcome = program.move_store(&*moved.keychain, &*moved.file).await.unwrap();
    assert_eq!(outcome.items, 4);
    moved.assert_done("the switch failed late");
}

#[tokio::test]
async fn a_write_that_timed_out_counts_if_it_is_there() {
    let moved = Move::new().await;
    *moved.file.in_doubt.lock().unwrap() = Some(true);
    moved.go(Fuse::endless()).await.unwrap().unwrap();
    moved.assert_done("each write was done late");

    let moved = Move::new().await;
    *moved.file.in_doubt.lock().unwrap() = Some(false);
    let error = moved.go(Fuse::endless()).await.unwrap().unwrap_err();
    assert!(
        matches!(
            error,
            AccountsError::Vault {
                source: VaultError::TimedOut { .. }
            }
        ),
        "{error}"
    );
    moved.assert_sound("no write was done");
    assert_eq!(moved.settings().leftovers, [EncryptedFile], "it may still come");
}

#[tokio::test]
async fn a_store_that_gives_back_something_else_is_not_moved_to() {
    let moved = Move::new().await;
    *moved.file.forgetful.lock().unwrap() = true;
    let error = moved.go(Fuse::endless()).await.unwrap().unwrap_err();
    assert!(
        matches!(error, AccountsError::StoreUnproven { kind: EncryptedFile }),
        "{error}"
    );
    moved.assert_sound("unproven");
}

#[tokio::test]
async fn an_absent_store_is_empty_unless_somebody_would_miss_what_is_in_it() {
    let moved = Move::new().await;
    moved.keychain.items.lock().unwrap().clear();
    *moved.keychain.fault.lock().unwrap() = Some(VaultError::Absent);
    let error = moved.go(Fuse::endless()).await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.code()), (FailureKind::Store, "store_unavailable"));
    assert!(error.to_string().contains("--without-moving"), "{error}");
    assert_eq!(moved.settings().store, Keychain);

    let program = moved.program(Fuse::endless()).await;
    program.choose_store(EncryptedFile).await.unwrap();
    assert_eq!(moved.settings().store, EncryptedFile);
    program.choose_store(Keychain).await.unwrap();
    moved.world.settings.kept.lock().unwrap().sessions.clear();
    moved.world.settings.kept.lock().unwrap().sign_outs.clear();
    moved.go(Fuse::endless()).await.unwrap().unwrap();
    assert_eq!(
        moved.settings().store,
        EncryptedFile,
        "nobody is signed in, so nothing is lost"
    );
}

#[tokio::test]
async fn a_locked_store_is_not_moved_from_and_no_lock_is_waited_for_in_vain() {
    let moved = Move::new().await;
    *moved.keychain.fault.lock().unwrap() = Some(VaultError::Locked);
    let error = moved.go(Fuse::endless()).await.unwrap().unwrap_err();
    assert_eq!(error.code(), "locked");
    *moved.keychain.fault.lock().unwrap() = None;
    moved.assert_sound("locked");
    *moved.world.locks.1.lock().unwrap() = true;
    let error = moved.go(Fuse::endless()).await.unwrap().unwrap_err();
    assert_eq!(error.code(), "busy", "somebody refreshes");
    moved.assert_sound("busy");
}

#[tokio::test]
async fn nobody_refreshes_during_a_move() {
    let moved = Move::new().await;
    let held = moved.world.locks.acquire(&ServerId::existing("test")).await.unwrap();
    let program = moved.program(Fuse::endless()).await;
    let moving = tokio::spawn({
        let (from, to) = (moved.keychain.clone(), moved.file.clone());
        async move { program.move_store(&*from, &*to).await }
    });
    settle().await;
    assert!(
        !moving.is_finished() && moved.file.kept().is_empty(),
        "it did not wait for the refresh"
    );
    // What the refresh stores meanwhile is what is moved.
    moved.keychain.put(&key("test"), "secret of test, newer");
    drop(held);
    moving.await.unwrap().unwrap();
    assert!(moved.file.kept().contains(&"secret of test, newer".to_owned()));
}

#[tokio::test]
async fn who_signed_in_to_a_new_server_meanwhile_is_moved_too() {
    let moved = Move::new().await;
    let late = moved.world.locks.acquire(&ServerId::existing("prod")).await.unwrap();
    let program = moved.program(Fuse::endless()).await;
    let moving = tokio::spawn({
        let (program, from, to) = (program.clone(), moved.keychain.clone(), moved.file.clone());
        async move { program.move_store(&*from, &*to).await }
    });
    settle().await;
    // The locks were counted before this one was there.
    program.add_server(&form("late")).await.unwrap();
    moved.keychain.put(&key("late"), "secret of late");
    drop(late);
    assert_eq!(moving.await.unwrap().unwrap().items, 5);
    assert!(moved.file.kept().contains(&"secret of late".to_owned()));
    assert_eq!(moved.keychain.kept(), Vec::<String>::new());
}

#[tokio::test]
async fn two_moves_at_once_do_not_cross() {
    let moved = Move::new().await;
    let plain = Store::new(Plaintext);
    let program = moved.program(Fuse::endless()).await;
    let (to_file, to_plain) = tokio::join!(
        program.move_store(&*moved.keychain, &*moved.file),
        program.move_store(&*moved.keychain, &*plain),
    );
    to_file.unwrap();
    let error = to_plain.unwrap_err();
    assert!(
        matches!(error, AccountsError::StoreElsewhere { kind: EncryptedFile }),
        "{error}"
    );
    moved.assert_done("the second found the first's work");
    assert!(plain.kept().is_empty());
}

#[tokio::test]
async fn copies_of_an_earlier_move_do_not_come_back_to_life() {
    let moved = Move::new().await;
    moved.file.put(&key("idle"), "of a session that was ended since");
    moved.world.settings.kept.lock().unwrap().leftovers.push(EncryptedFile);
    moved.go(Fuse::endless()).await.unwrap().unwrap();
    moved.assert_done("the stale copy went");
}

#[tokio::test]
async fn the_store_in_use_is_never_tidied() {
    let moved = Move::new().await;
    moved.world.settings.kept.lock().unwrap().leftovers = vec![Keychain, EncryptedFile];
    let program = moved.program(Fuse::endless()).await;
    program.tidy_store(&*moved.keychain).await.unwrap();
    assert_eq!(moved.keychain.kept(), secrets());
}
