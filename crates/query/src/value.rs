//! Numbers: the value of a condition and the value of a record.

use std::cmp::Ordering;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

/// The number of a condition, exact and as a double.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number {
    /// The exact value; beyond ±7.9e28 the nearest end of the type's range.
    pub decimal: Decimal,
    /// The same as a double.
    pub float: f64,
}

impl Number {
    /// Reads a decimal number with optional sign, fraction and exponent.
    pub fn parse(text: &str) -> Option<Number> {
        let text = text.trim();
        let is_number_byte = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
        if !text.bytes().all(is_number_byte) {
            return None;
        }
        let float: f64 = text.parse().ok()?;
        let decimal =
            ferropik_model::decimal::parse(text).unwrap_or(if float < 0.0 { Decimal::MIN } else { Decimal::MAX });
        Some(Number { decimal, float })
    }

    /// The number without the digits after the first `digits` behind the point.
    pub fn truncated(self, digits: u32) -> Number {
        let decimal = self.decimal.round_dp_with_strategy(digits, RoundingStrategy::ToZero);
        if decimal == self.decimal {
            return self;
        }
        Number {
            decimal,
            float: decimal.to_f64().unwrap_or(self.float),
        }
    }
}

/// The number of a record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NumberValue {
    /// A count.
    Integer(i64),
    /// A double.
    Real(f64),
    /// An exact decimal.
    Decimal(Decimal),
}

impl NumberValue {
    /// How the value orders against a condition's number: exactly, or as doubles when the value is one.
    pub fn compare(self, other: &Number) -> Option<Ordering> {
        match self {
            NumberValue::Integer(value) => Some(Decimal::from(value).cmp(&other.decimal)),
            NumberValue::Decimal(value) => Some(value.cmp(&other.decimal)),
            NumberValue::Real(value) => value.partial_cmp(&other.float),
        }
    }

    /// The value as a double.
    pub fn to_f64(self) -> f64 {
        match self {
            // Counts beyond 2^53 lose digits, which only sorting and comparing with doubles see.
            NumberValue::Integer(value) => value as f64,
            NumberValue::Real(value) => value,
            NumberValue::Decimal(value) => value.to_f64().unwrap_or(f64::NAN),
        }
    }

    /// The order among values of records.
    pub fn order(self, other: NumberValue) -> Ordering {
        match (self, other) {
            (NumberValue::Integer(a), NumberValue::Integer(b)) => a.cmp(&b),
            (NumberValue::Decimal(a), NumberValue::Decimal(b)) => a.cmp(&b),
            (NumberValue::Integer(a), NumberValue::Decimal(b)) => Decimal::from(a).cmp(&b),
            (NumberValue::Decimal(a), NumberValue::Integer(b)) => a.cmp(&Decimal::from(b)),
            (a, b) => a.to_f64().total_cmp(&b.to_f64()),
        }
    }
}

/// A value inside JSON in the order in which sorting has it: numbers come before texts.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub enum JsonValue {
    /// A number; never NaN.
    Number(f64),
    /// A text, in byte order.
    Text(String),
}

impl JsonValue {
    /// The order among values.
    pub fn order(&self, other: &JsonValue) -> Ordering {
        self.partial_cmp(other).unwrap_or(Ordering::Equal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers() {
        for (text, float) in [
            ("1", 1.0),
            ("-2.50", -2.5),
            (" 3 ", 3.0),
            ("1e3", 1000.0),
            ("+4", 4.0),
            (".5", 0.5),
        ] {
            assert_eq!(Number::parse(text).expect("valid text").float, float, "{text}");
        }
        for text in ["", "x", "1_000", "NaN", "inf", "1,5", "\"1\"", "--1", "1e"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
        assert_eq!(Number::parse("1e40").expect("valid text").decimal, Decimal::MAX);
        assert_eq!(Number::parse("-1e40").expect("valid text").decimal, Decimal::MIN);
        assert_eq!(Number::parse("1e-40").expect("valid text").decimal, Decimal::ZERO);
    }

    #[test]
    fn compares_exactly() {
        let number = Number::parse("0.1").expect("valid text");
        assert_eq!(
            NumberValue::Decimal(Decimal::new(1, 1)).compare(&number),
            Some(Ordering::Equal)
        );
        assert_eq!(NumberValue::Real(0.1).compare(&number), Some(Ordering::Equal));
        assert_eq!(NumberValue::Real(f64::NAN).compare(&number), None);
        assert_eq!(NumberValue::Integer(0).compare(&number), Some(Ordering::Less));
        let long = Number::parse("0.1234567899").expect("valid text").truncated(9);
        assert_eq!(long.decimal, Decimal::new(123_456_789, 9));
        assert_eq!(long.float, 0.123_456_789);
    }

    #[test]
    fn orders_json_values() {
        let text = |text: &str| JsonValue::Text(text.to_owned());
        let sorted = [
            JsonValue::Number(-1.0),
            JsonValue::Number(9.0),
            JsonValue::Number(10.0),
            text("10"),
            text("9"),
        ];
        assert!(sorted.windows(2).all(|pair| pair[0].order(&pair[1]).is_lt()));
        assert_eq!(JsonValue::Number(-0.0).order(&JsonValue::Number(0.0)), Ordering::Equal);
    }

    #[test]
    fn orders_mixed_values() {
        assert_eq!(
            NumberValue::Integer(2).order(NumberValue::Decimal(Decimal::new(15, 1))),
            Ordering::Greater
        );
        assert_eq!(NumberValue::Real(1.5).order(NumberValue::Integer(2)), Ordering::Less);
    }
}
