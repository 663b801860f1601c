//! Values of attributes as JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ferropik_model::RawJson;
use ferropik_model::json::{Limits, MAX_DEPTH, normalize};
use indexmap::IndexMap;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::message::{AnyValue, KeyValue, Value};

/// Depth of JSON in an attribute, which comes to lie a few levels deep in a payload.
const LIMITS: fn() -> Limits = || Limits {
    max_depth: MAX_DEPTH - 4,
    ..Limits::default()
};

/// The JSON of a value. Text that looks like a JSON array, object or string and is one is taken as such.
pub(crate) fn json(value: &Value) -> RawJson {
    match value {
        Value::String(text) => json_of_text(text),
        other => RawJson::from_serialize(&Json(other)).unwrap_or_else(|_| RawJson::null()),
    }
}

/// The JSON of attributes by their keys; of equal keys the last one wins.
pub(crate) fn json_object(attributes: &[KeyValue]) -> IndexMap<&str, RawJson> {
    attributes
        .iter()
        .filter_map(|attribute| Some((attribute.key.as_str(), json(of(attribute)?))))
        .collect()
}

/// The value of an attribute, if it has one.
pub(crate) fn of(attribute: &KeyValue) -> Option<&Value> {
    attribute.value.as_ref()?.value.as_ref()
}

/// The text of the value at a key, if it is text.
pub(crate) fn text_at<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    attributes
        .iter()
        .find(|attribute| attribute.key == key)
        .and_then(of)
        .and_then(text)
}

/// The text of a value that is text.
pub(crate) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// A JSON string.
pub(crate) fn string(text: &str) -> RawJson {
    RawJson::from_serialize(text).unwrap_or_else(|_| RawJson::null())
}

fn json_of_text(text: &str) -> RawJson {
    if !text.starts_with(['"', '[', '{']) {
        return string(text);
    }
    let Some(parsed) = parse(text) else {
        return string(text);
    };
    if !parsed.as_str().starts_with('"') {
        return parsed;
    }
    match serde_json::from_str::<String>(parsed.as_str()) {
        Ok(inner) => parse(&inner).unwrap_or_else(|| string(&inner)),
        Err(_) => parsed,
    }
}

fn parse(text: &str) -> Option<RawJson> {
    let clean = normalize(text.as_bytes(), &LIMITS()).ok()?;
    RawJson::parse(clean).ok()
}

/// Writes a value as it is: text stays text.
struct Json<'a>(&'a Value);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::String(text) => serializer.serialize_str(text),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => serializer.serialize_i64(*value),
            Value::Double(value) if value.is_finite() => serializer.serialize_f64(*value),
            Value::Double(value) if value.is_nan() => serializer.serialize_str("NaN"),
            Value::Double(value) if *value > 0.0 => serializer.serialize_str("Infinity"),
            Value::Double(_) => serializer.serialize_str("-Infinity"),
            Value::Array(list) => serializer.collect_seq(list.values.iter().map(json_or_null)),
            Value::KeyValues(list) => {
                let mut map = serializer.serialize_map(Some(list.values.len()))?;
                for entry in &list.values {
                    map.serialize_entry(&entry.key, &entry.value.as_ref().and_then(json_or_null))?;
                }
                map.end()
            }
            Value::Bytes(bytes) => serializer.serialize_str(&STANDARD.encode(bytes)),
        }
    }
}

fn json_or_null(value: &AnyValue) -> Option<Json<'_>> {
    value.value.as_ref().map(Json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{ArrayValue, KeyValueList};

    fn of_text(text: &str) -> String {
        json(&Value::String(text.to_owned())).into_string()
    }

    fn any(value: Value) -> AnyValue {
        AnyValue { value: Some(value) }
    }

    #[test]
    fn text_that_is_json_is_taken_as_json() {
        assert_eq!(of_text(r#"{"a": [1, 2.50]}"#), r#"{"a":[1,2.50]}"#);
        assert_eq!(of_text("[INFO] started"), r#""[INFO] started""#);
        assert_eq!(of_text("12"), r#""12""#);
        assert_eq!(of_text(" {}"), r#"" {}""#);
        assert_eq!(of_text(r#""plain""#), r#""plain""#);
        assert_eq!(of_text(r#""{\"a\":1}""#), r#"{"a":1}"#);
        assert_eq!(of_text(r#""12""#), "12");
        assert_eq!(of_text(r#"{"a":NaN}"#), r#"{"a":"NaN"}"#);
        assert_eq!(of_text("{} {}"), r#""{} {}""#);
        let deep = "[".repeat(2_000) + &"]".repeat(2_000);
        assert_eq!(of_text(&deep), format!("\"{deep}\""));
    }

    #[test]
    fn other_values_keep_their_types() {
        let text = |value: Value| json(&value).into_string();
        assert_eq!(text(Value::Int(-3)), "-3");
        assert_eq!(text(Value::Bool(true)), "true");
        assert_eq!(text(Value::Double(0.5)), "0.5");
        assert_eq!(text(Value::Double(f64::NEG_INFINITY)), r#""-Infinity""#);
        assert_eq!(text(Value::Bytes(vec![1, 2])), r#""AQI=""#);
        let list = ArrayValue {
            values: vec![
                any(Value::String("[1]".to_owned())),
                any(Value::Int(1)),
                AnyValue { value: None },
            ],
        };
        assert_eq!(text(Value::Array(list.clone())), r#"["[1]",1,null]"#);
        let object = KeyValueList {
            values: vec![KeyValue {
                key: "a".to_owned(),
                value: Some(any(Value::Array(list))),
            }],
        };
        assert_eq!(text(Value::KeyValues(object)), r#"{"a":["[1]",1,null]}"#);
    }
}
