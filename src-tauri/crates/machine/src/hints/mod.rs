//! What the system says that matters to sessions: the computer woke, the network came back, the computer is about to sleep.

#[cfg(target_os = "linux")]
mod system_bus;

use accounts::Hint;
#[cfg(target_os = "linux")]
use tokio::time::{Duration, Instant, sleep_until};

/// Whoever may send on the system bus can send these signals; not more often than this they make a look.
#[cfg(target_os = "linux")]
const PACE: Duration = Duration::from_secs(1);

/// What the system has said.
#[derive(Debug)]
pub enum Told {
    /// A look is worthwhile.
    Look(Hint),
    /// The computer sleeps, as soon as this is dropped or the system's patience ends (logind's is 5 s). [`Hint::Woke`] follows.
    Sleeps(SleepDelay),
}

/// Holds the sleep of the computer up for as long as it lives, if the system lets us.
#[derive(Debug)]
pub struct SleepDelay {
    #[cfg(target_os = "linux")]
    _hold: Option<system_bus::Hold>,
}

/// What is said, as it comes. Where nobody says anything, nothing comes; nothing is looked at in between.
#[derive(Debug)]
pub struct Hints {
    #[cfg(target_os = "linux")]
    signals: Option<system_bus::Signals>,
    #[cfg(target_os = "linux")]
    pending: Option<Hint>,
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
            pending: None,
            not_before: Instant::now(),
        }
    }

    /// What is said next; `None` where no more can come.
    #[cfg(target_os = "linux")]
    pub async fn next(&mut self) -> Option<Told> {
        use system_bus::Signal;

        let signals = self.signals.as_mut()?;
        loop {
            tokio::select! {
                signal = signals.next() => match signal? {
                    // It waits for nobody.
                    Signal::Sleeps => return Some(Told::Sleeps(SleepDelay { _hold: signals.take_hold() })),
                    // One look answers all that came meanwhile.
                    Signal::Woke => {
                        signals.hold_sleep().await;
                        self.pending = Some(Hint::Woke);
                    }
                    Signal::NetworkCame => _ = self.pending.get_or_insert(Hint::NetworkCame),
                },
                () = sleep_until(self.not_before), if self.pending.is_some() => {
                    self.not_before = Instant::now() + PACE;
                    return self.pending.take().map(Told::Look);
                }
            }
        }
    }

    /// What is said next: nothing.
    #[cfg(not(target_os = "linux"))]
    pub async fn next(&mut self) -> Option<Told> {
        std::future::ready(None).await
    }
}
