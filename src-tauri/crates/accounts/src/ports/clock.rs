use async_trait::async_trait;

/// Milliseconds since the epoch on the wall clock.
pub type UnixMillis = u64;

/// The one clock.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The wall clock now.
    fn now(&self) -> UnixMillis;

    /// Returns at that time, or earlier: after 30 s at the latest, so that a clock that was set or a computer that slept
    /// is noticed. The caller looks at the clock again.
    async fn wait_until(&self, at: UnixMillis);
}
