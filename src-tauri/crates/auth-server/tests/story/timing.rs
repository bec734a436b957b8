//! Whether an address is known cannot be told: not from the answer, not from how long it takes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use auth_server::{CodeMail, MailError, Mailer, SignUp};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::world::{ADA, Reply, World, wrong};

const ROUNDS: usize = 100;

/// A mail server that takes its time, as they do.
#[derive(Debug)]
struct Slow;

#[async_trait]
impl Mailer for Slow {
    async fn deliver(&self, _: CodeMail) -> Result<(), MailError> {
        tokio::time::sleep(Duration::from_millis(15)).await;
        Ok(())
    }
}

/// Nobody signs up, and Ada is known.
async fn world() -> World {
    let world = World::new().await;
    world.sign_in(ADA).await;
    let mut settings = crate::world::settings();
    settings.sign_up = SignUp::Closed;
    world.restart_mailing(settings, Arc::new(Slow)).await
}

/// How often the one takes longer than the other, over all pairs: a half where they take the same.
fn longer(one: &[Duration], other: &[Duration]) -> f64 {
    let pairs = one.iter().flat_map(|one| other.iter().map(move |other| (one, other)));
    let longer = pairs.filter(|(one, other)| one > other).count();
    longer as f64 / (one.len() * other.len()) as f64
}

/// What two answers have in common, but for the time of day.
fn shown(reply: &Reply) -> (StatusCode, Value, HeaderMap) {
    let mut headers = reply.headers.clone();
    headers.remove("date");
    (reply.status, reply.body.clone(), headers)
}

/// Asks for both in turn, so that whatever else the machine does falls on both.
async fn compare(known: impl AsyncFn() -> Reply, unknown: impl AsyncFn() -> Reply) {
    let (mut of_known, mut of_unknown) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let mut answers = Vec::new();
        for turn in 0..2 {
            let began = Instant::now();
            if (round + turn) % 2 == 0 {
                answers.push(shown(&known().await));
                of_known.push(began.elapsed());
            } else {
                answers.push(shown(&unknown().await));
                of_unknown.push(began.elapsed());
            }
        }
        assert_eq!(answers[0], answers[1]);
    }
    // A standard error of this figure is 0.041: five of them, and less than any difference that could be used.
    let share = longer(&of_known, &of_unknown);
    assert!(
        (0.3..0.7).contains(&share),
        "known addresses take longer {share:.2} of the times"
    );
}

#[tokio::test]
async fn asking_for_a_code_tells_nothing() {
    let world = world().await;
    compare(
        async || world.send_code(ADA).await,
        async || world.send_code("eve@example.com").await,
    )
    .await;
}

#[tokio::test]
async fn trying_a_code_tells_nothing() {
    let world = world().await;
    // Each with a code of its own, and the fifth wrong try is the last.
    let tried = async |email: &str| {
        world.send_code(email).await.ok(StatusCode::ACCEPTED);
        world.verify(email, &wrong("123456")).await
    };
    compare(async || tried(ADA).await, async || tried("eve@example.com").await).await;
    compare(
        async || world.verify(ADA, "no code").await,
        async || world.verify("eve@example.com", "no code").await,
    )
    .await;
}
