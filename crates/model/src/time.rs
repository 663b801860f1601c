//! Instants as they travel over the wire.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A UTC instant with nanosecond precision.
///
/// Written as ISO-8601 with `Z` and a fraction of 0, 3, 6 or 9 digits. Read from ISO-8601 with `Z` or a numeric
/// offset, or from a number of seconds since the epoch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

/// The text is not an instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read an instant from '{0}'")]
pub struct ParseTimestampError(pub String);

impl Timestamp {
    /// 1970-01-01T00:00:00Z, the start time of a row that so far only an update has written.
    pub const EPOCH: Timestamp = Timestamp(jiff::Timestamp::UNIX_EPOCH);

    /// The first instant whose count of nanoseconds does not fit in 64 bits: upper bound (exclusive) of start and
    /// end times.
    pub const MAX_EVENT_NANOS: i64 = 9_223_372_036_000_000_000;

    /// The current instant, with the clock's precision.
    pub fn now() -> Timestamp {
        Timestamp(jiff::Timestamp::now())
    }

    /// An instant from nanoseconds since the epoch.
    pub fn from_nanos(nanos: i64) -> Timestamp {
        Timestamp(jiff::Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or(jiff::Timestamp::MAX))
    }

    /// An instant from microseconds since the epoch; clamped to the years -9999 to 9999.
    pub fn from_micros(micros: i64) -> Timestamp {
        Timestamp(jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX))
    }

    /// An instant from milliseconds since the epoch; clamped to the years -9999 to 9999.
    pub fn from_millis(millis: i64) -> Timestamp {
        Timestamp(jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX))
    }

    /// Nanoseconds since the epoch, clamped to what 64 bits hold (about ±292 years).
    pub fn as_nanos(self) -> i64 {
        let nanos = self.0.as_nanosecond();
        i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
    }

    /// Whole microseconds since the epoch, rounded down.
    pub fn as_micros(self) -> i64 {
        i64::try_from(self.0.as_nanosecond().div_euclid(1_000)).unwrap_or(i64::MAX)
    }

    /// Whole milliseconds since the epoch, rounded down.
    pub fn as_millis(self) -> i64 {
        i64::try_from(self.0.as_nanosecond().div_euclid(1_000_000)).unwrap_or(i64::MAX)
    }

    /// Whether this is the mark of a partial row, see [`Timestamp::EPOCH`].
    pub fn is_epoch(self) -> bool {
        self == Self::EPOCH
    }

    /// The instant cut to whole microseconds.
    pub fn truncate_to_micros(self) -> Timestamp {
        Timestamp::from_micros(self.as_micros())
    }

    /// Reads ISO-8601 text with a zone (`Z` or a numeric offset; a space before the offset counts as `+`).
    ///
    /// # Errors
    /// Any other text, in particular one without a zone.
    pub fn parse(text: &str) -> Result<Timestamp, ParseTimestampError> {
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Ok(Timestamp(instant));
        }
        if let Some((date_time, offset)) = text.rsplit_once(' ')
            && offset.contains(':')
            && date_time.contains('T')
            && let Ok(instant) = format!("{date_time}+{offset}").parse::<jiff::Timestamp>()
        {
            return Ok(Timestamp(instant));
        }
        Err(ParseTimestampError(text.to_owned()))
    }

    /// Reads the text of an instant query parameter: ISO-8601 or milliseconds since the epoch.
    ///
    /// # Errors
    /// Text that is neither.
    pub fn parse_iso_or_millis(text: &str) -> Result<Timestamp, ParseTimestampError> {
        if let Ok(millis) = text.parse::<i64>() {
            return jiff::Timestamp::from_millisecond(millis)
                .map(Timestamp)
                .map_err(|_| ParseTimestampError(text.to_owned()));
        }
        Timestamp::parse(text)
    }

    /// Present-day doubles are about 0.24 µs apart, so digits below the microsecond would be noise.
    fn from_seconds(seconds: f64) -> Option<Timestamp> {
        let micros = (seconds * 1e6).round();
        if !micros.is_finite() || micros.abs() > 2.5e17 {
            return None;
        }
        let micros = micros as i64;
        jiff::Timestamp::from_microsecond(micros).ok().map(Timestamp)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanosecond().rem_euclid(1_000_000_000);
        let digits = match nanos {
            0 => 0,
            n if n % 1_000_000 == 0 => 3,
            n if n % 1_000 == 0 => 6,
            _ => 9,
        };
        if digits == 0 {
            write!(f, "{:.0}", self.0)
        } else {
            write!(f, "{:.*}", digits, self.0)
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Timestamp::parse(text)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Timestamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an ISO-8601 instant with a zone")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Timestamp, E> {
                Timestamp::parse(text).map_err(|_| {
                    E::custom(format_args!(
                        "Cannot deserialize value of type `Instant` from String \"{text}\""
                    ))
                })
            }

            fn visit_i64<E: serde::de::Error>(self, seconds: i64) -> Result<Timestamp, E> {
                self.visit_f64(seconds as f64)
            }

            fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<Timestamp, E> {
                self.visit_f64(seconds as f64)
            }

            fn visit_f64<E: serde::de::Error>(self, seconds: f64) -> Result<Timestamp, E> {
                Timestamp::from_seconds(seconds)
                    .ok_or_else(|| E::custom(format_args!("Cannot deserialize an instant from the number {seconds}")))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(
                utoipa::openapi::KnownFormat::DateTime,
            )))
            .into()
    }
}

impl utoipa::ToSchema for Timestamp {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fraction_has_0_3_6_or_9_digits() {
        for (nanos, text) in [
            (0, "2026-01-02T03:04:05Z"),
            (120_000_000, "2026-01-02T03:04:05.120Z"),
            (120_300_000, "2026-01-02T03:04:05.120300Z"),
            (120_300_400, "2026-01-02T03:04:05.120300400Z"),
        ] {
            let base: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
            assert_eq!(Timestamp::from_nanos(base.as_nanos() + nanos).to_string(), text);
        }
    }

    #[test]
    fn reads_offsets_and_epoch_seconds_but_no_local_time() {
        let expected: Timestamp = "2026-01-02T01:04:05Z".parse().unwrap();
        assert_eq!("2026-01-02T03:04:05+02:00".parse::<Timestamp>().unwrap(), expected);
        assert_eq!("2026-01-02T03:04:05 02:00".parse::<Timestamp>().unwrap(), expected);
        assert!("2026-01-02T03:04:05".parse::<Timestamp>().is_err());
        assert_eq!(
            serde_json::from_str::<Timestamp>("1.5").unwrap(),
            Timestamp::from_millis(1_500)
        );
        let present_day = serde_json::from_str::<Timestamp>("1767323045.25").unwrap();
        assert_eq!(present_day.to_string(), "2026-01-02T03:04:05.250Z");
        assert!(serde_json::from_str::<Timestamp>("1e300").is_err());
        assert_eq!(
            Timestamp::parse_iso_or_millis("1500").unwrap(),
            Timestamp::from_millis(1_500)
        );
    }
}
