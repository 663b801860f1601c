//! Items of datasets as clients read them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::json::{TRUNCATION_LIMIT, object_entries, truncate, unescape};
use crate::{RawJson, Timestamp};

/// Where an item comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DatasetItemSource {
    /// Written by hand or uploaded.
    Manual,
    /// Made of a trace.
    Trace,
    /// Made of a span.
    Span,
    /// Sent by a program.
    Sdk,
}

impl DatasetItemSource {
    /// All, in the order of their stored numbers.
    pub const ALL: [DatasetItemSource; 4] = [
        DatasetItemSource::Manual,
        DatasetItemSource::Trace,
        DatasetItemSource::Span,
        DatasetItemSource::Sdk,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            DatasetItemSource::Manual => "manual",
            DatasetItemSource::Trace => "trace",
            DatasetItemSource::Span => "span",
            DatasetItemSource::Sdk => "sdk",
        }
    }
}

/// How often an item of a test suite is run, and how many runs have to pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExecutionPolicy {
    /// 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs_per_item: Option<i64>,
    /// 1 to 100, at most `runs_per_item`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass_threshold: Option<i64>,
}

/// An item of a dataset in one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DatasetItem {
    /// Stable id, the same in all versions.
    pub id: Uuid,
    /// The same once more.
    pub dataset_item_id: Uuid,
    /// Trace that it was made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<Uuid>,
    /// Span that it was made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span_id: Option<Uuid>,
    /// Where it comes from.
    pub source: DatasetItemSource,
    /// An object with any values, in the order of the keys as they came.
    #[schema(value_type = std::collections::BTreeMap<String, RawJson>)]
    pub data: RawJson,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Evaluators of this item alone; absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<super::EvaluatorItem>>)]
    pub evaluators: Option<RawJson>,
    /// How often this item is run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_policy: Option<ExecutionPolicy>,
    /// The dataset.
    pub dataset_id: Uuid,
    /// First write.
    pub created_at: Timestamp,
    /// Latest write.
    pub last_updated_at: Timestamp,
    /// User of the first write.
    pub created_by: String,
    /// User of the latest write.
    pub last_updated_by: String,
}

/// A key that rows of JSON objects have, and the types of its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Column {
    /// The key.
    pub name: String,
    /// Of `string`, `number`, `object`, `boolean`, `array` and `null` those that occur, in this order.
    pub types: Vec<&'static str>,
    /// What stands before the key in the name of a filter, such as `data`.
    pub filter_field_prefix: String,
    /// Prefix, dot and key.
    #[serde(rename = "filterField")]
    pub filter_field: String,
}

impl Column {
    /// A column whose types are bits as [`column_type_bit`] answers them.
    pub fn new(prefix: &str, name: &str, types: u8) -> Column {
        Column {
            name: name.to_owned(),
            types: COLUMN_TYPES
                .iter()
                .enumerate()
                .filter(|(bit, _)| types & (1 << bit) != 0)
                .map(|(_, name)| *name)
                .collect(),
            filter_field_prefix: prefix.to_owned(),
            filter_field: format!("{prefix}.{name}"),
        }
    }
}

/// The types that columns tell apart, in the order of their bits.
pub const COLUMN_TYPES: [&str; 6] = ["string", "number", "object", "boolean", "array", "null"];

/// The bit of the type of a JSON value in [`COLUMN_TYPES`], by its first character.
pub fn column_type_bit(value: &str) -> u8 {
    let position = match value.bytes().next() {
        Some(b'"') => 0,
        Some(b'{') => 2,
        Some(b't' | b'f') => 3,
        Some(b'[') => 4,
        Some(b'n') => 5,
        _ => 1,
    };
    1 << position
}

/// The top-level keys of a JSON object, decoded and sorted, each with the bit of the type of its value (of a repeated
/// key, its last value). At most `limit` keys, empty for anything but an object.
pub fn object_shape(text: &str, limit: usize) -> Vec<(String, u8)> {
    let mut shape: std::collections::BTreeMap<String, u8> = std::collections::BTreeMap::new();
    for entry in object_entries(text).into_iter().flatten() {
        let Some(key) = unescape(entry.raw_key) else { continue };
        if shape.len() < limit || shape.contains_key(key.as_ref()) {
            shape.insert(key.into_owned(), column_type_bit(entry.value));
        }
    }
    shape.into_iter().collect()
}

/// An object whose values are shortened one by one, as lists show them: images become `[image]`, and of longer values
/// the first [`TRUNCATION_LIMIT`] bytes of their JSON remain, as text.
pub fn truncated_values(object: &str) -> RawJson {
    let Some(entries) = object_entries(object) else {
        return RawJson::from_stored(object);
    };
    let mut text = String::with_capacity(object.len().min(64 << 10));
    text.push('{');
    for entry in entries {
        if text.len() > 1 {
            text.push(',');
        }
        text.push('"');
        text.push_str(entry.raw_key);
        text.push_str("\":");
        text.push_str(&truncate(entry.value, TRUNCATION_LIMIT));
    }
    text.push('}');
    RawJson::from_stored(&text)
}

/// One page of rows that have columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ColumnPage<T> {
    /// Number of the page, from 1.
    pub page: u64,
    /// Number of rows on this page.
    pub size: u64,
    /// Number of rows on all pages.
    pub total: u64,
    /// The rows.
    pub content: Vec<T>,
    /// Columns of all rows, not only of this page.
    pub columns: Vec<Column>,
    /// Fields that the list can be sorted by.
    pub sortable_by: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_sorted_and_decoded() {
        let shape = object_shape(r#"{"b":1,"a\u0062":"x","b":null,"c":[1],"d":{},"e":true}"#, 10);
        let names: Vec<(&str, u8)> = shape.iter().map(|(key, bit)| (key.as_str(), *bit)).collect();
        assert_eq!(names, [("ab", 1), ("b", 32), ("c", 16), ("d", 4), ("e", 8)]);
        assert_eq!(object_shape(r#"{"b":1,"a":1}"#, 1).len(), 1);
        assert!(object_shape("[1]", 10).is_empty());
    }

    #[test]
    fn columns_name_their_filter() {
        let column = Column::new("data", "question", 1 | 32);
        assert_eq!(
            serde_json::to_string(&column).unwrap(),
            r#"{"name":"question","types":["string","null"],"filter_field_prefix":"data","filterField":"data.question"}"#
        );
    }

    #[test]
    fn values_are_shortened_one_by_one() {
        let long = "x".repeat(20_000);
        let object = format!(r#"{{"a":"iVBORw0KGgoAAAA","b":"{long}","c":{{"d":1}}}}"#);
        let short: serde_json::Value = serde_json::from_str(truncated_values(&object).as_str()).unwrap();
        assert_eq!(short["a"], "[image]");
        assert_eq!(short["c"]["d"], 1);
        assert_eq!(short["b"].as_str().unwrap().len(), TRUNCATION_LIMIT);
        assert_eq!(truncated_values("{}").as_str(), "{}");
    }
}
