//! Which rows a selection holds: conditions evaluated column by column.

use std::sync::Arc;

use ferropik_model::decimal;
use ferropik_query::{
    Compare, Condition, Field, Filter, ListTest, Number, NumberValue, ScoreName, ScoreTest, Test, TextMode, TextOp,
    UsageKey, contains_folded, enum_test, fold, text_test,
};
use ferropik_store::{Selection, StoreResult};
use rusqlite::Connection;
use uuid::Uuid;

use super::bits::Bits;
use super::change::Kind;
use super::column::{CHUNK_BITS, Column, NULL, Values};
use super::table::{Col, Table, cell_to_real, half_to_cell};
use crate::Context;
use crate::annotation_queues;
use crate::engine::strings;
use crate::error::translate;
use crate::read::columns_sql::{id_range, visibility_of};
use crate::read::statement::in_queue;
use crate::rows::{flag, source, span_type};
use crate::scoring;

/// Whether columns can tell which rows pass a filter: payloads and experiments are not in any column.
pub(crate) fn is_answerable(filter: &Filter) -> bool {
    filter.conditions().iter().all(|condition| {
        let is_elsewhere = matches!(
            condition.field,
            Field::Input
                | Field::Output
                | Field::Metadata
                | Field::FirstMessage
                | Field::LastMessage
                | Field::ExperimentId
                | Field::ExperimentIds
        );
        let is_error_text = condition.field == Field::ErrorInfo && !matches!(condition.test, Test::Presence { .. });
        !is_elsewhere && !is_error_text && !matches!(condition.test, Test::Dictionary { .. } | Test::Map { .. })
    })
}

/// Numbers up to which the outcome of a test is kept in a list by the number; above, it is worked out for each row.
const MAX_REMEMBERED: usize = 64 << 20;

/// Outcomes of a test by the number that was tested.
#[derive(Default)]
struct Memo(Vec<u8>);

impl Memo {
    fn get(&mut self, number: i64, test: impl FnOnce() -> bool) -> bool {
        let Some(index) = usize::try_from(number).ok().filter(|index| *index < MAX_REMEMBERED) else {
            return test();
        };
        if index >= self.0.len() {
            self.0.resize((index + 1).next_power_of_two(), 0);
        }
        match self.0[index] {
            0 => {
                let passes = test();
                self.0[index] = 1 + u8::from(passes);
                passes
            }
            known => known == 2,
        }
    }
}

/// A comparison with a number, in the unit of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
enum NumberTest {
    Counts(Compare, i64),
    Reals(Compare, f64),
    All,
    None,
}

impl NumberTest {
    /// A comparison with counts of `10^-digits`.
    fn scaled(op: Compare, value: &Number, digits: u32) -> NumberTest {
        let is_exact = value.decimal.normalize().scale() <= digits;
        let is_negative = value.decimal.is_sign_negative();
        let (floor, is_exact) = match decimal::to_scaled(value.decimal, digits) {
            Some(cut) if is_exact => (cut, true),
            Some(cut) => (cut - i64::from(is_negative), false),
            None => (if is_negative { i64::MIN } else { i64::MAX }, false),
        };
        // A value between two counts equals none, and is passed by those above the lower one.
        match op {
            op if is_exact => NumberTest::Counts(op, floor),
            Compare::Equal => NumberTest::None,
            Compare::NotEqual => NumberTest::All,
            Compare::Greater | Compare::GreaterEqual => NumberTest::Counts(Compare::Greater, floor),
            Compare::Less | Compare::LessEqual => NumberTest::Counts(Compare::LessEqual, floor),
        }
    }

    fn passes(self, value: i64) -> bool {
        match self {
            NumberTest::Counts(op, other) => op.accepts(Some(value.cmp(&other))),
            NumberTest::Reals(op, other) => op.accepts(cell_to_real(value).partial_cmp(&other)),
            NumberTest::All => true,
            NumberTest::None => false,
        }
    }
}

/// Looks for rows in a table.
pub(crate) struct Selector<'a> {
    pub(crate) context: &'a Context,
    pub(crate) connection: &'a Connection,
    pub(crate) project: i64,
    pub(crate) table: &'a Table,
}

impl Selector<'_> {
    /// The rows of a selection, of one type of spans if that is given; `None` when columns cannot tell.
    pub(crate) fn select(&self, selection: &Selection, span_type: Option<i64>) -> StoreResult<Option<Bits>> {
        if selection.search.is_some() || !is_answerable(&selection.filter) {
            return Ok(None);
        }
        let table = self.table;
        let mut rows = table.live.clone();
        let (lowest, highest) = id_range(selection.from, selection.to);
        if lowest.is_some() || highest.is_some() {
            let first = lowest.map_or(i64::MIN, |id| half_to_cell(id.as_u64_pair().0));
            let last = highest.map_or(i64::MAX, |id| half_to_cell(id.as_u64_pair().0));
            rows.retain(table.column(Col::High), |half| first <= half && half <= last);
        }
        if let Some(wanted) = span_type {
            rows.retain(table.column(Col::Type), |number| number == wanted);
        }
        let in_queue = selection.annotation_queue.map(in_queue);
        let mut conditions: Vec<&Condition> = selection
            .filter
            .conditions()
            .iter()
            .chain(in_queue.as_ref())
            .collect();
        conditions.sort_by_key(|condition| effort(condition));
        for condition in conditions {
            if !self.apply(condition, &mut rows)? {
                return Ok(None);
            }
        }
        Ok(Some(rows))
    }

    /// Keeps the rows that pass a condition; false when columns cannot tell.
    fn apply(&self, condition: &Condition, rows: &mut Bits) -> StoreResult<bool> {
        let table = self.table;
        match &condition.test {
            Test::Text { op, mode, needle } => {
                let passes = |text: Option<&str>| text_test(*op, *mode, text, needle);
                match condition.field {
                    Field::Id => self.by_id(condition, &passes, rows),
                    Field::ThreadId => self.by_thread(*op, needle.as_str(), &passes, rows)?,
                    field => self.by_text(field, &passes, rows)?,
                }
            }
            Test::Enum { test, any_of: false } => {
                let passes = |text: Option<&str>| enum_test(test, text);
                match condition.field {
                    Field::Id => self.by_id(condition, &passes, rows),
                    Field::ThreadId => self.by_thread(TextOp::Contains, "", &passes, rows)?,
                    field => self.by_text(field, &passes, rows)?,
                }
            }
            Test::Enum { any_of: true, .. } => rows.clear(),
            Test::Time { op, value } => self.by_time(condition.field, *op, value.as_nanos(), rows),
            Test::Number { op, value } => return self.by_number(condition.field, *op, value, rows),
            Test::List(test) => self.by_list(condition.field, test, rows)?,
            Test::Score { name, test } => return self.by_score(condition.field, name, test, rows),
            Test::Presence { present } => {
                rows.retain(table.column(Col::Flags), |flags| (flags & flag::ERROR != 0) == *present);
            }
            Test::Dictionary { .. } | Test::Map { .. } => return Ok(false),
        }
        Ok(true)
    }

    fn by_id(&self, condition: &Condition, passes: &dyn Fn(Option<&str>) -> bool, rows: &mut Bits) {
        let table = self.table;
        if let Some(id) = equal_id(condition) {
            let (high, low) = id.as_u64_pair();
            rows.retain(table.column(Col::High), |half| half == half_to_cell(high));
            rows.retain(table.column(Col::Low), |half| half == half_to_cell(low));
            return;
        }
        let numbers: Vec<usize> = rows.chunks().collect();
        for number in numbers {
            let first = number << CHUNK_BITS;
            rows.retain_chunk(number, |index| {
                let mut buffer = Uuid::encode_buffer();
                passes(Some(table.id(first + index).hyphenated().encode_lower(&mut buffer)))
            });
        }
    }

    fn by_thread(
        &self,
        op: TextOp,
        needle: &str,
        passes: &dyn Fn(Option<&str>) -> bool,
        rows: &mut Bits,
    ) -> StoreResult<()> {
        let column = self.table.column(Col::Group);
        if op == TextOp::Equal && !needle.is_empty() {
            let thread = crate::rows::ThreadRow::find(self.connection, self.project, needle).map_err(translate)?;
            match thread {
                Some(thread) => rows.retain(column, |seq| seq == thread.seq),
                None => rows.clear(),
            }
            return Ok(());
        }
        let mut memo = Memo::default();
        let mut statement = self
            .connection
            .prepare_cached("SELECT seq, thread_id FROM thread WHERE project = ?1")
            .map_err(translate)?;
        let mut found = statement.query([self.project]).map_err(translate)?;
        while let Some(row) = found.next().map_err(translate)? {
            let text = row.get_ref(1).map_err(translate)?;
            let passes = text.as_str().is_ok_and(|text| passes(Some(text)));
            memo.get(row.get(0).map_err(translate)?, || passes);
        }
        let without = passes(None);
        rows.retain(
            column,
            |seq| if seq == NULL { without } else { memo.get(seq, || false) },
        );
        Ok(())
    }

    fn by_text(&self, field: Field, passes: &dyn Fn(Option<&str>) -> bool, rows: &mut Bits) -> StoreResult<()> {
        let table = self.table;
        let is_trace = table.kind == Kind::Trace;
        match field {
            Field::Source => {
                self.by_word(
                    Col::Source,
                    &|number| source::from_number(number).map(|word| word.as_str()),
                    passes,
                    rows,
                );
            }
            Field::Type if !is_trace => {
                self.by_word(
                    Col::Type,
                    &|number| span_type::from_number(number).map(|word| word.as_str()),
                    passes,
                    rows,
                );
            }
            Field::Guardrails if is_trace => {
                let (failed, passed, neither) = (passes(Some("failed")), passes(Some("passed")), passes(None));
                self.retain_pairs(Col::FailedGuardrails, Col::Flags, rows, |count, flags| {
                    match (count, flags) {
                        (1.., _) => failed,
                        (_, flags) if flags & flag::GUARDRAILS != 0 => passed,
                        _ => neither,
                    }
                });
            }
            Field::VisibilityMode if is_trace => {
                self.by_word(Col::Source, &|number| Some(visibility_of(number)), passes, rows);
            }
            Field::TraceId if !is_trace => {
                let mut memo = Memo::default();
                rows.retain(table.column(Col::Group), |number| {
                    memo.get(number, || {
                        let mut buffer = Uuid::encode_buffer();
                        passes(Some(table.trace_ids.id(number).hyphenated().encode_lower(&mut buffer)))
                    })
                });
            }
            field => match text_column(table.kind, field) {
                Some(col) => return self.by_string(col, passes, rows),
                None if !passes(None) => rows.clear(),
                None => {}
            },
        }
        Ok(())
    }

    fn by_word(
        &self,
        col: Col,
        word: &dyn Fn(i64) -> Option<&'static str>,
        passes: &dyn Fn(Option<&str>) -> bool,
        rows: &mut Bits,
    ) {
        let outcomes: [bool; 8] = std::array::from_fn(|number| passes(word(i64::try_from(number).unwrap_or(0))));
        rows.retain(self.table.column(col), |number| {
            usize::try_from(number)
                .ok()
                .and_then(|number| outcomes.get(number))
                .copied()
                .unwrap_or(false)
        });
    }

    /// Tests interned strings, each once.
    fn by_string(&self, col: Col, passes: &dyn Fn(Option<&str>) -> bool, rows: &mut Bits) -> StoreResult<()> {
        let mut memo = Memo::default();
        let mut failure = None;
        let without = passes(None);
        rows.retain(self.table.column(col), |number| {
            if number == NULL {
                return without;
            }
            memo.get(number, || match self.context.strings.text(self.connection, number) {
                Ok(text) => passes(Some(&text)),
                Err(error) => {
                    failure = Some(error);
                    false
                }
            })
        });
        failure.map_or(Ok(()), |error| Err(translate(error)))
    }

    fn by_time(&self, field: Field, op: Compare, nanos: i64, rows: &mut Bits) {
        let table = self.table;
        let compare = |value: i64| value != NULL && op.accepts(Some(value.cmp(&nanos)));
        match field {
            Field::StartTime => rows.retain(table.column(Col::Start), compare),
            Field::EndTime => self.retain_pairs(Col::Start, Col::Length, rows, |start, length| {
                length != NULL && compare(start.saturating_add(length))
            }),
            Field::CreatedAt => rows.retain(table.column(Col::Created), compare),
            Field::LastUpdatedAt => {
                rows.retain(table.column(Col::Updated), |micros| {
                    compare(micros.saturating_mul(1_000))
                });
            }
            _ => rows.clear(),
        }
    }

    fn by_number(&self, field: Field, op: Compare, value: &Number, rows: &mut Bits) -> StoreResult<bool> {
        let table = self.table;
        let missing = field.missing_is_zero() && op.accepts(NumberValue::Integer(0).compare(value));
        let digits = match field {
            Field::Duration => 3,
            Field::TotalEstimatedCost => decimal::COST_SCALE,
            _ => 0,
        };
        let test = match field {
            Field::Ttft => NumberTest::Reals(op, value.float),
            _ => NumberTest::scaled(op, value, digits),
        };
        let compare = |cell: i64| if cell == NULL { missing } else { test.passes(cell) };
        match field {
            Field::Duration => self.retain_pairs(Col::Start, Col::Length, rows, |start, length| {
                if start > 0 && length != NULL {
                    test.passes(length / 1_000)
                } else {
                    missing
                }
            }),
            Field::Usage(key) => {
                if table.usage_overflows {
                    return Ok(false);
                }
                match self.usage_column(key, None)? {
                    Some(column) => rows.retain(column, compare),
                    None if !missing => rows.clear(),
                    None => {}
                }
            }
            field => match number_column(table.kind, field) {
                Some(col) => rows.retain(table.column(col), compare),
                None if !missing => rows.clear(),
                None => {}
            },
        }
        Ok(true)
    }

    /// The column of a key of usage, if any row has it.
    pub(super) fn usage_column(&self, key: UsageKey, other: Option<&str>) -> StoreResult<Option<&Column>> {
        let Some(name) = key.name().or(other) else {
            return Ok(None);
        };
        let number = strings::find(self.connection, name).map_err(translate)?;
        Ok(number.and_then(|number| self.table.usage.get(&number)))
    }

    fn by_list(&self, field: Field, test: &ListTest, rows: &mut Bits) -> StoreResult<()> {
        if field == Field::AnnotationQueueIds && self.table.kind == Kind::Trace {
            return self.by_queue(test, rows);
        }
        if field != Field::Tags {
            // Lists that the store does not keep are empty.
            if !list_passes(test, &[]) {
                rows.clear();
            }
            return Ok(());
        }
        let mut memo = Memo::default();
        let mut failure = None;
        rows.retain(self.table.column(Col::Tags), |number| {
            memo.get(number, || match self.tag_texts(number) {
                Ok(texts) => list_passes(test, &texts),
                Err(error) => {
                    failure = Some(error);
                    false
                }
            })
        });
        failure.map_or(Ok(()), Err)
    }

    /// Tests the annotation queues that hold a trace.
    fn by_queue(&self, test: &ListTest, rows: &mut Bits) -> StoreResult<()> {
        let (items, wanted) = annotation_queues::ids_of_matching(self.connection, self.project, test)?;
        let table = self.table;
        let numbers: Vec<usize> = rows.chunks().collect();
        for number in numbers {
            let first = number << CHUNK_BITS;
            rows.retain_chunk(number, |index| items.contains(&table.id(first + index)) == wanted);
        }
        Ok(())
    }

    /// The texts of a list of tags.
    pub(super) fn tag_texts(&self, number: i64) -> StoreResult<Vec<Arc<str>>> {
        let text = |tag: &i64| self.context.strings.text(self.connection, *tag).map_err(translate);
        self.table.tag_list(number).iter().map(text).collect()
    }

    fn by_score(&self, field: Field, name: &ScoreName, test: &ScoreTest, rows: &mut Bits) -> StoreResult<bool> {
        let table = self.table;
        if table.scores_overflow {
            return Ok(false);
        }
        let kind = score_kind(table.kind, field);
        let mut named = Vec::new();
        let mut all = Vec::new();
        for ((known, number), column) in &table.scores {
            if Some(*known) != kind {
                continue;
            }
            all.push(column);
            let text = self.context.strings.text(self.connection, *number).map_err(translate)?;
            if fold(&text) == name.folded() {
                named.push(column);
            }
        }
        match test {
            ScoreTest::IsEmpty => {
                for column in named {
                    rows.retain(column, |value| value == NULL);
                }
            }
            ScoreTest::IsNotEmpty => keep_any(rows, &named, |value| value != NULL),
            ScoreTest::Compare {
                op: Compare::NotEqual,
                value,
            } => {
                let equal = NumberTest::scaled(Compare::Equal, value, decimal::SCORE_SCALE);
                keep_any(rows, &all, |value| value != NULL);
                for column in named {
                    rows.retain(column, |value| value == NULL || !equal.passes(value));
                }
            }
            ScoreTest::Compare { op, value } => {
                let test = NumberTest::scaled(*op, value, decimal::SCORE_SCALE);
                keep_any(rows, &named, |value| value != NULL && test.passes(value));
            }
        }
        Ok(true)
    }

    /// Keeps the rows whose values in two columns pass.
    pub(super) fn retain_pairs(&self, a: Col, b: Col, rows: &mut Bits, passes: impl Fn(i64, i64) -> bool) {
        let (a, b) = (self.table.column(a), self.table.column(b));
        let (mut first, mut second) = (Vec::new(), Vec::new());
        let numbers: Vec<usize> = rows.chunks().collect();
        for number in numbers {
            match (a.chunk(number, &mut first), b.chunk(number, &mut second)) {
                (Values::Each(a), Values::Each(b)) => rows.retain_chunk(number, |index| passes(a[index], b[index])),
                (a, b) => rows.retain_chunk(number, |index| passes(a.at(index), b.at(index))),
            }
        }
    }
}

/// Keeps the rows that pass in any of the columns.
fn keep_any(rows: &mut Bits, columns: &[&Column], passes: impl Fn(i64) -> bool) {
    match columns {
        [] => rows.clear(),
        [one] => rows.retain(one, passes),
        several => {
            let mut rejected = rows.clone();
            for column in several {
                rejected.retain(column, |value| !passes(value));
            }
            rows.keep(&rejected, true);
        }
    }
}

/// The kind of scores that a field stands for.
pub(super) fn score_kind(kind: Kind, field: Field) -> Option<i64> {
    match (kind, field) {
        (Kind::Trace, Field::FeedbackScores) => Some(scoring::TRACE),
        (Kind::Trace, Field::SpanFeedbackScores) => Some(scoring::SPANS_OF_TRACE),
        (Kind::Span, Field::FeedbackScores | Field::SpanFeedbackScores) => Some(scoring::SPAN),
        _ => None,
    }
}

/// The column of interned strings of a field.
pub(super) fn text_column(kind: Kind, field: Field) -> Option<Col> {
    match (kind, field) {
        (_, Field::Name) => Some(Col::Name),
        (_, Field::ErrorType) => Some(Col::ErrorType),
        (_, Field::CreatedBy) => Some(Col::CreatedBy),
        (_, Field::Environment) => Some(Col::Environment),
        (Kind::Span, Field::Model) => Some(Col::Model),
        (Kind::Span, Field::Provider) => Some(Col::Provider),
        _ => None,
    }
}

/// The column of numbers of a field, if it has one of its own.
pub(super) fn number_column(kind: Kind, field: Field) -> Option<Col> {
    match (kind, field) {
        (_, Field::Ttft) => Some(Col::Ttft),
        (_, Field::TotalEstimatedCost) => Some(Col::Cost),
        (Kind::Trace, Field::SpanCount) => Some(Col::SpanCount),
        (Kind::Trace, Field::LlmSpanCount) => Some(Col::LlmSpanCount),
        _ => None,
    }
}

/// The id that a condition asks for, if it is an equality.
fn equal_id(condition: &Condition) -> Option<Uuid> {
    let Test::Text {
        op: TextOp::Equal,
        needle,
        mode,
    } = &condition.test
    else {
        return None;
    };
    let id = Uuid::parse_str(needle.as_str()).ok()?;
    (id.to_string() == needle.as_str() && *mode != TextMode::Json).then_some(id)
}

/// Orders conditions: what is tested quickly first.
fn effort(condition: &Condition) -> u8 {
    match (&condition.field, &condition.test) {
        (Field::Id, _) if equal_id(condition).is_some() => 0,
        (Field::Id, _) => 9,
        (Field::ThreadId, _) => 4,
        (_, Test::Text { .. } | Test::List(_)) => 3,
        (_, Test::Score { .. }) => 2,
        _ => 1,
    }
}

fn list_passes(test: &ListTest, texts: &[Arc<str>]) -> bool {
    let has = |words: &[String]| texts.iter().any(|text| words.iter().any(|word| **word == **text));
    match test {
        ListTest::Contains(needle) => texts.iter().any(|text| contains_folded(text, needle)),
        ListTest::NotContains(needle) => !texts.iter().any(|text| contains_folded(text, needle)),
        ListTest::HasAny(words) => has(words),
        ListTest::HasNone(words) => !has(words),
        ListTest::IsEmpty => texts.is_empty(),
        ListTest::IsNotEmpty => !texts.is_empty(),
    }
}
