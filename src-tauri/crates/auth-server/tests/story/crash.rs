//! A server that is killed in the middle of everything: what a client was answered still holds.

use std::sync::{Arc, Mutex};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::program::{Program, command};
use crate::world::read;

const CLIENTS: usize = 6;

/// The answer, unless the server went away before it came.
async fn ask(http: &reqwest::Client, url: &str, body: &Value) -> Option<Value> {
    let response = http.post(url).json(body).send().await.ok()?;
    let status = response.status();
    let text = response.text().await.ok()?;
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).ok()
}

/// The newest refresh token that each client was given.
type Given = Arc<Mutex<Vec<Value>>>;

/// Refreshes for ever, or until the server is gone.
async fn refresh_on(http: reqwest::Client, url: String, client: usize, given: Given) {
    loop {
        let token = given.lock().unwrap()[client].clone();
        let body = json!({"refreshToken": token});
        let Some(reply) = ask(&http, &format!("{url}/auth/refresh"), &body).await else {
            return;
        };
        given.lock().unwrap()[client] = reply["refreshToken"].clone();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_before_a_kill_holds_after_it() {
    killed(3).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; make soak"]
async fn what_was_answered_before_any_of_a_hundred_kills_holds_after_it() {
    killed(100).await;
}

async fn killed(rounds: u32) {
    let folder = TempDir::new().unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    // The log goes to a file: nobody reads a pipe meanwhile.
    let start = || {
        let mut command = command(folder.path(), &["--dev", "--alg", "EdDSA"]);
        command.stderr(std::fs::File::create(folder.path().join("log")).unwrap());
        Program::start(command)
    };
    let mut program = start();
    let given = Given::default();
    for client in 0..CLIENTS {
        let email = format!("c{client}@example.com");
        let asked = json!({"email": email, "domainId": "default"});
        program.post("/auth/send-code", &asked).await;
        let mails = http.get(format!("{}/dev/mailbox?to={email}", program.url)).send();
        let mails = read(mails.await.unwrap()).await.ok(StatusCode::OK);
        let body = json!({"email": email, "code": mails[0]["code"], "domainId": "default"});
        let tokens = program.post("/auth/verify-code", &body).await;
        given.lock().unwrap().push(tokens["refreshToken"].clone());
    }
    for round in 0..rounds {
        let before = given.lock().unwrap().clone();
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            clients.spawn(refresh_on(http.clone(), program.url.clone(), client, given.clone()));
        }
        // Not a moment for which anybody waits: the kill falls anywhere, each round elsewhere.
        tokio::time::sleep(std::time::Duration::from_millis(150 + u64::from(round * 37 % 100))).await;
        program.stop("-KILL");
        clients.join_all().await;
        assert_ne!(*given.lock().unwrap(), before, "round {round}: nobody was answered");
        program = start();
        for client in 0..CLIENTS {
            let token = given.lock().unwrap()[client].clone();
            let reply = program.post("/auth/refresh", &json!({"refreshToken": token})).await;
            given.lock().unwrap()[client] = reply["refreshToken"].clone();
        }
    }
    assert_eq!(program.stop("-TERM").0.code(), Some(0));
}
