//! The order of compared items.

use std::cmp::Ordering;

use ferropik_query::{Direction, Field, FieldType, JsonValue, Path, Record, Sort};
use ferropik_store::StoreResult;
use uuid::Uuid;

use super::field::{Part, part_of};
use super::run::RunRecord;

/// Bytes of a text that take part in sorting: enough to order what people look at, and a bound for memory.
const MAX_TEXT: usize = 256;

/// What an item is sorted by, made of its runs: the mean of their numbers, else the first of their texts.
pub(super) struct KeyBuilder<'a> {
    sort: &'a Sort,
    path: Option<Path>,
    numbers: Vec<f64>,
    text: Option<String>,
    /// All runs of an item have the same value.
    of_item: bool,
}

/// What an item is sorted by.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Key {
    /// A number under a key, and whether it is there: a missing one counts as zero.
    Keyed(f64, bool),
    /// Any other value.
    Value(Option<JsonValue>),
}

impl<'a> KeyBuilder<'a> {
    /// The key of an item of which no run was seen yet.
    pub(super) fn new(sort: &'a Sort) -> KeyBuilder<'a> {
        KeyBuilder {
            sort,
            path: sort.path(),
            numbers: Vec::new(),
            text: None,
            of_item: false,
        }
    }

    /// Whether further runs may change the key.
    pub(super) fn wants_more(&self) -> bool {
        !self.of_item
    }

    /// Takes a run into account.
    pub(super) fn add(&mut self, run: &mut RunRecord<'_>) -> StoreResult<()> {
        let field = self.sort.field;
        run.load(field)?;
        let value = match (&self.path, &self.sort.key) {
            (Some(path), _) => run.json_value(field, path),
            (None, Some(key)) => run
                .keyed_number(field, key)
                .map(|number| JsonValue::Number(number.to_f64())),
            // Microseconds since the epoch are exact as doubles.
            (None, None) if is_time(self.sort.kind) => {
                run.time(field).map(|time| JsonValue::Number(time.as_micros() as f64))
            }
            (None, None) if self.sort.kind == FieldType::Number => {
                run.number(field).map(|number| JsonValue::Number(number.to_f64()))
            }
            (None, None) => run.sort_text(field).map(|text| JsonValue::Text(text.into_owned())),
        };
        match value {
            Some(JsonValue::Number(number)) => self.numbers.push(number),
            Some(JsonValue::Text(mut text)) if self.text.is_none() => {
                shorten(&mut text);
                self.text = Some(text);
            }
            _ => {}
        }
        let is_settled = !self.numbers.is_empty() || self.text.is_some();
        self.of_item = is_settled && !matches!(part_of(field), part if part >= Part::Trace && part != Part::Data);
        Ok(())
    }

    /// The key after all runs.
    pub(super) fn finish(mut self) -> Key {
        // In one order, so that equal runs give equal keys.
        self.numbers.sort_unstable_by(f64::total_cmp);
        let count = self.numbers.len();
        let mean = (count > 0).then(|| self.numbers.iter().sum::<f64>() / count as f64);
        if self.path.is_none() && self.sort.key.is_some() {
            return Key::Keyed(mean.unwrap_or(0.0), mean.is_some());
        }
        Key::Value(mean.map(JsonValue::Number).or(self.text.map(JsonValue::Text)))
    }
}

fn is_time(kind: FieldType) -> bool {
    matches!(kind, FieldType::DateTime | FieldType::DateTimeState)
}

fn shorten(text: &mut String) {
    if text.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.shrink_to_fit();
    }
}

/// How two keys order in a direction; missing values come last in both.
fn compare(direction: Direction, left: &Key, right: &Key) -> Ordering {
    let apply = |ordering: Ordering| match direction {
        Direction::Ascending => ordering,
        Direction::Descending => ordering.reverse(),
    };
    match (left, right) {
        (Key::Keyed(left, has_left), Key::Keyed(right, has_right)) => {
            apply(left.total_cmp(right).then(has_left.cmp(has_right)))
        }
        (Key::Value(Some(left)), Key::Value(Some(right))) => apply(left.order(right)),
        (Key::Value(left), Key::Value(right)) => left.is_none().cmp(&right.is_none()),
        (Key::Keyed(..), Key::Value(_)) => Ordering::Less,
        (Key::Value(_), Key::Keyed(..)) => Ordering::Greater,
    }
}

/// The ids of items, which come in descending order, in the order that is asked for; of equal keys the highest id is
/// first.
pub(super) fn sort_rows(sort: Option<&Sort>, mut rows: Vec<(Option<Key>, Uuid)>) -> Vec<Uuid> {
    if let Some(sort) = sort {
        if sort.field == Field::Id {
            if sort.direction == Direction::Ascending {
                rows.reverse();
            }
        } else {
            // The sort is stable, so that equal keys keep the order of the ids.
            rows.sort_by(|(left, _), (right, _)| match (left, right) {
                (Some(left), Some(right)) => compare(sort.direction, left, right),
                _ => Ordering::Equal,
            });
        }
    }
    rows.into_iter().map(|(_, id)| id).collect()
}
