//! Whether an address is known cannot be told: not from the answer, not from how long it takes. Engines that look in two places
//! for an address are counted at instead: `claims/tests.rs` of auth-storage.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use auth_server::{CodeMail, MailError, Mailer, SignUp};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::engine::Engine;
use crate::world::{ADA, Reply, World, wrong};

const EVE: &str = "eve@example.com";
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

/// Nobody signs up, and Ada is known.
async fn nothing_is_told(engine: Engine) {
    let open = World::on(engine.open().await).await;
    open.sign_in(ADA).await;
    let mut settings = crate::world::settings();
    settings.sign_up = SignUp::Closed;
    let world = open.also_mailing(settings, Arc::new(Slow)).await;

    compare(async || world.send_code(ADA).await, async || world.send_code(EVE).await).await;
    // Each with a code of its own, and the fifth wrong try is the last.
    let tried = async |email: &str| {
        world.send_code(email).await.ok(StatusCode::ACCEPTED);
        world.verify(email, &wrong("123456")).await
    };
    compare(async || tried(ADA).await, async || tried(EVE).await).await;
    compare(
        async || world.verify(ADA, "no code").await,
        async || world.verify(EVE, "no code").await,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    nothing_is_told(Engine::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    nothing_is_told(Engine::postgres().await).await;
}
