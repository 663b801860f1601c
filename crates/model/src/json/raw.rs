//! A JSON value that stays text.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, Schema, SchemaType};
use utoipa::{PartialSchema, ToSchema};

/// Any JSON value, kept as its text.
///
/// The text is always valid JSON without surrounding whitespace. It is compact when it comes out of a document that
/// went through [`normalize`](super::normalize). Serializing writes it verbatim; deserializing captures the raw slice,
/// at any nesting depth and without interpreting it. Both need a `serde_json` (de)serializer, and deserializing does
/// not work behind `#[serde(flatten)]` or in untagged enums, because those buffer values.
///
/// Two values are equal when their texts are.
#[derive(Clone)]
pub struct RawJson(Box<RawValue>);

impl RawJson {
    /// Wraps JSON text after checking its grammar.
    ///
    /// # Errors
    /// The parser's error when `text` is not one JSON value.
    pub fn parse(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(Self)
    }

    /// Wraps text that this program wrote, such as a stored column.
    ///
    /// Should the text be damaged, the result is a JSON string that holds it: one bad row must not fail a whole page.
    pub fn from_stored(text: &str) -> Self {
        serde_json::from_str(text)
            .or_else(|_| Self::from_serialize(text))
            .expect("a string is always serializable")
    }

    /// The compact JSON of a serializable value.
    ///
    /// # Errors
    /// The serializer's error, for example for a map whose keys are not strings.
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(Self)
    }

    /// JSON `null`.
    pub fn null() -> Self {
        Self(RawValue::NULL.to_owned())
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// The JSON text, without copying it.
    pub fn into_string(self) -> String {
        Box::<str>::from(self.0).into_string()
    }

    /// Whether this is JSON `null`.
    pub fn is_null(&self) -> bool {
        self.as_str() == "null"
    }

    /// Whether the value carries nothing to show: `null`, `""`, `{}` or `[]`.
    ///
    /// Decided on the compact text: whitespace between the brackets, or a string of spaces, is not empty. `false` and
    /// `0` are values.
    pub fn is_empty_value(&self) -> bool {
        matches!(self.as_str(), "null" | "\"\"" | "{}" | "[]")
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawJson({})", self.as_str())
    }
}

impl fmt::Display for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for RawJson {}

impl AsRef<str> for RawJson {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl From<RawJson> for String {
    fn from(value: RawJson) -> Self {
        value.into_string()
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self)
    }
}

impl PartialSchema for RawJson {
    fn schema() -> RefOr<Schema> {
        Object::builder().schema_type(SchemaType::AnyValue).into()
    }
}

impl ToSchema for RawJson {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder {
        input: Option<RawJson>,
    }

    fn raw(text: &str) -> RawJson {
        RawJson::parse(text.to_owned()).expect("valid")
    }

    #[test]
    fn text_survives_parsing_and_writing_verbatim() {
        let text = r#"{"input":{"b":1.10,"a":12345678901234567890123456789,"a":"\u00e9\/"}}"#;
        let holder: Holder = serde_json::from_str(text).expect("valid");
        assert_eq!(
            holder.input.as_ref().map(RawJson::as_str),
            Some(r#"{"b":1.10,"a":12345678901234567890123456789,"a":"\u00e9\/"}"#)
        );
        assert_eq!(serde_json::to_string(&holder).expect("valid"), text);
        let from_reader: Holder = serde_json::from_reader(text.as_bytes()).expect("valid");
        assert_eq!(from_reader, holder);
    }

    #[test]
    fn nesting_depth_is_no_concern() {
        let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
        let holder: Holder = serde_json::from_str(&format!(r#"{{"input":{deep}}}"#)).expect("valid");
        assert_eq!(holder.input.map(RawJson::into_string), Some(deep));
    }

    #[test]
    fn values_convert_both_ways() {
        let value = serde_json::json!({"a": [1, "x"]});
        let converted: RawJson = serde_json::from_value(value.clone()).expect("valid");
        assert_eq!(converted.as_str(), r#"{"a":[1,"x"]}"#);
        assert_eq!(RawJson::from_serialize(&value).expect("valid"), converted);
    }

    #[test]
    fn option_reads_null_as_absent() {
        assert_eq!(
            serde_json::from_str::<Holder>(r#"{"input":null}"#).expect("valid"),
            Holder { input: None }
        );
    }

    #[test]
    fn only_valid_json_is_wrapped() {
        assert!(RawJson::parse("{".to_owned()).is_err());
        assert!(RawJson::parse("1 2".to_owned()).is_err());
        assert_eq!(raw(" 1 ").as_str(), "1");
    }

    #[test]
    fn damaged_stored_text_becomes_a_string() {
        assert_eq!(RawJson::from_stored("[1]").as_str(), "[1]");
        assert_eq!(RawJson::from_stored("[\"").as_str(), r#""[\"""#);
    }

    #[test]
    fn null_and_empty_values() {
        assert!(RawJson::null().is_null());
        assert!(!raw("\"null\"").is_null());
        for empty in ["null", "\"\"", "{}", "[]"] {
            assert!(raw(empty).is_empty_value(), "{empty}");
        }
        for full in ["0", "false", "\" \"", "[null]", "{\"\":\"\"}"] {
            assert!(!raw(full).is_empty_value(), "{full}");
        }
    }

    #[test]
    fn schema_is_any_value() {
        assert_eq!(serde_json::to_string(&RawJson::schema()).expect("valid"), "{}");
    }
}
