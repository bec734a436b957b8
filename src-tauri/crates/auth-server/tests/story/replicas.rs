//! Three servers on one storage, behind a round-robin.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::ensure;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::StatusCode;
use serde_json::{Value, json};
use testbed::{DEADLINE, eventually};
use tokio::task::JoinSet;

use crate::cluster::{Cluster, REPLICAS, ask, verify};
use crate::engine::Engine;
use crate::world::{ADA, read, wrong};

const CLIENTS: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    stories(Engine::postgres().await, 150, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_s3() {
    stories(Engine::s3().await, 60, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: make soak"]
async fn on_postgres_for_long() {
    stories(Engine::postgres().await, 1_000, 100).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: make soak"]
async fn on_s3_for_long() {
    stories(Engine::s3().await, 1_000, 100).await;
}

async fn stories(engine: Engine, refreshes: u64, kills: usize) {
    let mut cluster = Cluster::start(engine).await;
    one_code_makes_one_session(&cluster).await;
    a_code_that_is_void_is_void_everywhere(&cluster).await;
    two_clients_of_one_session_never_fork_it(&cluster, refreshes).await;
    what_was_answered_holds_whoever_is_killed(&mut cluster, kills).await;
}

/// Which generation of its session a refresh token is.
fn generation(token: &Value) -> u64 {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    claims["gen"].as_u64().unwrap()
}

async fn one_code_makes_one_session(cluster: &Cluster) {
    let body = verify(ADA, &cluster.fresh_code(ADA).await);
    let mut verifying = JoinSet::new();
    for _ in 0..50 {
        let (http, url, body) = (cluster.http.clone(), format!("http://{}", cluster.front), body.clone());
        verifying.spawn(async move { ask(&http, &url, "/auth/verify-code", &body).await.unwrap() });
    }
    let mut opened = Vec::new();
    for reply in verifying.join_all().await {
        match reply.status {
            StatusCode::OK => opened.push(reply.body),
            _ => drop(reply.problem(400, "code_expired")),
        }
    }
    assert_eq!(opened.len(), 1);
    let bearer = opened[0]["accessToken"].as_str().unwrap();
    let list = cluster
        .http
        .get(format!("http://{}/auth/sessions", cluster.front))
        .bearer_auth(bearer)
        .send()
        .await;
    let list = read(list.unwrap()).await.ok(StatusCode::OK);
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
}

async fn a_code_that_is_void_is_void_everywhere(cluster: &Cluster) {
    let email = "void@example.com";
    let (old, new) = (cluster.fresh_code(email).await, cluster.fresh_code(email).await);
    if old == new {
        return;
    }
    for (tries, replica) in cluster.replicas.iter().enumerate() {
        let reply = ask(&cluster.http, &replica.url, "/auth/verify-code", &verify(email, &old))
            .await
            .unwrap();
        assert_eq!(reply.problem(400, "code_invalid")["attemptsLeft"], 4 - tries);
    }
    cluster
        .ask("/auth/verify-code", &verify(email, &new))
        .await
        .ok(StatusCode::OK);
    for replica in &cluster.replicas {
        let used = ask(&cluster.http, &replica.url, "/auth/verify-code", &verify(email, &new))
            .await
            .unwrap();
        used.problem(400, "code_expired");
    }

    let code = cluster.fresh_code(email).await;
    for left in (0..5).rev() {
        let reply = cluster.ask("/auth/verify-code", &verify(email, &wrong(&code))).await;
        assert_eq!(reply.problem(400, "code_invalid")["attemptsLeft"], left);
    }
    for replica in &cluster.replicas {
        let void = ask(&cluster.http, &replica.url, "/auth/verify-code", &verify(email, &code))
            .await
            .unwrap();
        void.problem(429, "code_attempts_exceeded");
    }
}

async fn two_clients_of_one_session_never_fork_it(cluster: &Cluster, rounds: u64) {
    let token = cluster.sign_in("two@example.com").await["refreshToken"].clone();
    let first = generation(&token);
    let (mut one, mut other) = (token.clone(), token);
    for round in 1..=rounds {
        let (ones, others) = (json!({"refreshToken": one}), json!({"refreshToken": other}));
        let (left, right) = tokio::join!(
            cluster.ask("/auth/refresh", &ones),
            cluster.ask("/auth/refresh", &others)
        );
        (one, other) = (
            left.ok(StatusCode::OK)["refreshToken"].clone(),
            right.ok(StatusCode::OK)["refreshToken"].clone(),
        );
        assert_eq!((generation(&one), generation(&other)), (first + round, first + round));
    }
}

/// What a client has got so far: its newest token, and how many answers.
type Given = Arc<Mutex<HashMap<usize, (Value, usize)>>>;

/// Refreshes for ever. What does not come back is asked again with the same token.
async fn refresh_on(http: reqwest::Client, url: String, client: usize, given: Given) {
    loop {
        let (token, answers) = given.lock().unwrap()[&client].clone();
        match ask(&http, &url, "/auth/refresh", &json!({"refreshToken": token})).await {
            Some(reply) if reply.status == StatusCode::SERVICE_UNAVAILABLE => {}
            Some(reply) => {
                let token = reply.ok(StatusCode::OK)["refreshToken"].clone();
                given.lock().unwrap().insert(client, (token, answers + 1));
            }
            // Its server has been killed.
            None => {}
        }
    }
}

async fn what_was_answered_holds_whoever_is_killed(cluster: &mut Cluster, kills: usize) {
    let given = Given::default();
    for client in 0..CLIENTS {
        let tokens = cluster.sign_in(&format!("c{client}@example.com")).await;
        given
            .lock()
            .unwrap()
            .insert(client, (tokens["refreshToken"].clone(), 0));
    }
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let url = format!("http://{}", cluster.front);
        clients.spawn(refresh_on(cluster.http.clone(), url, client, Arc::clone(&given)));
    }
    let all_answered = async |from: &HashMap<usize, (Value, usize)>| {
        eventually("an answer for every client", DEADLINE, async || {
            let now = given.lock().unwrap().clone();
            for (client, (_, answers)) in from {
                ensure!(now[client].1 > answers + 1, "client {client} has no answer");
            }
            Ok(())
        })
        .await
        .unwrap();
    };
    for round in 0..kills {
        let number = round % REPLICAS;
        // A moment for which nobody waits: the kill falls anywhere, each round elsewhere.
        tokio::time::sleep(Duration::from_millis(40 + (round as u64 * 37) % 100)).await;
        let replica = cluster.replicas.remove(number);
        // Before its port is free: a server of another test has taken it, and knew nobody's tokens.
        cluster.announce();
        replica.stop("-KILL");
        let before = given.lock().unwrap().clone();
        all_answered(&before).await;
        assert!(clients.try_join_next().is_none(), "a client was refused");
        let program = cluster.program(number);
        cluster.replicas.insert(number, program);
        cluster.announce();
    }
    clients.shutdown().await;
    let given = given.lock().unwrap().clone();
    for (client, (token, answers)) in given {
        let reached = generation(&token);
        assert!(answers > kills, "client {client}");
        let next = cluster
            .ask("/auth/refresh", &json!({"refreshToken": token}))
            .await
            .ok(StatusCode::OK);
        assert!(generation(&next["refreshToken"]) > reached);
    }
}
