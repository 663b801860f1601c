//! Exact decimals on the wire: feedback-score values (9 digits after the point) and costs (12 digits).

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// Digits after the point of a feedback-score value.
pub const SCORE_SCALE: u32 = 9;

/// Digits after the point of a cost in US dollars.
pub const COST_SCALE: u32 = 12;

/// Reads a decimal from the text of a JSON number or of a JSON string that holds one.
pub fn parse(text: &str) -> Option<Decimal> {
    let text = text.trim().trim_matches('"');
    if let Ok(value) = Decimal::from_str_exact(text) {
        return Some(value);
    }
    if let Ok(value) = text.parse::<Decimal>() {
        return Some(value);
    }
    Decimal::from_scientific(text).ok().or_else(|| {
        // Exponents below the type's scale: `1e-40` is a number, namely zero at any scale that we keep.
        let value: f64 = text.parse().ok()?;
        (value.abs() < 1e-27).then_some(Decimal::ZERO)
    })
}

/// The decimal as an integer count of `10^-scale`, digits beyond are cut off. `None` when 64 bits do not hold it.
pub fn to_scaled(value: Decimal, scale: u32) -> Option<i64> {
    let mut value = value.round_dp_with_strategy(scale, RoundingStrategy::ToZero);
    value.rescale(scale);
    if value.scale() != scale {
        return None;
    }
    i64::try_from(value.mantissa()).ok()
}

/// The inverse of [`to_scaled`], without trailing zeros.
pub fn from_scaled(value: i64, scale: u32) -> Decimal {
    Decimal::from_i128_with_scale(i128::from(value), scale).normalize()
}

/// The same for sums that may not fit in 64 bits.
pub fn from_scaled_wide(value: i128, scale: u32) -> Decimal {
    Decimal::try_from_i128_with_scale(value, scale)
        .unwrap_or(Decimal::MAX)
        .normalize()
}

/// Writes a decimal as a JSON number with all its digits.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    let text = value.normalize().to_string();
    let raw: &RawValue = serde_json::from_str(&text).map_err(serde::ser::Error::custom)?;
    raw.serialize(serializer)
}

/// [`serialize`] for an optional decimal.
///
/// # Errors
/// Those of the serializer.
pub fn serialize_option<S: Serializer>(value: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serialize(value, serializer),
        None => serializer.serialize_none(),
    }
}

/// The inverse of [`serialize`]; also reads a string that holds a number.
///
/// # Errors
/// Anything that is no number.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    WireDecimal::deserialize(deserializer).map(|value| value.0)
}

/// A decimal read from a JSON number or numeric string, for wire objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WireDecimal(pub Decimal);

impl<'de> Deserialize<'de> for WireDecimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        parse(raw.get()).map(WireDecimal).ok_or_else(|| {
            serde::de::Error::custom(format_args!(
                "Cannot deserialize value of type `BigDecimal` from {}",
                raw.get()
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaled_round_trip() {
        for text in ["0.5", "-999999999.999999999", "1e-3", "12", "\"0.25\"", "1E+2"] {
            let value = parse(text).unwrap();
            assert_eq!(
                from_scaled(to_scaled(value, SCORE_SCALE).unwrap(), SCORE_SCALE),
                value.normalize(),
                "{text}"
            );
        }
        assert_eq!(
            to_scaled(parse("0.1234567899").unwrap(), SCORE_SCALE),
            Some(123_456_789)
        );
        assert_eq!(parse("1e-60"), Some(Decimal::ZERO));
        assert_eq!(parse("true"), None);
    }
}
