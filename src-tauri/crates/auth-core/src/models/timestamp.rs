use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

/// A moment in UTC, to the millisecond; on the wire `2026-01-31T09:30:00.000Z`.
///
/// The text has a fixed width, so that texts compare as the moments do: storage engines may sort and sweep by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

/// Why a text is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    #[error("this is not a date; it should look like 2026-01-31T09:30:00.000Z")]
    Malformed,
    #[error("the date lies before 1970 or after the year 9999")]
    OutOfRange,
}

impl Timestamp {
    /// The last millisecond of the year 9999; later moments are cut to it.
    const LAST: u64 = 253_402_300_799_999;

    /// A moment by its milliseconds since the epoch.
    pub fn from_millis(millis: u64) -> Self {
        Self(millis.min(Self::LAST))
    }

    /// A moment by its whole seconds since the epoch.
    pub fn from_seconds(seconds: u64) -> Self {
        Self::from_millis(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub fn as_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub fn as_seconds(self) -> u64 {
        self.0 / 1000
    }

    /// That many seconds later.
    #[must_use]
    pub fn plus_seconds(self, seconds: u64) -> Self {
        Self::from_millis(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// That many seconds earlier, not before the epoch.
    #[must_use]
    pub fn minus_seconds(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds.saturating_mul(1000)))
    }

    /// Milliseconds since an earlier moment; 0 where it is not earlier.
    pub fn millis_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whole seconds until a later moment, rounded up; 0 where it is not later.
    pub fn seconds_until(self, later: Self) -> u64 {
        later.millis_since(self).div_ceil(1000)
    }

    /// Reads RFC 3339 text of any offset and precision.
    ///
    /// # Errors
    /// [`TimestampError`].
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        let date = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| TimestampError::Malformed)?;
        u64::try_from(date.unix_timestamp_nanos() / 1_000_000)
            .ok()
            .filter(|millis| *millis <= Self::LAST)
            .map(Self)
            .ok_or(TimestampError::OutOfRange)
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
        let date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .map_err(|_| std::fmt::Error)?
            .to_offset(UtcOffset::UTC);
        f.write_str(&date.format(format).map_err(|_| std::fmt::Error)?)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_a_fixed_width_and_compare_as_the_moments_do() {
        let texts: Vec<String> = [0, 999, 1_000, 1_790_000_000_000, u64::MAX]
            .map(|millis| Timestamp::from_millis(millis).to_string())
            .into();
        assert_eq!(texts[0], "1970-01-01T00:00:00.000Z");
        assert_eq!(texts[4], "9999-12-31T23:59:59.999Z");
        assert!(texts.is_sorted() && texts.iter().all(|text| text.len() == 24));
        for text in texts {
            assert_eq!(Timestamp::parse(&text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn offsets_and_other_precisions_are_read() {
        let moment = Timestamp::parse("2026-01-31T09:30:00.5Z").unwrap();
        assert_eq!(Timestamp::parse("2026-01-31T11:30:00.500000+02:00"), Ok(moment));
        assert_eq!(Timestamp::parse("yesterday"), Err(TimestampError::Malformed));
        assert_eq!(
            Timestamp::parse("1969-12-31T23:59:59Z"),
            Err(TimestampError::OutOfRange)
        );
    }

    #[test]
    fn waiting_times_are_rounded_up() {
        let now = Timestamp::from_millis(1_500);
        assert_eq!(now.seconds_until(Timestamp::from_millis(2_501)), 2);
        assert_eq!(now.seconds_until(Timestamp::from_millis(1_000)), 0);
    }
}
