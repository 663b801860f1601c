//! Sizes and durations as people write them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;

/// A number of bytes, such as `128MiB`; without a unit bytes are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

impl Size {
    /// So many mebibytes.
    pub(crate) const fn mib(count: u64) -> Size {
        Size(count * MIB)
    }

    /// As a number of bytes in memory.
    pub(crate) fn in_memory(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Size, String> {
        let invalid = || format!("'{text}' is no size; write for example 128MiB");
        let text = text.trim();
        let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
        let count: u64 = text[..digits].parse().map_err(|_| invalid())?;
        let unit = match text[digits..].trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "k" | "kib" => KIB,
            "m" | "mib" => MIB,
            "g" | "gib" => GIB,
            "kb" => 1_000,
            "mb" => 1_000_000,
            "gb" => 1_000_000_000,
            _ => return Err(invalid()),
        };
        count.checked_mul(unit).map(Size).ok_or_else(invalid)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, name) in [(GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")] {
            if self.0 >= unit && self.0.is_multiple_of(unit) {
                return write!(f, "{}{name}", self.0 / unit);
            }
        }
        write!(f, "{}", self.0)
    }
}

/// A duration in whole seconds, such as `15m`; without a unit seconds are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seconds(pub(crate) u64);

impl Seconds {
    /// As a duration.
    pub(crate) const fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Seconds, String> {
        let invalid = || format!("'{text}' is no duration; write for example 90s, 15m, 12h or 7d");
        let text = text.trim();
        let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
        let count: u64 = text[..digits].parse().map_err(|_| invalid())?;
        let unit = match text[digits..].trim() {
            "" | "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return Err(invalid()),
        };
        count
            .checked_mul(unit)
            .filter(|seconds| i64::try_from(*seconds).is_ok())
            .map(Seconds)
            .ok_or_else(invalid)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, name) in [(86_400, "d"), (3_600, "h"), (60, "m")] {
            if self.0 >= unit && self.0.is_multiple_of(unit) {
                return write!(f, "{}{name}", self.0 / unit);
            }
        }
        write!(f, "{}s", self.0)
    }
}

macro_rules! as_text_or_number {
    ($type:ident) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                struct TextOrNumber;
                impl Visitor<'_> for TextOrNumber {
                    type Value = $type;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a number, or text of a number and a unit")
                    }

                    fn visit_i64<E: Error>(self, number: i64) -> Result<$type, E> {
                        u64::try_from(number)
                            .map($type)
                            .map_err(|_| E::custom("the number must not be negative"))
                    }

                    fn visit_str<E: Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_any(TextOrNumber)
            }
        }
    };
}

as_text_or_number!(Size);
as_text_or_number!(Seconds);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes, shown) in [
            ("0", 0, "0"),
            ("1000", 1000, "1000"),
            ("64KiB", 65_536, "64KiB"),
            ("128 mib", 134_217_728, "128MiB"),
            ("2G", 2 * GIB, "2GiB"),
            ("1536M", 1536 * MIB, "1536MiB"),
            ("5MB", 5_000_000, "5000000"),
        ] {
            let size: Size = text.parse().unwrap();
            assert_eq!((size.0, size.to_string().as_str()), (bytes, shown), "{text}");
            assert_eq!(shown.parse::<Size>().unwrap(), size);
        }
        for text in [
            "",
            "MiB",
            "-1",
            "1.5G",
            "5 apples",
            "99999999999999999999",
            "18446744073709551615K",
        ] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }

    #[test]
    fn durations() {
        for (text, seconds, shown) in [
            ("90", 90, "90s"),
            ("15m", 900, "15m"),
            ("36h", 129_600, "36h"),
            ("7d", 604_800, "7d"),
        ] {
            let duration: Seconds = text.parse().unwrap();
            assert_eq!((duration.0, duration.to_string().as_str()), (seconds, shown), "{text}");
        }
        for text in ["", "m", "5y", "-5s", "18446744073709551615d"] {
            assert!(text.parse::<Seconds>().is_err(), "{text}");
        }
    }
}
