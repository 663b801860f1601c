//! Sorting: parsing and comparing in memory.

use std::cmp::Ordering;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::value::RawValue;

use crate::entity::{SortKind, fields};
use crate::error::{QueryError, echo};
use crate::eval::Record;
use crate::field::{Entity, Field, FieldType, UsageKey};
use crate::parse::{MAX_KEY_BYTES, MAX_SORTING_BYTES};
use crate::path::Path;
use crate::value::{JsonValue, NumberValue};

/// Direction of a sort. Missing values come last in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Greatest first.
    Descending,
}

impl Direction {
    /// `ASC` or `DESC`, as in SQL and on the wire.
    pub const fn sql(self) -> &'static str {
        match self {
            Direction::Ascending => "ASC",
            Direction::Descending => "DESC",
        }
    }

    fn apply(self, ordering: Ordering) -> Ordering {
        match self {
            Direction::Ascending => ordering,
            Direction::Descending => ordering.reverse(),
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sql())
    }
}

/// A requested order. Ties are broken by the default order of the entity, which is the caller's to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The field.
    pub field: Field,
    /// The key, for fields that are maps: a path of those that are JSON ([`Sort::path`]), else the name of a number. A
    /// missing number counts as zero, and as smaller than a zero that is there.
    pub key: Option<String>,
    /// How values compare.
    pub kind: FieldType,
    /// The direction.
    pub direction: Direction,
}

/// The `sorting` query parameter.
#[derive(Debug)]
pub struct Sorting;

impl Sorting {
    /// Reads the query parameter: the text of a JSON array of `{"field", "direction"}`, of which only the first counts.
    /// `None`, for the default order, when the text is blank, the array empty or the field not sortable.
    ///
    /// # Errors
    /// Text that is no such array.
    pub fn from_query_param(entity: Entity, text: &str) -> Result<Option<Sort>, QueryError> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let invalid = || QueryError::InvalidSorting(echo(text));
        if text.len() > MAX_SORTING_BYTES {
            return Err(invalid());
        }
        let elements: Vec<RawSort> = serde_json::from_str(text).map_err(|_| invalid())?;
        Ok(elements
            .first()
            .and_then(|first| resolve(entity, &first.field, first.direction)))
    }
}

fn resolve(entity: Entity, name: &str, direction: Direction) -> Option<Sort> {
    let sort_for = |field, key: Option<&str>, kind| Sort {
        field,
        key: key.map(str::to_owned),
        kind,
        direction,
    };
    fields(entity).iter().find_map(|spec| match spec.sort {
        SortKind::No => None,
        SortKind::Plain => (spec.name == name).then(|| sort_for(spec.field, None, spec.kind)),
        SortKind::ByKey => {
            let key = name.strip_prefix(spec.name)?.strip_prefix('.')?;
            if key.trim().is_empty() || key.len() > MAX_KEY_BYTES {
                return None;
            }
            let field = match spec.field {
                Field::Usage(_) => Field::Usage(UsageKey::from_name(key)),
                field => field,
            };
            if field == Field::DurationQuantile && !matches!(key, "p50" | "p90" | "p99") {
                return None;
            }
            // A field whose whole text is filtered has its values sorted, not that text.
            let kind = if field.is_json() {
                FieldType::Dictionary
            } else {
                spec.kind
            };
            Some(sort_for(field, Some(key), kind))
        }
    })
}

struct RawSort {
    field: String,
    direction: Direction,
}

impl<'de> Deserialize<'de> for RawSort {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawSort, D::Error> {
        // A map, so that the last of equal properties wins and unknown ones are ignored.
        let object = std::collections::HashMap::<String, &'de RawValue>::deserialize(deserializer)?;
        let text = |name: &str| -> Result<Option<String>, D::Error> {
            let Some(raw) = object.get(name) else {
                return Ok(None);
            };
            serde_json::from_str(raw.get()).map_err(D::Error::custom)
        };
        let field = text("field")?.ok_or_else(|| D::Error::missing_field("field"))?;
        let direction = match text("direction")? {
            None => Direction::Ascending,
            Some(name) if name.eq_ignore_ascii_case("ASC") => Direction::Ascending,
            Some(name) if name.eq_ignore_ascii_case("DESC") => Direction::Descending,
            Some(_) => return Err(D::Error::custom("unknown direction")),
        };
        Ok(RawSort { field, direction })
    }
}

impl Sort {
    /// Where in its JSON the value to sort by is: of [`Field::Data`] the column of exactly the name that the key is.
    /// `None` when the field is no map of JSON.
    pub fn path(&self) -> Option<Path> {
        let key = self.key.as_deref().filter(|_| self.field.is_json())?;
        Some(match self.field {
            Field::Data => Path::property(key),
            _ => Path::new(key),
        })
    }

    /// How two records order.
    pub fn compare(&self, left: &dyn Record, right: &dyn Record) -> Ordering {
        let field = self.field;
        if let Some(path) = self.path() {
            let values = (left.json_value(field, &path), right.json_value(field, &path));
            return self.missing_last(values.0, values.1, JsonValue::order);
        }
        if let Some(key) = &self.key {
            let (left, right) = (left.keyed_number(field, key), right.keyed_number(field, key));
            let value = |number: Option<NumberValue>| number.unwrap_or(NumberValue::Integer(0));
            let by_value = value(left).order(value(right));
            return self
                .direction
                .apply(by_value.then(left.is_some().cmp(&right.is_some())));
        }
        match self.kind {
            FieldType::DateTime | FieldType::DateTimeState => {
                self.missing_last(left.time(field), right.time(field), Ord::cmp)
            }
            FieldType::Number => self.missing_last(left.number(field), right.number(field), |left, right| {
                left.order(*right)
            }),
            _ => self.missing_last(left.sort_text(field), right.sort_text(field), Ord::cmp),
        }
    }

    fn missing_last<T>(&self, left: Option<T>, right: Option<T>, compare: impl Fn(&T, &T) -> Ordering) -> Ordering {
        match (left, right) {
            (Some(left), Some(right)) => self.direction.apply(compare(&left, &right)),
            (left, right) => left.is_none().cmp(&right.is_none()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(entity: Entity, text: &str) -> Option<Sort> {
        Sorting::from_query_param(entity, text).expect("valid text")
    }

    #[test]
    fn reads_the_first_element() {
        let sort = parse(
            Entity::Trace,
            r#"[{"field":"start_time","direction":"DESC","x":1},{"field":"name"}]"#,
        )
        .expect("valid text");
        assert_eq!(
            (sort.field, sort.key, sort.direction),
            (Field::StartTime, None, Direction::Descending)
        );
        let sort = parse(Entity::Trace, r#"[{"field":"name","direction":null}]"#).expect("valid text");
        assert_eq!((sort.field, sort.direction), (Field::Name, Direction::Ascending));
    }

    #[test]
    fn reads_map_keys() {
        let sort = parse(Entity::Span, r#"[{"field":"usage.total_tokens"}]"#).expect("valid text");
        assert_eq!(
            (sort.field, sort.key.as_deref()),
            (Field::Usage(UsageKey::TotalTokens), Some("total_tokens"))
        );
        let sort = parse(Entity::Thread, r#"[{"field":"usage.original_usage.x"}]"#).expect("valid text");
        assert_eq!(
            (sort.field, sort.key.as_deref()),
            (Field::Usage(UsageKey::Other), Some("original_usage.x"))
        );
        let sort = parse(Entity::Trace, r#"[{"field":"feedback_scores.my score.v2"}]"#).expect("valid text");
        assert_eq!(
            (sort.field, sort.key.as_deref()),
            (Field::FeedbackScores, Some("my score.v2"))
        );
    }

    #[test]
    fn reads_paths_into_json() {
        for (field, path) in [
            ("data.a.b", "['a.b']"),
            ("input.a.b", "a.b"),
            ("output.x", "x"),
            ("metadata.$.x[0]", "$.x[0]"),
        ] {
            let sort = parse(Entity::ExperimentItem, &format!(r#"[{{"field":"{field}"}}]"#)).expect("a sortable field");
            assert_eq!(sort.kind, FieldType::Dictionary);
            assert_eq!(sort.path().expect("a path").as_str(), path);
        }
        let sort = parse(Entity::Experiment, r#"[{"field":"duration.p90"}]"#).expect("a sortable field");
        assert_eq!((sort.field, sort.path()), (Field::DurationQuantile, None));
        assert_eq!(parse(Entity::Experiment, r#"[{"field":"duration.p95"}]"#), None);
        assert_eq!(parse(Entity::ExperimentItem, r#"[{"field":"output"}]"#), None);
    }

    #[test]
    fn unsupported_is_the_default_order() {
        for text in [
            "",
            "  ",
            "[]",
            r#"[{"field":"nope"}]"#,
            r#"[{"field":"usage"}]"#,
            r#"[{"field":"usage."}]"#,
            r#"[{"field":"usage.*x"},{"field":"name"}]"#,
            r#"[{"field":"input_json"}]"#,
            r#"[{"field":"metadata.x"}]"#,
        ] {
            let expected = text.contains("*x");
            assert_eq!(parse(Entity::Trace, text).is_some(), expected, "{text}");
        }
    }

    #[test]
    fn malformed_is_an_error() {
        for text in [
            "x",
            "{}",
            "[1]",
            "[{}]",
            r#"[{"field":1}]"#,
            r#"[{"field":"name","direction":"UP"}]"#,
            "null",
        ] {
            let error = Sorting::from_query_param(Entity::Trace, text).expect_err("malformed text");
            assert_eq!(error.to_string(), format!("Invalid sorting query parameter '{text}'"));
        }
    }
}
