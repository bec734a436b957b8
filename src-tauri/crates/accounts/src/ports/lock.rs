use std::any::Any;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::ServerId;

/// Holding it is having the lock; dropping it gives it back.
pub type Held = Box<dyn Any + Send>;

/// One lock a profile, across all processes of this person: whoever refreshes or signs in or out holds it.
#[async_trait]
pub trait SessionLock: Send + Sync {
    /// Waits for the lock, long enough for another's slow refresh (35 s).
    ///
    /// # Errors
    /// [`LockError`].
    async fn acquire(&self, server: &ServerId) -> Result<Held, LockError>;
}

/// Why a lock was not had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("another program{} kept {what} locked for {} s; end it or try again", holder_text(.holder), .after.as_secs())]
    TimedOut {
        what: String,
        holder: Option<String>,
        after: Duration,
    },
    #[error("the lock file of {what} could not be used; check the permissions of its folder")]
    Io {
        what: String,
        #[source]
        source: std::io::Error,
    },
}

fn holder_text(holder: &Option<String>) -> String {
    holder.as_ref().map(|holder| format!(" ({holder})")).unwrap_or_default()
}
