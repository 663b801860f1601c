//! Evaluation in memory, and the rules that SQL shares.

use std::borrow::Cow;

use ferropik_model::Timestamp;
use rust_decimal::Decimal;

use crate::field::Field;
use crate::filter::{
    Condition, DictionaryOp, DictionaryTest, EnumTest, Filter, ListOp, ListTest, MapOp, ScoreName, ScoreTest, Test,
};
use crate::operator::{Compare, TextMode};
use crate::path::Path;
use crate::scan;
use crate::text::{Needle, contains_folded, fold, text_test};
use crate::value::{JsonValue, NumberValue};

/// A record of an entity as filters, sorting and search see it.
///
/// Each getter is asked only for fields of its type, see [`Field`]; an implementation answers "missing" for fields that
/// it does not have.
pub trait Record {
    /// The text of a field; of JSON fields, their compact JSON text.
    fn text(&self, field: Field) -> Option<Cow<'_, str>>;

    /// An instant.
    fn time(&self, field: Field) -> Option<Timestamp>;

    /// A number; milliseconds for durations, US dollars for costs.
    fn number(&self, field: Field) -> Option<NumberValue>;

    /// The elements of a list, in any order.
    fn list(&self, field: Field) -> Vec<Cow<'_, str>>;

    /// Aggregated feedback scores: name and value, one element per name.
    fn scores(&self, field: Field) -> Vec<(Cow<'_, str>, Decimal)>;

    /// The text that sorting by a text or list field compares: of [`Field::ExperimentId`] the experiment's name, of
    /// [`Field::Tags`] the stored list.
    fn sort_text(&self, field: Field) -> Option<Cow<'_, str>> {
        self.text(field)
    }

    /// The number under one key of a map, for sorting by `usage.<key>`, `duration.<quantile>` and
    /// `feedback_scores.<name>` (exact name).
    fn keyed_number(&self, field: Field, key: &str) -> Option<NumberValue> {
        match field {
            Field::FeedbackScores | Field::SpanFeedbackScores | Field::ExperimentScores => self
                .scores(field)
                .into_iter()
                .find_map(|(name, value)| (name == key).then_some(NumberValue::Decimal(value))),
            field => self.number(field),
        }
    }

    /// The value at a path inside a JSON field, for sorting by `data.<column>`, `input.<path>` and the like.
    fn json_value(&self, field: Field, path: &Path) -> Option<JsonValue> {
        json_value(self.text(field)?.as_ref(), path)
    }
}

impl Filter {
    /// Whether the record passes all conditions.
    pub fn matches(&self, record: &dyn Record) -> bool {
        self.conditions().iter().all(|condition| condition.matches(record))
    }
}

impl Condition {
    /// Whether the record passes.
    pub fn matches(&self, record: &dyn Record) -> bool {
        let field = self.field;
        match &self.test {
            Test::Text { op, mode, needle } => text_test(*op, *mode, record.text(field).as_deref(), needle),
            Test::Time { op, value } => record
                .time(field)
                .is_some_and(|time| op.accepts(Some(time.as_nanos().cmp(&value.as_nanos())))),
            Test::Number { op, value } => {
                let zero = field.missing_is_zero().then_some(NumberValue::Integer(0));
                record
                    .number(field)
                    .or(zero)
                    .is_some_and(|number| op.accepts(number.compare(value)))
            }
            Test::List(test) => list_test(test, &record.list(field)),
            Test::Enum { test, any_of: false } => enum_test(test, record.text(field).as_deref()),
            Test::Enum { test, any_of: true } => record.list(field).iter().any(|word| enum_test(test, Some(word))),
            Test::Dictionary { path, test } => dictionary_test(test, path, record.text(field).as_deref()),
            Test::Map { path, op, needle } => map_test(*op, path, record.text(field).as_deref(), needle),
            Test::Score { name, test } => score_test(test, name, &record.scores(field)),
            Test::Presence { present } => record.text(field).is_some_and(|text| !text.is_empty()) == *present,
        }
    }
}

fn list_test(test: &ListTest, list: &[Cow<'_, str>]) -> bool {
    let holds = |needle: &Needle| list.iter().any(|element| contains_folded(element, needle));
    let has = |words: &[String]| list.iter().any(|element| words.iter().any(|word| word == element));
    match test {
        ListTest::Contains(needle) => holds(needle),
        ListTest::NotContains(needle) => !holds(needle),
        ListTest::HasAny(words) => has(words),
        ListTest::HasNone(words) => !has(words),
        ListTest::IsEmpty => list.is_empty(),
        ListTest::IsNotEmpty => !list.is_empty(),
    }
}

/// Test of a word; a missing one is the empty text.
pub fn enum_test(test: &EnumTest, word: Option<&str>) -> bool {
    let word = word.unwrap_or_default();
    match test {
        EnumTest::OneOf(words) => words.iter().any(|known| known == word),
        EnumTest::NoneOf(words) => words.iter().all(|known| known != word),
        EnumTest::IsEmpty => word.is_empty(),
        EnumTest::IsNotEmpty => !word.is_empty(),
    }
}

fn score_test(test: &ScoreTest, name: &ScoreName, scores: &[(Cow<'_, str>, Decimal)]) -> bool {
    let mut named = scores.iter().filter(|(score, _)| fold(score) == name.folded());
    match test {
        ScoreTest::IsEmpty => named.next().is_none(),
        ScoreTest::IsNotEmpty => named.next().is_some(),
        ScoreTest::Compare {
            op: Compare::NotEqual,
            value,
        } => !scores.is_empty() && named.all(|(_, score)| *score != value.decimal),
        ScoreTest::Compare { op, value } => named.any(|(_, score)| op.accepts(Some(score.cmp(&value.decimal)))),
    }
}

/// Test of the value that a key leads to in JSON text, as a whole; see [`MapOp`].
pub fn map_test(op: MapOp, path: &Path, json: Option<&str>, needle: &Needle) -> bool {
    let value = json.and_then(|json| scan::find(json, path));
    match op {
        MapOp::Text(op) => {
            // Only what stays JSON text has escapes that may hide the needle.
            let mode = if value.is_some_and(|json| json.starts_with('"')) {
                TextMode::Insensitive
            } else {
                TextMode::Json
            };
            text_test(op, mode, value.map(scan::plain).as_deref(), needle)
        }
        MapOp::List(op) => element_test(op, value, needle),
    }
}

fn element_test(op: ListOp, json: Option<&str>, needle: &Needle) -> bool {
    let any = |test: &dyn Fn(&str) -> bool| match json {
        None | Some("null" | "\"\"") => false,
        Some(json) => match scan::elements(json) {
            Some(mut elements) => elements.any(|element| test(&scan::plain(element))),
            None => test(&scan::plain(json)),
        },
    };
    match op {
        ListOp::Contains => any(&|element| contains_folded(element, needle)),
        ListOp::NotContains => !any(&|element| contains_folded(element, needle)),
        ListOp::Has => any(&|element| element == needle.as_str()),
        ListOp::HasNot => !any(&|element| element == needle.as_str()),
        ListOp::IsEmpty => !any(&|_| true),
        ListOp::IsNotEmpty => any(&|_| true),
    }
}

/// The value that a key leads to in JSON text, as sorting compares it: numbers as doubles, strings without quotes,
/// anything else its JSON text. `None` when nothing is there, or `null`.
pub fn json_value(json: &str, path: &Path) -> Option<JsonValue> {
    let value = scan::find(json, path)?;
    if value == "null" {
        return None;
    }
    let is_number = value.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    match value.parse::<f64>() {
        Ok(number) if is_number => Some(JsonValue::Number(number)),
        _ => Some(JsonValue::Text(scan::plain(value).into_owned())),
    }
}

/// The text of the scalar that a key leads to in JSON text: strings without quotes, numbers in their shortest form
/// (`1.50` is `1.5`, integers keep all digits), `true`, `false`, `null`. `None` when nothing is there, or an object or
/// array.
pub fn dictionary_text<'a>(json: &'a str, path: &Path) -> Option<Cow<'a, str>> {
    scan::find(json, path).and_then(scan::scalar)
}

/// The text that a key leads to in JSON text, without quotes. `None` when nothing is there, or anything but a string.
pub fn dictionary_string<'a>(json: &'a str, path: &Path) -> Option<Cow<'a, str>> {
    scan::find(json, path)
        .filter(|value| value.starts_with('"'))
        .and_then(scan::scalar)
}

/// Test of the value that a key leads to in JSON text. Missing JSON, like a missing value, is the empty text.
pub fn dictionary_test(test: &DictionaryTest, path: &Path, json: Option<&str>) -> bool {
    let text = json.and_then(|json| dictionary_text(json, path));
    let is_empty = || matches!(text.as_deref(), None | Some("" | "null"));
    match test.op {
        DictionaryOp::Text(op) => text_test(op, TextMode::Insensitive, text.as_deref(), &test.needle),
        DictionaryOp::IsEmpty => is_empty(),
        DictionaryOp::IsNotEmpty => !is_empty(),
        DictionaryOp::Number(op) => {
            let value = text.as_deref().and_then(crate::Number::parse);
            let pair = value.zip(test.number);
            pair.is_some_and(|(value, number)| op.accepts(value.float.partial_cmp(&number)))
        }
    }
}
