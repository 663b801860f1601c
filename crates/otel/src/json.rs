//! Reading the JSON encoding. Exporters differ in it, so it is read generously: `null` counts as absent, 64-bit numbers
//! may be numbers or text, ids hexadecimal or base64, enumeration values numbers or names.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::message::{AnyValue, Status, Value};

/// Reads a value; `null` is the default.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads an id: 32 or 16 hexadecimal digits, else base64.
pub(crate) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = Option::<Cow<'de, str>>::deserialize(deserializer)?.unwrap_or_default();
    if matches!(text.len(), 16 | 32)
        && let Some(bytes) = hexadecimal(&text)
    {
        return Ok(bytes);
    }
    STANDARD
        .decode(text.as_bytes())
        .map_err(|_| D::Error::custom("an id is neither hexadecimal nor base64"))
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    text.as_bytes()
        .chunks(2)
        .map(|pair| {
            let value = digit(pair[0])? * 16 + digit(*pair.get(1)?)?;
            u8::try_from(value).ok()
        })
        .collect()
}

/// Reads an unsigned 64-bit number.
pub(crate) fn unsigned<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = Option::<Number>::deserialize(deserializer)?;
    match number {
        None => Ok(0),
        Some(Number::Unsigned(value)) => Ok(value),
        Some(Number::Text(text)) => text.parse().map_err(D::Error::custom),
        Some(Number::Signed(_) | Number::Double(_)) => Err(D::Error::custom("not an unsigned integer")),
    }
}

/// Reads the code of a status.
pub(crate) fn status_code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    let number = Option::<Number>::deserialize(deserializer)?;
    Ok(match number {
        Some(Number::Unsigned(value)) => i32::try_from(value).unwrap_or_default(),
        Some(Number::Text(name)) if matches!(&*name, "STATUS_CODE_ERROR" | "2") => Status::ERROR,
        _ => 0,
    })
}

/// A number as JSON or as text.
enum Number {
    Unsigned(u64),
    Signed(i64),
    Double(f64),
    Text(String),
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Number, D::Error> {
        struct NumberVisitor;
        impl Visitor<'_> for NumberVisitor {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or the text of one")
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Number, E> {
                Ok(Number::Unsigned(value))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Number, E> {
                Ok(Number::Signed(value))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Number, E> {
                Ok(Number::Double(value))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
                Ok(Number::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(NumberVisitor)
    }
}

impl Number {
    fn integer<E: Error>(self) -> Result<i64, E> {
        match self {
            Number::Unsigned(value) => i64::try_from(value).map_err(E::custom),
            Number::Signed(value) => Ok(value),
            Number::Text(text) => text.parse().map_err(E::custom),
            Number::Double(_) => Err(E::custom("not an integer")),
        }
    }

    fn double<E: Error>(self) -> Result<f64, E> {
        match self {
            Number::Unsigned(value) => Ok(value as f64),
            Number::Signed(value) => Ok(value as f64),
            Number::Double(value) => Ok(value),
            Number::Text(text) => text.parse().map_err(E::custom),
        }
    }
}

impl<'de> Deserialize<'de> for AnyValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<AnyValue, D::Error> {
        struct AnyValueVisitor;
        impl<'de> Visitor<'de> for AnyValueVisitor {
            type Value = AnyValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with one value")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AnyValue, A::Error> {
                let mut value = None;
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    let read = match &*key {
                        "stringValue" | "string_value" => map.next_value::<Option<_>>()?.map(Value::String),
                        "boolValue" | "bool_value" => map.next_value::<Option<_>>()?.map(Value::Bool),
                        "arrayValue" | "array_value" => map.next_value::<Option<_>>()?.map(Value::Array),
                        "kvlistValue" | "kvlist_value" => map.next_value::<Option<_>>()?.map(Value::KeyValues),
                        "intValue" | "int_value" => {
                            let number = map.next_value::<Option<Number>>()?;
                            number.map(Number::integer).transpose()?.map(Value::Int)
                        }
                        "doubleValue" | "double_value" => {
                            let number = map.next_value::<Option<Number>>()?;
                            number.map(Number::double).transpose()?.map(Value::Double)
                        }
                        "bytesValue" | "bytes_value" => {
                            let text = map.next_value::<Option<Cow<'de, str>>>()?;
                            text.map(|text| STANDARD.decode(text.as_bytes()).map_err(A::Error::custom))
                                .transpose()?
                                .map(Value::Bytes)
                        }
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    value = read.or(value);
                }
                Ok(AnyValue { value })
            }
        }
        deserializer.deserialize_map(AnyValueVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Span;

    fn span(text: &str) -> serde_json::Result<Span> {
        serde_json::from_str(text)
    }

    #[test]
    fn ids_are_hexadecimal_or_base64() {
        let hex = span(r#"{"traceId":"0AF7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331"}"#).unwrap();
        let base64 = span(r#"{"trace_id":"CvdlGRbNQ92ESOshHIAxnA==","span_id":"t61rcWkgMzE=","parentSpanId":null}"#);
        assert_eq!(base64.unwrap(), hex);
        assert_eq!(hex.trace_id.len(), 16);
        assert!(span(r#"{"traceId":"zz"}"#).is_err());
    }

    #[test]
    fn numbers_may_be_text_and_unknown_members_are_skipped() {
        let read = span(
            r#"{"startTimeUnixNano":"1544712660000000000","endTimeUnixNano":1544712661000000000,"droppedLinks":[{"a":1}],
            "status":{"code":"STATUS_CODE_ERROR","message":null},"kind":"SPAN_KIND_SERVER","attributes":null}"#,
        )
        .unwrap();
        assert_eq!(read.start_time_unix_nano, 1_544_712_660_000_000_000);
        assert_eq!(read.end_time_unix_nano, 1_544_712_661_000_000_000);
        assert_eq!(read.status.unwrap().code, Status::ERROR);
        for text in [
            r#"{"startTimeUnixNano":-1}"#,
            r#"{"startTimeUnixNano":"x"}"#,
            r#"{"startTimeUnixNano":1.5}"#,
        ] {
            assert!(span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn values_of_all_kinds_are_read() {
        let value = |text: &str| serde_json::from_str::<AnyValue>(text).unwrap().value;
        assert_eq!(
            value(r#"{"stringValue":"a\nb"}"#),
            Some(Value::String("a\nb".to_owned()))
        );
        assert_eq!(value(r#"{"intValue":"-5"}"#), Some(Value::Int(-5)));
        assert_eq!(value(r#"{"intValue":5}"#), Some(Value::Int(5)));
        assert_eq!(value(r#"{"doubleValue":5}"#), Some(Value::Double(5.0)));
        assert_eq!(
            value(r#"{"doubleValue":"Infinity"}"#),
            Some(Value::Double(f64::INFINITY))
        );
        assert_eq!(value(r#"{"boolValue":true}"#), Some(Value::Bool(true)));
        assert_eq!(value(r#"{"bytesValue":"AQI="}"#), Some(Value::Bytes(vec![1, 2])));
        assert_eq!(value(r#"{"futureValue":{"a":[1]}}"#), None);
        assert!(
            matches!(value(r#"{"arrayValue":{"values":[{"intValue":1}]}}"#), Some(Value::Array(list)) if list.values.len() == 1)
        );
        assert!(
            matches!(value(r#"{"kvlistValue":{"values":[{"key":"a"}]}}"#), Some(Value::KeyValues(list)) if list.values[0].value.is_none())
        );
    }
}
