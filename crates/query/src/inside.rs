//! Filter names outside the field table, which reach into the JSON of a compared experiment item.

use crate::field::{Entity, Field, FieldType};
use crate::parse::{MAX_KEY_BYTES, RawFilter};
use crate::path::Path;

/// What a name outside the field table leads to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Inside {
    /// The JSON field.
    pub(crate) field: Field,
    /// The type that the client gave.
    pub(crate) kind: FieldType,
    /// Where in the JSON the value is.
    pub(crate) path: Path,
    /// The path ends with the key of a dictionary.
    pub(crate) has_key: bool,
}

impl Inside {
    /// Resolves the name of a filter. `None` when the entity knows no such names, or the filter does not say of which
    /// type the value is.
    pub(crate) fn of(entity: Entity, raw: &RawFilter) -> Option<Inside> {
        if entity != Entity::ExperimentItem || raw.field.len() > MAX_KEY_BYTES {
            return None;
        }
        let kind = match raw.type_name.as_deref()? {
            "string" => FieldType::String,
            "number" => FieldType::Number,
            "dictionary" => FieldType::Dictionary,
            "list" => FieldType::List,
            _ => return None,
        };
        let (field, path) = place(&raw.field)?;
        let key = raw
            .key
            .as_deref()
            .filter(|key| kind == FieldType::Dictionary && !key.trim().is_empty() && key.len() <= MAX_KEY_BYTES);
        Some(Inside {
            field,
            kind,
            path: key.map_or_else(|| path.clone(), |key| path.join(key)),
            has_key: key.is_some(),
        })
    }
}

fn place(name: &str) -> Option<(Field, Path)> {
    let is_blank = |text: &str| text.trim().is_empty();
    for (prefix, field) in [
        ("input.", Field::Input),
        ("output.", Field::Output),
        ("metadata.", Field::Metadata),
    ] {
        if let Some(path) = name.strip_prefix(prefix) {
            return (!is_blank(path)).then(|| (field, Path::new(path)));
        }
    }
    let column = name.strip_prefix("data.").unwrap_or(name);
    (!is_blank(column)).then(|| (Field::Data, Path::property(column)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(field: &str, type_name: &str, key: Option<&str>) -> Option<(Field, FieldType, String, bool)> {
        let raw = RawFilter {
            field: field.to_owned(),
            operator: "=".to_owned(),
            key: key.map(str::to_owned),
            value: String::new(),
            type_name: Some(type_name.to_owned()),
        };
        let inside = Inside::of(Entity::ExperimentItem, &raw)?;
        Some((
            inside.field,
            inside.kind,
            inside.path.as_str().to_owned(),
            inside.has_key,
        ))
    }

    #[test]
    fn names_lead_into_json() {
        for (field, type_name, key, expected) in [
            (
                "data.a.b",
                "string",
                None,
                (Field::Data, FieldType::String, "['a.b']", false),
            ),
            (
                "question",
                "number",
                Some(""),
                (Field::Data, FieldType::Number, "['question']", false),
            ),
            (
                "input",
                "list",
                Some("x"),
                (Field::Data, FieldType::List, "['input']", false),
            ),
            (
                "data.q",
                "dictionary",
                Some("$.x[0]"),
                (Field::Data, FieldType::Dictionary, "['q'].x[0]", true),
            ),
            (
                "input.a.b",
                "string",
                None,
                (Field::Input, FieldType::String, "a.b", false),
            ),
            (
                "output.a",
                "dictionary",
                Some("b"),
                (Field::Output, FieldType::Dictionary, "a.b", true),
            ),
            (
                "metadata.a",
                "number",
                None,
                (Field::Metadata, FieldType::Number, "a", false),
            ),
        ] {
            let (json, kind, path, has_key) = expected;
            assert_eq!(
                resolve(field, type_name, key),
                Some((json, kind, path.to_owned(), has_key)),
                "{field}"
            );
        }
    }

    #[test]
    fn other_names_are_unknown() {
        for (field, type_name) in [
            ("", "string"),
            ("data.", "string"),
            ("output. ", "string"),
            ("q", "map"),
            ("q", "String"),
            ("q", ""),
        ] {
            assert_eq!(resolve(field, type_name, None), None, "{field} {type_name}");
        }
        assert_eq!(resolve(&"q".repeat(MAX_KEY_BYTES + 1), "string", None), None);
    }
}
