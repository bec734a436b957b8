use std::time::{Duration, SystemTime, UNIX_EPOCH};

use accounts::ports::{Clock, UnixMillis};
use async_trait::async_trait;

use crate::platform;

/// Some timers stand still while a computer sleeps and know nothing of a clock that is set: this often it is looked at again.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The computer's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// The minute of the day that a person's clock shows, 0 to 1439. A time that no calendar holds is midnight.
#[must_use]
pub fn minute_of_day(now: UnixMillis) -> u16 {
    let local = i64::try_from(now)
        .ok()
        .and_then(|now| jiff::Timestamp::from_millisecond(now).ok());
    let local = local.map(|now| jiff::tz::TimeZone::system().to_datetime(now));
    local.map_or(0, |local| {
        u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs())
    })
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> UnixMillis {
        // A clock before 1970 is one that was never set.
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_millis() as u64)
    }

    async fn wait_until(&self, at: UnixMillis) {
        let now = self.now();
        if at > now {
            platform::wait(now, pause(now, at)).await;
        }
    }
}

fn pause(now: UnixMillis, at: UnixMillis) -> Duration {
    Duration::from_millis(at.saturating_sub(now)).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_1440_minutes_wherever_one_is() {
        let now = 1_790_000_000_000;
        let minute = minute_of_day(now);
        assert!(minute < 1440);
        assert_eq!(minute_of_day(now + 60_000), (minute + 1) % 1440);
        assert_eq!(minute_of_day(u64::MAX), 0);
    }

    #[test]
    fn a_wait_is_cut_at_half_a_minute() {
        assert_eq!(pause(1_000, 4_000), Duration::from_secs(3));
        assert_eq!(pause(4_000, 1_000), Duration::ZERO);
        assert_eq!(pause(0, 86_400_000), LONGEST_WAIT);
    }

    #[tokio::test]
    async fn a_wait_ends_when_its_time_has_come() {
        let clock = SystemClock;
        assert!(clock.now() > 1_700_000_000_000);
        for ahead in [0, 1, 60] {
            let at = clock.now() + ahead;
            clock.wait_until(at).await;
            assert!(clock.now() >= at);
        }
        let long_ago = tokio::time::timeout(Duration::from_secs(5), clock.wait_until(7)).await;
        assert!(long_ago.is_ok());
        let one_of_many_hours = clock.wait_until(clock.now() + 86_400_000);
        let cut_off = tokio::time::timeout(Duration::from_millis(100), one_of_many_hours).await;
        assert!(cut_off.is_err(), "it did not wait");
    }
}
