//! Several processes on one storage, and processes that are killed. The test program starts itself for them.

use std::process::Stdio;
use std::sync::Arc;

use auth_core::models::AuthUserModel;
use auth_core::storage::{AuthStorageAdapter, Fault, Lookup, SessionRecord, StorageError, Store, UniqueKey};
use auth_storage::{OpenError, StorageUrl};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::samples::{date, session, user};

/// Says to the program that was started what it is to work on.
const ADDRESS: &str = "STORY_STORAGE";
const TASK: &str = "STORY_TASK";

const ROUNDS: usize = 6;
const PROCESSES: usize = 4;
const TURNS: u64 = 15;

pub async fn open(address: &str) -> Arc<dyn AuthStorageAdapter> {
    open_as(address, &[]).await
}

/// The variables that let a process in.
type Variables<'a> = &'a [(&'a str, &'a str)];

pub async fn open_as(address: &str, variables: Variables<'_>) -> Arc<dyn AuthStorageAdapter> {
    try_open_as(address, variables).await.unwrap()
}

pub async fn try_open_as(address: &str, variables: Variables<'_>) -> Result<Arc<dyn AuthStorageAdapter>, OpenError> {
    let value = |name: &str| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found
            .map(|(_, value)| (*value).to_owned())
            .or_else(|| std::env::var(name).ok())
    };
    StorageUrl::parse(address, &value).unwrap().open().await
}

/// A process that is killed while it writes: what it was told is done stays done, and the next one can go on.
pub async fn kill_and_restart(address: &str) {
    kill_and_restart_with(address, &[]).await;
}

pub async fn kill_and_restart_with(address: &str, variables: Variables<'_>) {
    let (mut done, mut generation) = (Vec::new(), 0);
    for round in 0..ROUNDS {
        let (mut child, mut lines) = start(address, variables, &format!("write {round}"));
        for _ in 0..=round * 2 {
            let line = next(&mut lines, "done ").await;
            let (number, reached) = line.split_once(' ').unwrap();
            done.push(format!("{round}-{number}"));
            generation = reached.parse::<u64>().unwrap();
        }
        // It is in the middle of its next writes now.
        child.kill().await.unwrap();

        let storage = open_as(address, variables).await;
        let store = Store::new(storage.clone());
        for id in &done {
            assert!(store.get::<SessionRecord>(id).await.unwrap().is_some(), "{id}");
            let email = format!("{id}@example.com");
            let lookup = Lookup::UserByEmail {
                domain_id: "killed",
                email: &email,
            };
            let found = store.find_one::<AuthUserModel>(lookup).await.unwrap();
            assert_eq!(found.unwrap().record.id, *id);
        }
        let killed = store.get::<SessionRecord>("killed").await.unwrap().unwrap();
        assert!(killed.record.generation >= generation, "{generation} was reached");
        for damage in storage.audit(round % 2 == 0).await.unwrap() {
            assert_eq!(damage.fault, Fault::Leftover, "{damage:?}");
        }
        // What was under way when it was killed can be done over.
        let next = format!(
            "{round}-{}",
            done.iter().filter(|id| id.starts_with(&format!("{round}-"))).count()
        );
        write(&store, &next).await;
        storage.close().await;
    }
}

/// Counts and takes keys from several processes at once.
pub async fn many_processes(address: &str) {
    many_processes_with(address, &[]).await;
}

pub async fn many_processes_with(address: &str, variables: Variables<'_>) {
    let store = Store::new(open_as(address, variables).await);
    store.insert(&session("shared", "u", date())).await.unwrap();
    let mut children: Vec<_> = (0..PROCESSES).map(|_| start(address, variables, "share")).collect();
    let mut won = 0;
    for (child, lines) in &mut children {
        won += next(lines, "won ").await.parse::<u64>().unwrap();
        assert!(child.wait().await.unwrap().success());
    }
    assert_eq!(won, TURNS, "each address has one owner");
    let shared = store.get::<SessionRecord>("shared").await.unwrap().unwrap();
    assert_eq!(shared.record.generation, PROCESSES as u64 * TURNS);
}

/// A process that may not write files of more than a megabyte, as on a disk that is full: it is told so, and goes on with
/// what fits. Answers with the whole error.
pub async fn full_disk(address: &str) -> String {
    let mut limited = Command::new("sh");
    limited.args(["-c", r#"trap '' XFSZ; ulimit -f 2048; exec "$0" "$@""#]);
    limited.arg(std::env::current_exe().unwrap());
    let (mut child, mut lines) = start_as(limited, address, &[], "fill");
    let refused = next(&mut lines, "refused ").await;
    assert!(child.wait().await.unwrap().success());
    refused
}

fn start(address: &str, variables: Variables<'_>, task: &str) -> (Child, Lines<BufReader<ChildStdout>>) {
    start_as(Command::new(std::env::current_exe().unwrap()), address, variables, task)
}

fn start_as(
    mut program: Command,
    address: &str,
    variables: Variables<'_>,
    task: &str,
) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut child = program
        .args([
            "processes::started_by_the_stories",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .env(ADDRESS, address)
        .env(TASK, task)
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines)
}

async fn next(lines: &mut Lines<BufReader<ChildStdout>>, prefix: &str) -> String {
    let mut seen = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some(rest) = line.strip_prefix(prefix) {
            return rest.to_owned();
        }
        seen.push(line);
    }
    panic!("it ended without {prefix:?}: {seen:#?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the stories, as a process of its own"]
async fn started_by_the_stories() {
    // Whoever runs all that is left out runs this too.
    let (Ok(address), Ok(task)) = (std::env::var(ADDRESS), std::env::var(TASK)) else {
        return;
    };
    let store = Store::new(open(&address).await);
    match task.strip_prefix("write ") {
        Some(round) => {
            for number in 0_u64.. {
                let generation = write(&store, &format!("{round}-{number}")).await;
                println!("done {number} {generation}");
            }
        }
        None if task == "fill" => println!("refused {}", fill(&store).await),
        None => println!("won {}", share(&store).await),
    }
}

/// A session, a user, and one more generation of what all of them write; also over what a killed one has left of it.
async fn write(store: &Store, id: &str) -> u64 {
    let email = format!("{id}@example.com");
    // Where both its id and its address are there, either is named.
    let taken = |written: Result<_, StorageError>| match written {
        Ok(_) | Err(StorageError::Conflict { .. }) => {}
        Err(error) => panic!("{error}: {error:?}"),
    };
    taken(store.insert(&session(id, "killed", date())).await);
    taken(store.insert(&user(id, "killed", &email)).await);
    assert!(store.get::<AuthUserModel>(id).await.unwrap().is_some());
    count(store, "killed").await
}

async fn count(store: &Store, id: &str) -> u64 {
    let counted = store.put(id, |before: Option<SessionRecord>| {
        let mut record = before.unwrap_or_else(|| session(id, "killed", date()));
        record.generation += 1;
        Ok::<_, StorageError>(record)
    });
    counted.await.unwrap().generation
}

async fn share(store: &Store) -> u64 {
    let mut won = 0;
    for turn in 0..TURNS {
        count(store, "shared").await;
        let id = format!("{}-{turn}", std::process::id());
        match store.insert(&user(&id, "shared", &format!("{turn}@example.com"))).await {
            Ok(_) => won += 1,
            Err(StorageError::Conflict {
                key: UniqueKey::Address,
                ..
            }) => {}
            Err(error) => panic!("{error}: {error:?}"),
        }
    }
    won
}

async fn fill(store: &Store) -> String {
    let mut large = user("large", "full", "large@example.com");
    large.name = Some("x".repeat(2_000_000));
    let error = store.insert(&large).await.unwrap_err();
    assert!(matches!(error, StorageError::Unavailable { .. }), "{error:?}");
    assert!(store.get::<AuthUserModel>("large").await.unwrap().is_none());
    large.name = None;
    store.insert(&large).await.unwrap();
    whole_text(&error)
}

/// The error with all its sources.
pub fn whole_text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    text
}
