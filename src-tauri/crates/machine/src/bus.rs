//! What asking on D-Bus needs wherever it is done.

use std::time::Duration;

/// The answer, or that there is none: a bus, or who is asked there, may hang.
pub(crate) async fn in_time<T>(patience: Duration, answer: impl Future<Output = zbus::Result<T>>) -> zbus::Result<T> {
    match tokio::time::timeout(patience, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(zbus::Error::Failure("nobody answers".to_owned())),
    }
}
