//! Lenient reading of wire objects.
//!
//! [`wire_object!`](crate::wire_object) declares a struct whose fields are all optional and reads it the way clients
//! expect: unknown fields are skipped, the last of two equal keys wins (serde's derive refuses the second), `null` is
//! the same as absent. The functions of this module read single fields more leniently than serde does.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::Usage;

/// Reads a key and answers its position in a list of known names, without allocating.
#[derive(Clone, Copy)]
pub struct KnownKey(pub &'static [&'static str]);

impl<'de> DeserializeSeed<'de> for KnownKey {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KnownKey {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a property name")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        // `stringify!` keeps the mark of raw identifiers such as `r#type`.
        Ok(self
            .0
            .iter()
            .position(|name| name.strip_prefix("r#").unwrap_or(name) == key))
    }
}

/// Reads the next value of a map as `Option<T>`: `null` is `None`.
///
/// # Errors
/// A value of another type.
pub fn optional<'de, A: MapAccess<'de>, T: Deserialize<'de>>(map: &mut A) -> Result<Option<T>, A::Error> {
    map.next_value::<Option<T>>()
}

/// Reads text; numbers and booleans become their JSON text, as clients that are careless about types expect.
///
/// # Errors
/// Arrays and objects.
pub fn text<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<String>, A::Error> {
    Ok(map.next_value::<Option<LenientText>>()?.map(|text| text.0))
}

/// Reads a list of text, dropping nulls and blank elements.
///
/// # Errors
/// Anything but an array of scalars.
pub fn non_blank_list<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Vec<String>>, A::Error> {
    let list = map.next_value::<Option<Vec<Option<LenientText>>>>()?;
    Ok(list.map(|list| {
        let mut kept: Vec<String> = Vec::with_capacity(list.len());
        for LenientText(text) in list.into_iter().flatten() {
            if !text.trim().is_empty() && !kept.contains(&text) {
                kept.push(text);
            }
        }
        kept
    }))
}

/// Reads a list of text; nulls become empty text so that validation can point at them.
///
/// # Errors
/// Anything but an array of scalars.
pub fn text_list<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Vec<String>>, A::Error> {
    let list = map.next_value::<Option<Vec<Option<LenientText>>>>()?;
    Ok(list.map(|list| {
        list.into_iter()
            .map(|text| text.map(|text| text.0).unwrap_or_default())
            .collect()
    }))
}

/// Reads a double; text that holds a number (also `NaN`) is read too.
///
/// # Errors
/// Anything else.
pub fn double<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<f64>, A::Error> {
    let Some(raw) = map.next_value::<Option<&RawValue>>()? else {
        return Ok(None);
    };
    let text = raw.get().trim_matches('"');
    text.parse::<f64>()
        .map(Some)
        .map_err(|_| A::Error::custom(format_args!("Cannot deserialize value of type `double` from {text}")))
}

/// Reads token usage: an object of integers. Null values are dropped, decimals are cut to their integer part.
///
/// # Errors
/// Values that are no numbers or do not fit in 64 bits.
pub fn usage<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Usage>, A::Error> {
    Ok(map.next_value::<Option<WireUsage>>()?.map(|usage| usage.0))
}

/// Reads a decimal number.
///
/// # Errors
/// Anything that is no number.
pub fn decimal<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<rust_decimal::Decimal>, A::Error> {
    Ok(map
        .next_value::<Option<crate::decimal::WireDecimal>>()?
        .map(|value| value.0))
}

/// Reads any JSON value; an explicit `null` is `None`.
///
/// # Errors
/// Malformed JSON.
pub fn json<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<crate::RawJson>, A::Error> {
    map.next_value::<Option<crate::RawJson>>()
}

struct LenientText(String);

impl<'de> Deserialize<'de> for LenientText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl Visitor<'_> for TextVisitor {
            type Value = LenientText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<LenientText, E> {
                Ok(LenientText(text.to_owned()))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<LenientText, E> {
                Ok(LenientText(text))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<LenientText, E> {
                Ok(LenientText(value.to_string()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<LenientText, E> {
                Ok(LenientText(value.to_string()))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<LenientText, E> {
                Ok(LenientText(value.to_string()))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<LenientText, E> {
                Ok(LenientText(value.to_string()))
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

struct WireUsage(Usage);

impl<'de> Deserialize<'de> for WireUsage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct UsageVisitor;
        impl<'de> Visitor<'de> for UsageVisitor {
            type Value = WireUsage;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of integers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WireUsage, A::Error> {
                let mut usage = Usage::with_capacity(map.size_hint().unwrap_or(8));
                while let Some(key) = map.next_key::<String>()? {
                    let Some(raw) = map.next_value::<Option<&RawValue>>()? else {
                        continue;
                    };
                    usage.insert(key, integer(raw.get()).map_err(A::Error::custom)?);
                }
                Ok(WireUsage(usage))
            }
        }
        deserializer.deserialize_map(UsageVisitor)
    }
}

fn integer(text: &str) -> Result<i64, String> {
    let text = text.trim_matches('"');
    if let Ok(value) = text.parse::<i64>() {
        return Ok(value);
    }
    crate::decimal::parse(text)
        .map(|value| value.trunc())
        .and_then(|value| i64::try_from(value).ok())
        .ok_or_else(|| format!("Cannot deserialize value of type `int` from {text}"))
}

/// Reads a whole wire object, see [`wire_object!`](crate::wire_object).
pub trait WireObject: Default {
    /// The property names, in the order of the declaration.
    const NAMES: &'static [&'static str];

    /// Reads the value of the property at `index` of [`WireObject::NAMES`].
    ///
    /// # Errors
    /// A value of the wrong type.
    fn read<'de, A: MapAccess<'de>>(&mut self, index: usize, map: &mut A) -> Result<(), A::Error>;
}

/// Reads a [`WireObject`] from a deserializer.
///
/// # Errors
/// Anything but an object, or a property of the wrong type.
pub fn read_object<'de, T: WireObject, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct ObjectVisitor<T>(PhantomData<T>);
    impl<'de, T: WireObject> Visitor<'de> for ObjectVisitor<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
            let mut object = T::default();
            while let Some(key) = map.next_key_seed(KnownKey(T::NAMES))? {
                match key {
                    Some(index) => object.read(index, &mut map)?,
                    None => {
                        map.next_value::<serde::de::IgnoredAny>()?;
                    }
                }
            }
            Ok(object)
        }
    }
    deserializer.deserialize_map(ObjectVisitor(PhantomData))
}

/// Declares a struct that is read from a JSON object: every field is an `Option` read by the function after `=`
/// (a path into [`wire`](crate::wire) or of the same shape). The property has the field's name.
#[macro_export]
macro_rules! wire_object {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$field_meta:meta])* pub $field:ident : $type:ty = $read:path ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, ::utoipa::ToSchema)]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $type, )*
        }

        impl $crate::wire::WireObject for $name {
            const NAMES: &'static [&'static str] = &[$(stringify!($field)),*];

            fn read<'de, A: ::serde::de::MapAccess<'de>>(&mut self, index: usize, map: &mut A) -> Result<(), A::Error> {
                let mut position = 0_usize;
                $(
                    if index == position {
                        self.$field = $read(map)?;
                        return Ok(());
                    }
                    position += 1;
                )*
                debug_assert!(position <= index, "the reader knows the names");
                Ok(())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::wire::read_object(deserializer)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    wire_object! {
        /// For the tests below.
        #[expect(unreachable_pub, reason = "the macro declares public objects")]
        pub struct Sample {
            /// Text.
            pub name: Option<String> = text,
            /// Double.
            pub ttft: Option<f64> = double,
            /// Usage.
            #[schema(value_type = Object)]
            pub usage: Option<Usage> = usage,
            /// Tags.
            pub tags: Option<Vec<String>> = non_blank_list,
        }
    }

    #[test]
    fn last_key_wins_null_is_absent_unknown_is_ignored() {
        let sample: Sample =
            serde_json::from_str(r#"{"name":"a","x":[{}],"name":"b","ttft":null,"tags":["x"," ",null,"x"]}"#).unwrap();
        assert_eq!(sample.name.as_deref(), Some("b"));
        assert_eq!(sample.ttft, None);
        assert_eq!(sample.tags, Some(vec!["x".to_owned()]));
    }

    #[test]
    fn raw_identifiers_are_read_by_their_name() {
        let span: crate::SpanWrite = serde_json::from_str(r#"{"type":"LLM"}"#).unwrap();
        assert_eq!(span.r#type, Some(crate::SpanType::Llm));
    }

    #[test]
    fn numbers_are_read_leniently() {
        let sample: Sample =
            serde_json::from_str(r#"{"name":5,"ttft":"1.5","usage":{"a":1.9,"b":null,"c":9000000000,"d":"7"}}"#)
                .unwrap();
        assert_eq!(sample.name.as_deref(), Some("5"));
        assert_eq!(sample.ttft, Some(1.5));
        let usage = sample.usage.unwrap();
        assert_eq!(
            usage.iter().map(|(k, v)| (k.as_str(), *v)).collect::<Vec<_>>(),
            [("a", 1), ("c", 9_000_000_000), ("d", 7)]
        );
        assert!(serde_json::from_str::<Sample>(r#"{"usage":{"a":[]}}"#).is_err());
        assert!(serde_json::from_str::<Sample>(r#"{"name":{}}"#).is_err());
    }
}
