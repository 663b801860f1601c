//! Reads filters from what clients send and checks them against the field table.

use std::fmt;

use ferropik_model::Timestamp;
use ferropik_model::decimal::SCORE_SCALE;
use percent_encoding::percent_decode_str;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::entity::{FieldSpec, field_spec};
use crate::error::{QueryError, echo};
use crate::field::{Entity, Field, FieldType};
use crate::filter::{
    Condition, DictionaryOp, DictionaryTest, EnumTest, Filter, ListOp, ListTest, MapOp, ScoreName, ScoreTest, Test,
};
use crate::inside::Inside;
use crate::operator::{Compare, Operator, TextMode};
use crate::path::Path;
use crate::text::Needle;
use crate::value::Number;

/// Most conditions of one filter.
pub const MAX_CONDITIONS: usize = 100;

/// Longest `filters` query parameter, in bytes.
pub const MAX_FILTER_BYTES: usize = 256 * 1024;

/// Longest key of a condition, in bytes.
pub const MAX_KEY_BYTES: usize = 4 * 1024;

/// Longest `sorting` query parameter, in bytes.
pub const MAX_SORTING_BYTES: usize = 16 * 1024;

/// A filter object as clients send it. Unknown properties are ignored, the last of equal ones wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawFilter {
    /// Name of the field.
    pub field: String,
    /// The operator.
    pub operator: String,
    /// The key, for fields that are maps.
    pub key: Option<String>,
    /// The value; numbers and booleans are read as their text.
    pub value: String,
    /// The wire's `type`: `string`, `number`, `dictionary` or `list`. It counts only for [`Entity::ExperimentItem`] and
    /// a `field` outside of its table: `input.<path>`, `output.<path>` and `metadata.<path>` reach into the trace,
    /// `data.<column>` and any other name is a column of the dataset item. A `key` of a dictionary leads on from there.
    pub type_name: Option<String>,
}

impl<'de> Deserialize<'de> for RawFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawFilter, D::Error> {
        deserializer.deserialize_map(RawFilterVisitor)
    }
}

struct RawFilterVisitor;

impl<'de> Visitor<'de> for RawFilterVisitor {
    type Value = RawFilter;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a filter object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawFilter, A::Error> {
        let (mut field, mut operator, mut key, mut value) = (None, None, None, None);
        let mut type_name = None;
        while let Some(name) = map.next_key::<ScalarText>()? {
            let slot = match name.0.as_str() {
                "field" => &mut field,
                "operator" => &mut operator,
                "key" => &mut key,
                "value" => &mut value,
                "type" => {
                    // Most entities ignore it, so that it may be anything.
                    let any: &RawValue = map.next_value()?;
                    type_name = serde_json::from_str(any.get()).ok();
                    continue;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *slot = map.next_value::<Option<ScalarText>>()?.map(|text| text.0);
        }
        Ok(RawFilter {
            field: field.ok_or_else(|| A::Error::missing_field("field"))?,
            operator: operator.ok_or_else(|| A::Error::missing_field("operator"))?,
            key,
            value: value.ok_or_else(|| A::Error::missing_field("value"))?,
            type_name,
        })
    }
}

/// A JSON scalar as text.
struct ScalarText(String);

impl<'de> Deserialize<'de> for ScalarText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ScalarText, D::Error> {
        deserializer.deserialize_any(ScalarTextVisitor)
    }
}

struct ScalarTextVisitor;

impl Visitor<'_> for ScalarTextVisitor {
    type Value = ScalarText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<ScalarText, E> {
        Ok(ScalarText(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<ScalarText, E> {
        Ok(ScalarText(text))
    }

    fn visit_bool<E>(self, value: bool) -> Result<ScalarText, E> {
        Ok(ScalarText(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<ScalarText, E> {
        Ok(ScalarText(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<ScalarText, E> {
        Ok(ScalarText(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<ScalarText, E> {
        Ok(ScalarText(value.to_string()))
    }
}

/// Who wrote a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A client: values of some types are URL-decoded once more.
    Client,
    /// A query-language text: values mean what they say.
    Language,
}

impl Filter {
    /// Reads the `filters` query parameter: the text of a JSON array of filter objects. Blank text is no filter.
    ///
    /// # Errors
    /// Text that is no such array, unknown fields or operators, and whatever [`Filter::from_values`] refuses.
    pub fn from_query_param(entity: Entity, text: &str) -> Result<Filter, QueryError> {
        if text.trim().is_empty() {
            return Ok(Filter::default());
        }
        let invalid = || QueryError::InvalidFilters(echo(text));
        if text.len() > MAX_FILTER_BYTES {
            return Err(invalid());
        }
        let raw: Option<Vec<RawFilter>> = serde_json::from_str(text).map_err(|_| invalid())?;
        Filter::from_values(entity, raw.unwrap_or_default()).map_err(|error| match error {
            QueryError::InvalidBody(_) => invalid(),
            error => error,
        })
    }

    /// Reads filter objects of a request body.
    ///
    /// # Errors
    /// Unknown fields or operators, operators that the field's type does not take, values and keys that cannot be read,
    /// and more than [`MAX_CONDITIONS`] objects.
    pub fn from_values(entity: Entity, values: Vec<RawFilter>) -> Result<Filter, QueryError> {
        if values.len() > MAX_CONDITIONS {
            return Err(QueryError::TooManyConditions {
                count: values.len(),
                limit: MAX_CONDITIONS,
            });
        }
        let mut filter = Filter::default();
        for raw in &values {
            filter.push(condition(entity, raw, Origin::Client)?);
        }
        Ok(filter)
    }
}

/// Reads one filter object.
pub(crate) fn condition(entity: Entity, raw: &RawFilter, origin: Origin) -> Result<Condition, QueryError> {
    let target = match (field_spec(entity, &raw.field), Inside::of(entity, raw)) {
        (Some(spec), _) => Target::Field(spec),
        (None, Some(inside)) => Target::Inside(inside),
        (None, None) => {
            return Err(QueryError::InvalidBody(format!(
                "Unknown field '{}' for {} filters",
                echo(&raw.field),
                entity.as_str()
            )));
        }
    };
    let Some(operator) = Operator::parse(&raw.operator) else {
        return Err(QueryError::InvalidBody(format!(
            "Unknown operator '{}'",
            echo(&raw.operator)
        )));
    };
    let reader = |field, kind, any_of| Reader {
        raw,
        field,
        kind,
        operator,
        key: raw.key.as_deref(),
        any_of,
        origin,
    };
    match target {
        Target::Field(spec) if spec.kind == FieldType::Custom => custom_condition(raw, operator, origin),
        Target::Field(spec) => reader(spec.field, spec.kind, spec.any_of).read(),
        Target::Inside(inside) => reader(inside.field, inside.kind, false).read_inside(inside),
    }
}

/// What the name of a filter leads to.
enum Target {
    Field(&'static FieldSpec),
    Inside(Inside),
}

/// A custom filter: the first step of the key names the field, the rest is a path inside of it.
fn custom_condition(raw: &RawFilter, operator: Operator, origin: Origin) -> Result<Condition, QueryError> {
    let key = raw
        .key
        .as_deref()
        .map(str::trim)
        .filter(|key| !key.is_empty())
        .ok_or(QueryError::MissingCustomKey)?;
    let invalid = || QueryError::InvalidCustomKey(echo(key));
    let path = key.strip_prefix("$.").unwrap_or(key);
    let name_end = path.find(['.', '[']).unwrap_or(path.len());
    let (name, rest) = path.split_at(name_end);
    let field = match name {
        "input" => Field::Input,
        "output" => Field::Output,
        "metadata" => Field::Metadata,
        _ => return Err(invalid()),
    };
    let inner = rest.strip_prefix('.').unwrap_or(rest);
    if inner.is_empty() && !rest.is_empty() {
        return Err(invalid());
    }
    let (kind, key) = if inner.is_empty() {
        (FieldType::String, None)
    } else {
        (FieldType::Dictionary, Some(inner))
    };
    Reader {
        raw,
        field,
        kind,
        operator,
        key,
        any_of: false,
        origin,
    }
    .read()
}

/// An instant. A space before the offset is a plus sign that was decoded once too often.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let parse = |text: &str| Timestamp::parse(text).ok();
    parse(text).or_else(|| {
        let (time, offset) = text.rsplit_once(' ')?;
        offset
            .starts_with(|first: char| first.is_ascii_digit())
            .then(|| parse(&format!("{time}+{offset}")))?
    })
}

/// One filter object whose field is known.
struct Reader<'a> {
    raw: &'a RawFilter,
    field: Field,
    kind: FieldType,
    operator: Operator,
    key: Option<&'a str>,
    any_of: bool,
    origin: Origin,
}

impl Reader<'_> {
    fn read(&self) -> Result<Condition, QueryError> {
        if !self.kind.operators().contains(&self.operator) {
            return Err(self.invalid_operator());
        }
        let test = match self.kind {
            FieldType::String => self.text(self.field.folding_mode())?,
            FieldType::StringExact => self.text(TextMode::Sensitive)?,
            // A list that is compared as text is JSON.
            FieldType::StringState if self.field == Field::Tags => self.text(TextMode::Json)?,
            FieldType::StringState => self.text(self.field.folding_mode())?,
            FieldType::DateTime | FieldType::DateTimeState => Test::Time {
                op: self.compare()?,
                value: self.parsed(instant)?,
            },
            FieldType::Number => Test::Number {
                op: self.compare()?,
                value: self.parsed(Number::parse)?,
            },
            FieldType::List => Test::List(self.list()?),
            FieldType::Enum => Test::Enum {
                test: self.word()?,
                any_of: self.any_of,
            },
            FieldType::EnumLegacy => Test::Enum {
                test: self.source()?,
                any_of: self.any_of,
            },
            FieldType::StringList => Test::List(match self.operator {
                Operator::In => ListTest::HasAny(self.words()),
                _ => ListTest::HasNone(self.words()),
            }),
            FieldType::Dictionary | FieldType::DictionaryState => self.dictionary(Path::new(self.key()?))?,
            FieldType::Map => self.map(Path::property(self.key()?))?,
            FieldType::FeedbackScoresNumber => self.score()?,
            FieldType::ErrorContainer => Test::Presence {
                present: self.operator == Operator::IsNotEmpty,
            },
            // Replaced by the type of its target before.
            FieldType::Custom => return Err(self.invalid_value()),
        };
        Ok(Condition {
            field: self.field,
            test,
        })
    }

    fn text(&self, mode: TextMode) -> Result<Test, QueryError> {
        let op = self.operator.as_text_op().ok_or_else(|| self.invalid_operator())?;
        Ok(Test::Text {
            op,
            mode,
            needle: Needle::new(&self.value()),
        })
    }

    fn compare(&self) -> Result<Compare, QueryError> {
        self.operator.as_compare().ok_or_else(|| self.invalid_operator())
    }

    fn list(&self) -> Result<ListTest, QueryError> {
        let value = self.value();
        Ok(match self.operator {
            Operator::Contains => ListTest::Contains(Needle::new(&value)),
            Operator::NotContains => ListTest::NotContains(Needle::new(&value)),
            Operator::Equal => ListTest::HasAny(vec![value]),
            Operator::NotEqual => ListTest::HasNone(vec![value]),
            Operator::IsEmpty => ListTest::IsEmpty,
            Operator::IsNotEmpty => ListTest::IsNotEmpty,
            _ => return Err(self.invalid_operator()),
        })
    }

    fn word(&self) -> Result<EnumTest, QueryError> {
        Ok(match self.operator {
            Operator::Equal => EnumTest::OneOf(vec![self.value()]),
            Operator::NotEqual => EnumTest::NoneOf(vec![self.value()]),
            Operator::In => EnumTest::OneOf(self.words()),
            Operator::NotIn => EnumTest::NoneOf(self.words()),
            Operator::IsEmpty => EnumTest::IsEmpty,
            Operator::IsNotEmpty => EnumTest::IsNotEmpty,
            _ => return Err(self.invalid_operator()),
        })
    }

    /// Rows of unknown origin were written by an SDK that did not tell.
    fn source(&self) -> Result<EnumTest, QueryError> {
        let mut words = vec![self.value()];
        match words[0].as_str() {
            "sdk" => words.extend(["unknown".to_owned(), String::new()]),
            "unknown" => words.push(String::new()),
            _ => {}
        }
        Ok(match self.operator {
            Operator::Equal => EnumTest::OneOf(words),
            Operator::NotEqual => EnumTest::NoneOf(words),
            _ => return Err(self.invalid_operator()),
        })
    }

    fn dictionary(&self, path: Path) -> Result<Test, QueryError> {
        let op = DictionaryOp::from_operator(self.operator).ok_or_else(|| self.invalid_operator())?;
        Ok(Test::Dictionary {
            path,
            test: DictionaryTest::new(op, &self.value()),
        })
    }

    fn inner_list(&self, path: Path) -> Result<Test, QueryError> {
        let op = ListOp::from_operator(self.operator).ok_or_else(|| self.invalid_operator())?;
        Ok(Test::Map {
            path,
            op: MapOp::List(op),
            needle: Needle::new(&self.value()),
        })
    }

    fn map(&self, path: Path) -> Result<Test, QueryError> {
        let op = self.operator.as_text_op().ok_or_else(|| self.invalid_operator())?;
        Ok(Test::Map {
            path,
            op: MapOp::Text(op),
            needle: Needle::new(&self.value()),
        })
    }

    /// The test of a value inside JSON whose type the client gave.
    fn read_inside(&self, inside: Inside) -> Result<Condition, QueryError> {
        if !self.kind.operators().contains(&self.operator) {
            return Err(self.invalid_operator());
        }
        let path = inside.path;
        let test = match self.kind {
            FieldType::Number => {
                let op = DictionaryOp::Number(self.compare()?);
                let value = self.parsed(|text| Number::parse(text).map(|_| text.to_owned()))?;
                Test::Dictionary {
                    path,
                    test: DictionaryTest::new(op, &value),
                }
            }
            FieldType::List => self.inner_list(path)?,
            FieldType::Dictionary if inside.has_key => self.dictionary(path)?,
            // Without a key, a dictionary is tested as a whole.
            FieldType::Dictionary => match DictionaryOp::from_operator(self.operator) {
                Some(DictionaryOp::IsEmpty | DictionaryOp::IsNotEmpty) => self.inner_list(path)?,
                Some(DictionaryOp::Text(_)) => self.map(path)?,
                _ => self.dictionary(path)?,
            },
            _ => self.map(path)?,
        };
        Ok(Condition {
            field: self.field,
            test,
        })
    }

    fn score(&self) -> Result<Test, QueryError> {
        let test = match self.operator {
            Operator::IsEmpty => ScoreTest::IsEmpty,
            Operator::IsNotEmpty => ScoreTest::IsNotEmpty,
            _ => {
                let value = self.parsed(Number::parse)?.truncated(SCORE_SCALE);
                ScoreTest::Compare {
                    op: self.compare()?,
                    value,
                }
            }
        };
        Ok(Test::Score {
            name: ScoreName::new(self.key()?),
            test,
        })
    }

    /// The key, which has to be there.
    fn key(&self) -> Result<&str, QueryError> {
        self.key
            .filter(|key| !key.trim().is_empty() && key.len() <= MAX_KEY_BYTES)
            .ok_or_else(|| self.invalid_value())
    }

    /// The elements of a value that lists words.
    fn words(&self) -> Vec<String> {
        let value = self.value();
        let mut words: Vec<String> = Vec::new();
        for word in value.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            if !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        }
        words
    }

    /// The value as text.
    fn value(&self) -> String {
        self.decoded().unwrap_or_else(|| self.raw.value.clone())
    }

    /// The value as `parse` reads it, decoded if it can be read so, else as it was sent.
    fn parsed<T>(&self, parse: impl Fn(&str) -> Option<T>) -> Result<T, QueryError> {
        self.decoded()
            .and_then(|decoded| parse(&decoded))
            .or_else(|| parse(&self.raw.value))
            .ok_or_else(|| self.invalid_value())
    }

    /// The URL-decoded value, if it is to be decoded and is well-formed.
    fn decoded(&self) -> Option<String> {
        let value = &self.raw.value;
        if self.origin == Origin::Language || !self.kind.is_url_decoded() || !value.contains(['+', '%']) {
            return None;
        }
        let is_escape = |(at, _): (usize, &str)| {
            value
                .get(at + 1..at + 3)
                .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        if !value.match_indices('%').all(is_escape) {
            return None;
        }
        let spaced = value.replace('+', " ");
        percent_decode_str(&spaced)
            .decode_utf8()
            .ok()
            .map(std::borrow::Cow::into_owned)
    }

    fn invalid_operator(&self) -> QueryError {
        QueryError::InvalidOperator {
            operator: self.operator,
            field: self.raw.field.clone(),
            kind: self.kind,
        }
    }

    fn invalid_value(&self) -> QueryError {
        QueryError::InvalidValue {
            value: echo(&self.raw.value),
            key: self.raw.key.as_deref().map_or_else(|| "null".to_owned(), echo),
            field: self.raw.field.clone(),
            kind: self.kind,
        }
    }
}
