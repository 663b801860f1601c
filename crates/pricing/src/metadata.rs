//! What a span's metadata may say about its model and its cost.

use std::borrow::Cow;
use std::fmt;

use memchr::memmem;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::SpanCost;

/// The cost stated by `metadata.cost`, an object `{"total_cost": <number>, "currency": "USD"}`.
///
/// `metadata` is JSON text. `None` when the text states no cost above 0 in exactly that currency; text that is not
/// a JSON object states none.
#[must_use]
pub fn metadata_cost(metadata: &str) -> Option<SpanCost> {
    // Most metadata has no cost: searching the text is far cheaper than parsing it.
    if !mentions(metadata, "\"cost\"") || !mentions(metadata, "\"USD\"") {
        return None;
    }
    let fields: Fields<'_> = serde_json::from_str(metadata).ok()?;
    let cost: CostFields<'_> = serde_json::from_str(fields.cost?.get()).ok()?;
    let currency: Cow<'_, str> = serde_json::from_str::<Text<'_>>(cost.currency?.get()).ok()?.0;
    if currency != "USD" {
        return None;
    }
    SpanCost::computed(json_number(cost.total_cost?.get())?)
}

/// The model named by `metadata.model`, when it is a string that is not blank.
pub(crate) fn metadata_model(metadata: &str) -> Option<Cow<'_, str>> {
    if !mentions(metadata, "\"model\"") {
        return None;
    }
    let fields: Fields<'_> = serde_json::from_str(metadata).ok()?;
    let model = serde_json::from_str::<Text<'_>>(fields.model?.get()).ok()?.0;
    (!model.trim().is_empty()).then_some(model)
}

fn mentions(metadata: &str, key: &str) -> bool {
    memmem::find(metadata.as_bytes(), key.as_bytes()).is_some()
}

/// The number a JSON token stands for; `None` for any other kind of token and for numbers out of range.
fn json_number(token: &str) -> Option<Decimal> {
    if !token.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return None;
    }
    token.parse().or_else(|_| Decimal::from_scientific(token)).ok()
}

/// A JSON string, borrowed from the text unless it holds escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Declares an object of which a few fields are kept as raw text and all others skipped. Unlike a derived struct it
/// accepts repeated keys (the last one counts) and any kind of value.
macro_rules! raw_fields {
    ($name:ident { $($field:ident),+ }) => {
        #[derive(Default)]
        struct $name<'a> {
            $($field: Option<&'a RawValue>),+
        }

        impl<'de> Deserialize<'de> for $name<'de> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct ObjectVisitor;

                impl<'de> Visitor<'de> for ObjectVisitor {
                    type Value = $name<'de>;

                    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                        formatter.write_str("a JSON object")
                    }

                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                        let mut fields = $name::default();
                        while let Some(Text(key)) = map.next_key()? {
                            match key.as_ref() {
                                $(stringify!($field) => fields.$field = Some(map.next_value()?),)+
                                _ => {
                                    map.next_value::<IgnoredAny>()?;
                                }
                            }
                        }
                        Ok(fields)
                    }
                }

                deserializer.deserialize_map(ObjectVisitor)
            }
        }
    };
}

raw_fields!(Fields { model, cost });
raw_fields!(CostFields { total_cost, currency });

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cost(metadata: &str) -> Option<String> {
        metadata_cost(metadata).map(|cost| {
            assert_eq!(cost.version, "1.1");
            cost.amount.to_string()
        })
    }

    #[test]
    fn a_cost_in_usd_is_taken() {
        assert_eq!(
            cost(r#"{"cost":{"total_cost":0.25,"currency":"USD"}}"#).as_deref(),
            Some("0.25")
        );
        assert_eq!(
            cost(r#"{"a":[{"b":1}],"cost":{"currency":"USD","x":{},"total_cost":3}}"#).as_deref(),
            Some("3")
        );
        assert_eq!(
            cost(r#"{"cost":{"total_cost":1.5e-05,"currency":"USD"}}"#).as_deref(),
            Some("0.000015")
        );
        assert_eq!(
            cost(r#"{"cost":{"total_cost":2E+2,"currency":"USD"}}"#).as_deref(),
            Some("200")
        );
        let long = r#"{"cost":{"total_cost":0.12345678901234567890123456789012345,"currency":"USD"}}"#;
        assert_eq!(cost(long).as_deref(), Some("0.123456789012"));
    }

    #[test]
    fn anything_else_is_no_cost() {
        for metadata in [
            "",
            "null",
            "[]",
            "not json \"cost\" \"USD\"",
            r#"["cost","USD"]"#,
            r#"{"cost":1,"currency":"USD"}"#,
            r#"{"cost":null,"x":"USD"}"#,
            r#"{"cost":{"total_cost":1,"currency":"EUR"},"x":"USD"}"#,
            r#"{"cost":{"total_cost":1,"currency":"usd"},"x":"USD"}"#,
            r#"{"cost":{"total_cost":1},"x":"USD"}"#,
            r#"{"cost":{"total_cost":1,"currency":["USD"]}}"#,
            r#"{"cost":{"total_cost":"1","currency":"USD"}}"#,
            r#"{"cost":{"total_cost":null,"currency":"USD"}}"#,
            r#"{"cost":{"total_cost":0,"currency":"USD"}}"#,
            r#"{"cost":{"total_cost":-1,"currency":"USD"}}"#,
            r#"{"cost":{"total_cost":1e400,"currency":"USD"}}"#,
            r#"{"cost":{"total_cost":1e-40,"currency":"USD"}}"#,
            r#"{"deeper":{"cost":{"total_cost":1,"currency":"USD"}}}"#,
        ] {
            assert_eq!(metadata_cost(metadata), None, "{metadata}");
        }
    }

    #[test]
    fn the_last_of_repeated_keys_counts() {
        assert_eq!(
            cost(r#"{"cost":7,"cost":{"total_cost":1,"total_cost":2,"currency":"USD"}}"#).as_deref(),
            Some("2")
        );
    }

    #[test]
    fn the_model_must_be_a_string() {
        assert_eq!(metadata_model(r#"{"model":"gpt-4o","x":1}"#).as_deref(), Some("gpt-4o"));
        assert_eq!(metadata_model(r#"{"model":"gpt\u002d4o"}"#).as_deref(), Some("gpt-4o"));
        for metadata in [
            r#"{"model":5}"#,
            r#"{"model":null}"#,
            r#"{"model":"  "}"#,
            r#"{"model":{"name":"x"}}"#,
            r#"{"x":{"model":"gpt-4o"}}"#,
            r#"{"x":"model"}"#,
            r#"{"model":"gpt-4o""#,
        ] {
            assert_eq!(metadata_model(metadata), None, "{metadata}");
        }
    }

    proptest! {
        #[test]
        fn any_number_or_junk_is_survived(token in r#"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,5})?|\PC{0,12}"#) {
            let metadata = format!(r#"{{"model":{token},"cost":{{"total_cost":{token},"currency":"USD"}}}}"#);
            if let Some(cost) = metadata_cost(&metadata) {
                prop_assert!(cost.amount > Decimal::ZERO);
                prop_assert!(cost.amount.scale() <= crate::COST_SCALE);
            }
            let _ = metadata_model(&metadata);
        }
    }
}
