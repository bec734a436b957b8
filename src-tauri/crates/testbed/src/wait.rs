//! Waiting for something another process does, without guessing how long it takes.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::{Instant, sleep};

/// How long anything in the testbed may take. Far above what is needed, so that a loaded machine does not fail a test.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// How soon a condition is tested again.
const PAUSE: Duration = Duration::from_millis(20);

/// Tries `probe` until it answers `Ok`, at most for `deadline`. Its `Err` says what is still missing.
///
/// # Errors
/// After the deadline: what was waited for, with the last answer of `probe` as the cause.
pub async fn eventually<T>(what: &str, deadline: Duration, mut probe: impl AsyncFnMut() -> Result<T>) -> Result<T> {
    let end = Instant::now() + deadline;
    loop {
        match probe().await {
            Ok(value) => return Ok(value),
            Err(missing) if Instant::now() >= end => {
                return Err(missing).with_context(|| format!("waited {deadline:?} for {what}"));
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}
