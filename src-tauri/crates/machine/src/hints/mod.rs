//! What the system says that makes a look worthwhile: the computer woke, the network came back.

#[cfg(target_os = "linux")]
mod system_bus;

use std::time::Duration;

use accounts::Hint;
use tokio::time::{Instant, sleep_until};

/// Whoever may send on the system bus can send these signals; not more often than this they are listened to.
const PACE: Duration = Duration::from_secs(1);

/// Hints as they come. Where nobody gives any, none come; nothing is looked at in between.
#[derive(Debug)]
pub struct Hints {
    #[cfg(target_os = "linux")]
    signals: Option<system_bus::Signals>,
    not_before: Instant,
}

impl Hints {
    /// Listens on the system bus. That there is none is fine.
    #[cfg(target_os = "linux")]
    pub async fn listen() -> Self {
        Self::of(system_bus::Signals::system().await)
    }

    /// Nobody is listened to on these systems: a sleep is noticed by the clock.
    #[cfg(not(target_os = "linux"))]
    pub async fn listen() -> Self {
        std::future::ready(Self {
            not_before: Instant::now(),
        })
        .await
    }

    /// Listens on the bus at that address.
    #[cfg(target_os = "linux")]
    pub async fn listen_at(address: &str) -> Self {
        Self::of(system_bus::Signals::at(address).await)
    }

    #[cfg(target_os = "linux")]
    fn of(signals: zbus::Result<system_bus::Signals>) -> Self {
        if let Err(error) = &signals {
            tracing::debug!(%error, "no system bus tells of sleep and network");
        }
        Self {
            signals: signals.ok(),
            not_before: Instant::now(),
        }
    }

    /// The next hint; `None` where no more can come.
    pub async fn next(&mut self) -> Option<Hint> {
        #[cfg(target_os = "linux")]
        let hint = self.signals.as_mut()?.next().await?;
        #[cfg(not(target_os = "linux"))]
        let hint: Hint = None?;
        sleep_until(self.not_before).await;
        self.not_before = Instant::now() + PACE;
        Some(hint)
    }
}
