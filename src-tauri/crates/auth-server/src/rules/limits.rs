//! Limits: so many uses within any stretch of time, kept in the storage so that all servers on it count together.

use auth_core::models::Timestamp;
use auth_core::storage::LimitRecord;

use super::{AuthError, AuthService};

const HOUR: u32 = 3_600;
/// Uses that lie closer together than this part of the window are counted as one moment, the later one, so that a record
/// stays small whatever the limit is.
const PARTS: u64 = 64;

/// So many uses in so many seconds.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub uses: u32,
    pub seconds: u32,
}

impl Limit {
    /// So many an hour.
    pub fn hourly(uses: u32) -> Self {
        Self { uses, seconds: HOUR }
    }

    /// One in so many seconds; none where the seconds are 0.
    pub fn every(seconds: u32) -> Self {
        Self {
            uses: u32::from(seconds > 0),
            seconds,
        }
    }

    fn window_millis(self) -> u64 {
        u64::from(self.seconds) * 1_000
    }

    /// Counts one more use, or says in how many seconds there is room for one.
    fn take(self, uses: &mut Vec<(u64, u32)>, now: Timestamp) -> Result<(), u64> {
        let (window, now) = (self.window_millis(), now.as_millis());
        bring_back(uses, now);
        uses.retain(|(at, _)| at + window > now);
        let mut total: u64 = uses.iter().map(|(_, count)| u64::from(*count)).sum();
        if total < u64::from(self.uses) {
            let part = (window / PARTS).max(1);
            match uses.last_mut() {
                Some((at, count)) if *at / part == now / part => (*at, *count) = (now, *count + 1),
                _ => uses.push((now, 1)),
            }
            return Ok(());
        }
        let mut free_at = now + 1;
        for (at, count) in uses.iter() {
            free_at = at + window;
            total -= u64::from(*count);
            if total < u64::from(self.uses) {
                break;
            }
        }
        Err((free_at - now).div_ceil(1_000))
    }
}

/// Uses that lie ahead, since the clock was set back, count as of now: nobody is to wait for as long as that was, too. Says
/// whether there were any.
fn bring_back(uses: &mut [(u64, u32)], now: u64) -> bool {
    let mut any = false;
    for (at, _) in uses {
        any |= now < *at;
        *at = now.min(*at);
    }
    any
}

impl AuthService {
    /// Refuses whoever has used the limit up, and counts nothing.
    pub(super) async fn check(&self, name: &str, holder: &str, limit: Limit) -> Result<(), AuthError> {
        if limit.uses == 0 {
            return Ok(());
        }
        let id = format!("{name}/{holder}");
        let stored = self.store.get::<LimitRecord>(&id).await?;
        let mut uses = stored.map(|stored| stored.record.uses).unwrap_or_default();
        let now = self.now();
        let ahead = bring_back(&mut uses, now.as_millis());
        let Err(retry_after) = limit.take(&mut uses, now) else {
            return Ok(());
        };
        if ahead {
            self.store_brought_back(&id, limit).await?;
        }
        Err(AuthError::RateLimited { retry_after })
    }

    /// Counts a use of the limit by whoever `holder` names.
    pub(super) async fn take(&self, name: &str, holder: &str, limit: Limit) -> Result<(), AuthError> {
        if limit.uses == 0 {
            return Ok(());
        }
        let id = format!("{name}/{holder}");
        let mut ahead = false;
        let taken = self.store.put(&id, |before: Option<LimitRecord>| {
            let now = self.now();
            let mut uses = before.map(|record| record.uses).unwrap_or_default();
            ahead = bring_back(&mut uses, now.as_millis());
            limit
                .take(&mut uses, now)
                .map_err(|retry_after| AuthError::RateLimited { retry_after })?;
            Ok(record(&id, uses, limit, now))
        });
        match taken.await {
            Err(refused @ AuthError::RateLimited { .. }) if ahead => {
                self.store_brought_back(&id, limit).await?;
                Err(refused)
            }
            taken => taken.map(drop),
        }
    }

    /// Whoever is refused by uses that lay ahead waits from now on, and not anew with each try.
    async fn store_brought_back(&self, id: &str, limit: Limit) -> Result<(), AuthError> {
        let stored = self.store.put(id, |before: Option<LimitRecord>| {
            let now = self.now();
            let mut uses = before.map(|record| record.uses).unwrap_or_default();
            bring_back(&mut uses, now.as_millis());
            Ok::<_, AuthError>(record(id, uses, limit, now))
        });
        stored.await.map(drop)
    }
}

fn record(id: &str, uses: Vec<(u64, u32)>, limit: Limit, now: Timestamp) -> LimitRecord {
    LimitRecord {
        id: id.to_owned(),
        uses,
        expires: now.plus_seconds(u64::from(limit.seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(1_790_000_000 + seconds)
    }

    #[test]
    fn one_a_minute_frees_after_exactly_a_minute() {
        let (limit, mut uses) = (Limit::every(60), Vec::new());
        assert_eq!(limit.take(&mut uses, at(0)), Ok(()));
        assert_eq!(limit.take(&mut uses, at(1)), Err(59));
        assert_eq!(limit.take(&mut uses, at(59)), Err(1));
        assert_eq!(limit.take(&mut uses, at(60)), Ok(()));
    }

    #[test]
    fn five_an_hour_holds_in_every_hour() {
        let (limit, mut uses) = (Limit::hourly(5), Vec::new());
        for minute in [0, 10, 20, 30, 40] {
            assert_eq!(limit.take(&mut uses, at(minute * 60)), Ok(()));
        }
        assert_eq!(limit.take(&mut uses, at(50 * 60)), Err(600));
        assert_eq!(limit.take(&mut uses, at(60 * 60)), Ok(()));
        assert_eq!(limit.take(&mut uses, at(60 * 60)), Err(600));
    }

    #[test]
    fn a_large_limit_keeps_a_small_record_and_is_never_exceeded() {
        let (limit, mut uses) = (Limit::hourly(1_000), Vec::new());
        let mut moments = Vec::new();
        for second in 0..3 * 3_600 {
            if limit.take(&mut uses, at(second)).is_ok() {
                moments.push(second);
            }
        }
        assert!(uses.len() <= 66, "{}", uses.len());
        for end in 3_600..3 * 3_600 {
            let within = moments.iter().filter(|at| **at > end - 3_600 && **at <= end).count();
            assert!(within <= 1_000, "{within} before {end}");
        }
        assert!(moments.len() > 2_500, "{}", moments.len());
    }

    #[test]
    fn a_clock_that_went_back_does_not_break_the_count() {
        let (limit, mut uses) = (Limit::hourly(2), Vec::new());
        assert_eq!(limit.take(&mut uses, at(100)), Ok(()));
        assert_eq!(limit.take(&mut uses, at(50)), Ok(()));
        assert_eq!(limit.take(&mut uses, at(50)), Err(3_600));
    }

    #[test]
    fn a_clock_that_was_set_back_by_days_makes_nobody_wait_for_longer_than_the_window() {
        let (limit, mut uses) = (Limit::hourly(2), Vec::new());
        let days = 3 * 86_400;
        for second in [0, 1_800] {
            assert_eq!(limit.take(&mut uses, at(days + second)), Ok(()));
        }
        assert_eq!(limit.take(&mut uses, at(0)), Err(3_600));
        assert_eq!(limit.take(&mut uses, at(3_599)), Err(1));
        assert_eq!(limit.take(&mut uses, at(3_600)), Ok(()));
    }
}
