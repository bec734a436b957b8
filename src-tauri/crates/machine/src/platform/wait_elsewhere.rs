use std::time::Duration;

use accounts::ports::UnixMillis;

/// For `pause`, not counting the time that the computer sleeps.
pub(crate) async fn wait(_now: UnixMillis, pause: Duration) {
    tokio::time::sleep(pause).await;
}
