//! What the system says that makes a look worthwhile: the computer woke, the network came back.

#[cfg(target_os = "linux")]
mod system_bus;

use accounts::Hint;
#[cfg(target_os = "linux")]
use tokio::time::{Duration, Instant, sleep_until};

/// Whoever may send on the system bus can send these signals; not more often than this they are listened to.
#[cfg(target_os = "linux")]
const PACE: Duration = Duration::from_secs(1);

/// Hints as they come. Where nobody gives any, none come; nothing is looked at in between.
#[derive(Debug)]
pub struct Hints {
    #[cfg(target_os = "linux")]
    signals: Option<system_bus::Signals>,
    #[cfg(target_os = "linux")]
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
        std::future::ready(Self {}).await
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
    #[cfg(target_os = "linux")]
    pub async fn next(&mut self) -> Option<Hint> {
        let signals = self.signals.as_mut()?;
        let hint = signals.next().await?;
        sleep_until(self.not_before).await;
        // One look answers all of them.
        signals.drain().await;
        self.not_before = Instant::now() + PACE;
        Some(hint)
    }

    /// The next hint: none.
    #[cfg(not(target_os = "linux"))]
    pub async fn next(&mut self) -> Option<Hint> {
        std::future::ready(None).await
    }
}
