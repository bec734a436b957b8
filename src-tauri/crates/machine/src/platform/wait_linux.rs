use std::io;
use std::time::Duration;

use accounts::ports::UnixMillis;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Until the computer's clock shows `pause` after `now`, or was set. The kernel wakes us once for it, where one of the runtime's timers takes
/// three wake-ups, and it counts the time that the computer sleeps.
pub(crate) async fn wait(now: UnixMillis, pause: Duration) {
    if let Err(error) = until(Duration::from_millis(now) + pause).await {
        tracing::debug!(%error, "the kernel's timer cannot be used");
        tokio::time::sleep(pause).await;
    }
}

async fn until(at: Duration) -> io::Result<()> {
    let timer = timerfd_create(TimerfdClockId::Realtime, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
    let once = Itimerspec {
        it_interval: Timespec::default(),
        it_value: at.try_into().map_err(io::Error::other)?,
    };
    timerfd_settime(
        &timer,
        TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET,
        &once,
    )?;
    #[expect(
        deprecated,
        reason = "what it may be called with is our own descriptor; its successor needs unsafe code to say so"
    )]
    let timer = AsyncFd::with_interest(timer, Interest::READABLE)?;
    timer.readable().await.map(drop)
}
