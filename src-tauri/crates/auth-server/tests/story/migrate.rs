//! §5: `storage migrate` and `storage check`, between all engines.

use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use auth_core::models::AuthUserModel;
use auth_core::storage::{Kind, Store};
use serde_json::json;
use tempfile::TempDir;

use crate::engine::Engine;
use crate::program::bare;
use crate::world::{ADA, World};

/// The program in a world where both engines let it in.
fn command(folder: &Path, engines: &[&Engine], arguments: &[&str]) -> std::process::Command {
    let mut command = bare(folder);
    command.args(arguments);
    for engine in engines {
        command.envs(engine.variables.iter().copied());
    }
    command
}

async fn migrate(from: &Engine, to: &Engine, further: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    let arguments = ["storage", "migrate", "--from", &from.url, "--to", &to.url];
    let mut command =
        tokio::process::Command::from(command(folder.path(), &[from, to], &[&arguments[..], further].concat()));
    command.output().await.unwrap()
}

async fn check(engine: &Engine, further: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    let arguments = ["storage", "check", "--storage", &engine.url];
    tokio::process::Command::from(command(folder.path(), &[engine], &[&arguments[..], further].concat()))
        .output()
        .await
        .unwrap()
}

#[track_caller]
fn told(output: &Output, code: i32) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{stdout}{stderr}");
    format!("{stdout}{stderr}")
}

fn user(number: usize) -> AuthUserModel {
    let date = "2026-01-31T09:30:00.000Z";
    let user = json!({"id": format!("u{number:05}"), "email": format!("u{number}@example.com"), "emailVerified": date, "name": null,
        "image": null, "domainId": "default", "orgId": "o", "createdAt": date, "updatedAt": date, "trashed": false,
        "extended": {"7": 1.0, "big": 9_007_199_254_740_993_u64}});
    serde_json::from_value(user).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_goes_round_all_engines_and_nobody_is_signed_out() {
    let first = Engine::sqlite();
    let world = World::on(first.open().await).await;
    let tokens = world.sign_in(ADA).await;
    let admin = world.admin().await;
    let account = world.service_account(&admin, &["read"]).await;
    let api_token = world.api_token(&admin, &account, json!({"name": "ci"})).await;
    Store::new(world.storage.clone()).insert(&user(1)).await.unwrap();
    let clock = world.stop().await.0;

    let mut way = vec![first, Engine::files(), Engine::postgres().await, Engine::s3().await];
    way.extend(Engine::rxdb().await);
    way.push(Engine::sqlite());
    for pair in way.windows(2) {
        let all = told(&migrate(&pair[0], &pair[1], &[]).await, 0);
        assert!(
            all.contains("users: 3 copied, 0 there already, 3 proved, 0 left"),
            "{all}"
        );
        assert!(all.contains("records are there and were read back"), "{all}");
        assert!(told(&check(&pair[1], &[]).await, 0).contains("nothing is damaged"));
        // Once more, there is nothing left to do.
        let again = told(&migrate(&pair[0], &pair[1], &[]).await, 0);
        assert!(
            again.contains("users: 0 copied, 3 there already, 3 proved, 0 left"),
            "{again}"
        );
    }
    let (here, there) = (way[0].open().await, way[way.len() - 1].open().await);
    for kind in Kind::ALL {
        for listed in here.list(kind, None, 100).await.unwrap() {
            let document = listed.stored.unwrap().document;
            assert_eq!(there.get(kind, &document.id).await.unwrap().unwrap().document, document);
        }
        assert_eq!(here.count(kind).await.unwrap(), there.count(kind).await.unwrap());
    }
    let world = World::on(there).await;
    drop(clock);
    world.refresh(&tokens["refreshToken"]).await.ok(reqwest::StatusCode::OK);
    world.exchange(&api_token["token"]).await.ok(reqwest::StatusCode::OK);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_was_killed_goes_on_where_it_was() {
    let (from, to) = (Engine::sqlite(), Engine::files());
    let store = Store::new(from.open().await);
    for number in 0..600 {
        store.insert(&user(number)).await.unwrap();
    }
    let target = to.open().await;
    let folder = TempDir::new().unwrap();
    let arguments = ["storage", "migrate", "--from", &from.url, "--to", &to.url];
    let mut started = command(folder.path(), &[], &arguments).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(30);
    while target.count(Kind::User).await.unwrap() < 20 {
        assert!(Instant::now() < end, "it does not copy");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    started.kill().unwrap();
    started.wait().unwrap();
    let done = target.count(Kind::User).await.unwrap();
    assert!(done < 600, "it was done before it was killed");
    let rest = told(&migrate(&from, &to, &[]).await, 0);
    assert!(
        rest.contains("600 proved, 0 left") && !rest.contains(" 0 there already, 600"),
        "{rest}"
    );
    assert_eq!(target.count(Kind::User).await.unwrap(), 600);
    assert_eq!(
        target
            .audit(true)
            .await
            .unwrap()
            .iter()
            .filter(|damage| !damage.mended)
            .count(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_copied_is_named_and_the_rest_is_copied() {
    let (from, to) = (Engine::files(), Engine::sqlite());
    let (here, there) = (from.open().await, to.open().await);
    let (source, target) = (Store::new(here.clone()), Store::new(there.clone()));
    for number in 0..4 {
        source.insert(&user(number)).await.unwrap();
    }
    // One is there in another state, the address of one is taken, and one is damaged.
    let mut other = user(0);
    other.name = Some("s3cret".to_owned());
    target.insert(&other).await.unwrap();
    let mut taken = user(1);
    taken.id = "another".to_owned();
    target.insert(&taken).await.unwrap();
    let place = here.list(Kind::User, None, 9).await.unwrap();
    let place = place
        .iter()
        .find(|listed| listed.place.0.ends_with("u00002.json"))
        .unwrap();
    let file = Path::new(from.url.strip_prefix("file:").unwrap())
        .join("users")
        .join(&place.place.0);
    std::fs::write(&file, r#"{"version":"s3cret""#).unwrap();

    let all = told(&migrate(&from, &to, &[]).await, 1);
    assert!(
        all.contains("users: 1 copied, 0 there already, 1 proved, 3 left"),
        "{all}"
    );
    for (place, why) in [
        ("u00000.json", "--overwrite writes over it"),
        ("u00001.json", "with the same address"),
        ("u00002.json", "restore it from a backup or remove it"),
    ] {
        assert!(
            all.lines().any(|line| line.contains(place) && line.contains(why)),
            "{all}"
        );
    }
    assert!(
        all.contains("3 records were not copied") && !all.contains("s3cret"),
        "{all}"
    );
    let found = told(&check(&from, &[]).await, 1);
    assert!(
        found.contains("u00002.json") && found.contains("users: 3 whole, 1 damaged"),
        "{found}"
    );

    std::fs::remove_file(&file).unwrap();
    told(&migrate(&from, &to, &["--overwrite"]).await, 1);
    assert_eq!(
        target
            .get::<AuthUserModel>("u00000")
            .await
            .unwrap()
            .unwrap()
            .record
            .name,
        None
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused_before_anything_is_made() {
    let (here, there) = (Engine::sqlite(), Engine::files());
    let told_nothing = told(&migrate(&here, &there, &[]).await, 2);
    assert!(
        told_nothing.contains("there is no storage at that place"),
        "{told_nothing}"
    );
    assert!(!Path::new(here.url.strip_prefix("sqlite:").unwrap()).exists());
    here.open().await;
    assert!(told(&migrate(&here, &here, &[]).await, 2).contains("are the same storage"));
    let folder = TempDir::new().unwrap();
    let arguments = [
        "storage",
        "migrate",
        "--from",
        &here.url,
        "--to",
        "mysql://u:s3cret@h/d",
    ];
    let refused = command(folder.path(), &[], &arguments).output().unwrap();
    let refused = told(&refused, 2);
    assert!(
        refused.contains("--to: this is no storage address") && !refused.contains("s3cret"),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_mends_a_lost_index_and_a_newer_storage_is_left_alone() {
    let engine = Engine::files();
    let store = Store::new(engine.open().await);
    store.insert(&user(1)).await.unwrap();
    let folder = Path::new(engine.url.strip_prefix("file:").unwrap());
    std::fs::remove_dir_all(folder.join("users/by-address")).unwrap();
    let damaged = told(&check(&engine, &[]).await, 1);
    assert!(
        damaged.contains("users/by-address: the whole index is missing"),
        "{damaged}"
    );
    assert!(told(&check(&engine, &["--mend"]).await, 0).contains("(mended)"));
    assert!(told(&check(&engine, &[]).await, 0).ends_with("nothing is damaged\n"));

    std::fs::write(folder.join("flowstate-auth.json"), r#"{"format":2}"#).unwrap();
    let newer = told(&check(&engine, &["--mend"]).await, 1);
    assert!(
        newer.contains("was written by a newer version of this server"),
        "{newer}"
    );
}
