//! §5: the program's commands, on the data of a server that runs.

use std::path::Path;
use std::process::{Command, Output};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{Program, bare};
use crate::world::{ADA, read};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = bare(folder);
    command.args(arguments).arg("--data-dir").arg(folder.join("data"));
    command.output().unwrap()
}

#[track_caller]
fn done(output: &Output) -> String {
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(0), "{stdout}{stderr}");
    stdout.trim().to_owned()
}

#[track_caller]
fn json_of(output: &Output) -> Value {
    serde_json::from_str(&done(output)).unwrap()
}

fn dev(folder: &Path) -> Command {
    let mut command = bare(folder);
    command.args([
        "serve",
        "--dev",
        "--alg",
        "EdDSA",
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
    ]);
    command.arg(folder.join("data"));
    command
}

#[tokio::test]
async fn an_operator_makes_an_account_and_a_token_and_the_server_takes_it() {
    let folder = TempDir::new().unwrap();
    let program = Program::start(dev(folder.path()));
    let id = done(&run(
        folder.path(),
        &[
            "service-account",
            "create",
            "ci",
            "--scope",
            "read,write",
            "--description",
            "builds",
        ],
    ));
    let list = json_of(&run(folder.path(), &["service-account", "list", "--json"]));
    assert_eq!(
        (
            &list[0]["id"],
            &list[0]["createdBy"],
            &list[0]["scopes"],
            &list[0]["orgId"]
        ),
        (
            &json!(id),
            &json!("operator"),
            &json!(["read", "write"]),
            &json!("org-default")
        )
    );
    let text = done(&run(folder.path(), &["service-account", "list"]));
    assert!(text.contains(&id) && text.contains("ci  [read,write]"), "{text}");
    let other = json_of(&run(
        folder.path(),
        &["service-account", "list", "--json", "--domain", "other"],
    ));
    assert_eq!(other, json!([]));

    let made = run(
        folder.path(),
        &["service-account", "token", &id, "--name", "runner", "--test"],
    );
    assert!(String::from_utf8_lossy(&made.stderr).contains("once"));
    let token = done(&made);
    assert!(token.starts_with("epic_test_") && token.len() == 42, "{token}");
    let form = [("grant_type", "api_token"), ("api_token", token.as_str())];
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let sent = http
        .post(format!("{}/auth/token", program.url))
        .form(&form)
        .send()
        .await;
    let reply = read(sent.unwrap()).await.ok(StatusCode::OK);
    assert_eq!(reply["expires_in"], 900);

    let short = json_of(&run(
        folder.path(),
        &[
            "service-account",
            "token",
            &id,
            "--name",
            "x",
            "--expires-in",
            "60",
            "--json",
        ],
    ));
    assert!(short["expiresAt"].is_string() && short["token"].is_string(), "{short}");
    let nobody = run(folder.path(), &["service-account", "token", "nobody", "--name", "x"]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("no service account"));
    program.stop("-TERM");
}

#[tokio::test]
async fn keys_are_listed_and_rotated_beside_a_server_that_runs() {
    let folder = TempDir::new().unwrap();
    let program = Program::start(dev(folder.path()));
    program
        .post("/auth/send-code", &json!({"email": ADA, "domainId": "default"}))
        .await;
    let list = || json_of(&run(folder.path(), &["keys", "list", "--json"]));
    let before = list();
    assert_eq!(before.as_array().unwrap().len(), 2);
    assert_eq!(
        (&before[0]["use"], &before[0]["algorithm"], &before[0]["state"]),
        (&json!("access"), &json!("EdDSA"), &json!("signs"))
    );
    assert_eq!(
        (&before[1]["use"], &before[1]["state"]),
        (&json!("refresh"), &json!("signs"))
    );

    let kid = done(&run(folder.path(), &["keys", "rotate"]));
    let after = list();
    assert_eq!(
        (&after[0]["kid"], &after[0]["algorithm"], &after[0]["state"]),
        (&json!(kid), &json!("EdDSA"), &json!("signs_from"))
    );
    assert_eq!(after[1]["kid"], before[0]["kid"]);
    let kid = done(&run(
        folder.path(),
        &["keys", "rotate", "--use", "refresh", "--at-once"],
    ));
    let text = done(&run(folder.path(), &["keys", "list"]));
    let line = text.lines().find(|line| line.starts_with(&kid)).unwrap();
    assert!(line.ends_with("signs") && line.contains("refresh"), "{text}");
    assert!(!text.contains("PRIVATE"), "{text}");
    program.stop("-TERM");
}

#[test]
fn who_only_reads_begins_no_storage() {
    let folder = TempDir::new().unwrap();
    for arguments in [&["storage", "check"][..], &["keys", "list"]] {
        let found = run(folder.path(), arguments);
        let said = String::from_utf8_lossy(&found.stderr);
        assert!(
            !found.status.success() && said.contains("no storage"),
            "{arguments:?}: {said}"
        );
    }
    assert!(!folder.path().join("data").exists());
}

#[tokio::test]
async fn a_check_reads_everything_and_names_what_is_damaged() {
    let folder = TempDir::new().unwrap();
    let program = Program::start(dev(folder.path()));
    program
        .post("/auth/send-code", &json!({"email": ADA, "domainId": "default"}))
        .await;
    program.stop("-TERM");
    let whole = done(&run(folder.path(), &["storage", "check"]));
    assert!(
        whole.contains("signing_keys: 2 whole, 0 damaged") && whole.ends_with("nothing is damaged"),
        "{whole}"
    );

    let database = folder.path().join("data/auth.db");
    let url = format!("sqlite:{}", database.display());
    let pool = sqlx::sqlite::SqlitePool::connect(&url).await.unwrap();
    sqlx::query(r#"INSERT INTO users (id, version, doc) VALUES ('broken', 1, '{"id": "s3cret"}')"#)
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    let found = run(folder.path(), &["storage", "check"]);
    let (stdout, stderr) = (
        String::from_utf8_lossy(&found.stdout),
        String::from_utf8_lossy(&found.stderr),
    );
    assert_eq!(found.status.code(), Some(1), "{stdout}");
    assert!(
        stdout.contains("users, broken: ") && stdout.contains("users: 0 whole, 1 damaged"),
        "{stdout}"
    );
    assert!(stderr.contains("1 places") && !stdout.contains("s3cret"), "{stderr}");
}

#[test]
fn commands_read_the_same_environment_and_refuse_what_makes_no_sense() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("elsewhere.db");
    let mut command = bare(folder.path());
    command
        .args(["keys", "rotate"])
        .env("FLOWSTATE_AUTH_STORAGE", format!("sqlite:{}", database.display()))
        .env("FLOWSTATE_AUTH_ALG", "ES256");
    done(&command.output().unwrap());
    assert!(database.exists());
    let mut command = bare(folder.path());
    let storage = format!("sqlite:{}", database.display());
    command.args(["keys", "list", "--json", "--storage", &storage]);
    assert_eq!(json_of(&command.output().unwrap())[0]["algorithm"], "ES256");
    let mut command = bare(folder.path());
    command
        .args(["service-account", "create", "ci", "--json", "--storage", &storage])
        .env("FLOWSTATE_AUTH_DOMAIN", "prod");
    assert_eq!(json_of(&command.output().unwrap())["domainId"], "prod");

    for arguments in [
        &["--dev", "keys", "list"][..],
        &["keys"],
        &["keys", "rotate", "--use", "both"],
        &["service-account", "create"],
        &["service-account", "create", "ci", "--domain", "a/b"],
        &["storage", "check", "--storage", "nonsense:x"],
    ] {
        let output = bare(folder.path()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}
