//! The rows of one piece of a scan.

use std::borrow::Cow;

use ferropik_model::Timestamp;
use ferropik_query::{
    Condition, Entity, Field, Needle, NumberValue, Record, Test, TextMode, TextOp, contains_folded, text_test,
};
use ferropik_store::{StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, Row, Rows};
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::plan::{FRAME_COUNT, FRAMES, Plan, SearchPlan};
use crate::Context;
use crate::error::translate;
use crate::rows::{decode_numbers, span_type, uuid_at};

/// Rows are read as a range of numbers when at least one in so many of the range is wanted, else one by one.
const MAX_SPREAD: i64 = 4;

/// Entries of a cache of answers about interned strings and threads.
const CACHE_LIMIT: usize = 100_000;

/// A row of a piece: its number, its place in the piece, and whether its payload may match the search.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    pub(crate) seq: i64,
    pub(crate) place: u32,
    pub(crate) payload: bool,
}

/// Tests rows. One for every thread of a scan.
pub(crate) struct Tester<'a> {
    context: &'a Context,
    connection: &'a Connection,
    plan: &'a Plan,
    payload_sql: [String; 2],
    text: Vec<u8>,
    strings: FxHashMap<i64, bool>,
    threads: FxHashMap<i64, bool>,
}

impl<'a> Tester<'a> {
    /// A tester that reads through a connection.
    pub(crate) fn new(context: &'a Context, connection: &'a Connection, plan: &'a Plan) -> Tester<'a> {
        let table = match plan.entity {
            Entity::Span => "span_payload",
            _ => "trace_payload",
        };
        let wanted = plan.frames();
        let columns: Vec<&str> = (0..FRAME_COUNT)
            .map(|frame| if wanted[frame] { FRAMES[frame].2 } else { "NULL" })
            .collect();
        let select = format!("SELECT seq, {} FROM {table} WHERE seq", columns.join(", "));
        Tester {
            context,
            connection,
            plan,
            payload_sql: [
                format!("{select} = ?1"),
                format!("{select} BETWEEN ?1 AND ?2 ORDER BY seq"),
            ],
            text: Vec::new(),
            strings: FxHashMap::default(),
            threads: FxHashMap::default(),
        }
    }

    /// Appends the places of the rows that match, in no particular order. The items are sorted by number on the way.
    /// `is_over` is asked now and then; when it says yes the rest is left out.
    pub(crate) fn test(
        &mut self,
        items: &mut Vec<Item>,
        is_over: &dyn Fn() -> bool,
        found: &mut Vec<u32>,
    ) -> StoreResult<()> {
        items.sort_unstable_by_key(|item| item.seq);
        let plan = self.plan;
        if !plan.fields.is_empty() || plan.search.is_none() {
            let mut passed = Vec::with_capacity(items.len());
            self.payloads(items, is_over, |tester, item, frames| {
                if tester.passes(frames)? {
                    passed.push(item);
                }
                Ok(())
            })?;
            *items = passed;
        }
        let Some(search) = &plan.search else {
            found.extend(items.iter().map(|item| item.place));
            return Ok(());
        };
        let mut rest = Vec::with_capacity(items.len());
        self.narrow_rows(search, items, is_over, &mut rest, found)?;
        rest.retain(|item| item.payload);
        self.payloads(&rest, is_over, |tester, item, frames| {
            if tester.is_found(search, frames)? {
                found.push(item.place);
            }
            Ok(())
        })
    }

    /// Calls `visit` with the frames of each item.
    fn payloads(
        &mut self,
        items: &[Item],
        is_over: &dyn Fn() -> bool,
        mut visit: impl FnMut(&mut Self, Item, &Frames<'_>) -> StoreResult<()>,
    ) -> StoreResult<()> {
        let connection = self.connection;
        let sql = self.payload_sql.clone();
        for_each(connection, &sql, items, is_over, |item, row| {
            let mut frames = Frames::default();
            if let Some(row) = row {
                for (index, frame) in frames.0.iter_mut().enumerate() {
                    *frame = row
                        .get_ref(index + 1)
                        .and_then(|value| Ok(value.as_blob_or_null()?))
                        .map_err(translate)?;
                }
            }
            visit(self, item, &frames)
        })
    }

    fn passes(&mut self, frames: &Frames<'_>) -> StoreResult<bool> {
        for field in &self.plan.fields {
            let text = self.inflate(frames.0[field.frame])?;
            for step in &field.steps {
                let may_pass = match (&step.implied, text) {
                    (Some(needle), Some(text)) => text_test(TextOp::Contains, TextMode::Json, Some(text), needle),
                    (Some(_), None) => false,
                    (None, _) => true,
                };
                if !may_pass || !holds(&step.condition, text) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn is_found(&mut self, search: &SearchPlan, frames: &Frames<'_>) -> StoreResult<bool> {
        for frame in search.frames {
            let Some(text) = self.inflate(frames.0[*frame])? else {
                continue;
            };
            if text_test(TextOp::Contains, TextMode::Json, Some(text), &search.needle) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn inflate(&mut self, frame: Option<&[u8]>) -> StoreResult<Option<&str>> {
        let Some(frame) = frame else { return Ok(None) };
        self.context
            .codec
            .decode_into(frame, &mut self.text)
            .map_err(StoreError::internal)?;
        std::str::from_utf8(&self.text).map(Some).map_err(StoreError::internal)
    }

    /// Searches what is not in the payload. Rows that do not match go to `rest`, rows that have gone nowhere.
    fn narrow_rows(
        &mut self,
        search: &SearchPlan,
        items: &[Item],
        is_over: &dyn Fn() -> bool,
        rest: &mut Vec<Item>,
        found: &mut Vec<u32>,
    ) -> StoreResult<()> {
        let select = match self.plan.entity {
            Entity::Span => "SELECT seq, id, tags, name, trace, type, model, provider FROM span WHERE seq",
            _ => "SELECT seq, id, tags, name, thread FROM trace WHERE seq",
        };
        let sql = [
            format!("{select} = ?1"),
            format!("{select} BETWEEN ?1 AND ?2 ORDER BY seq"),
        ];
        let connection = self.connection;
        for_each(connection, &sql, items, is_over, |item, row| {
            let Some(row) = row else { return Ok(()) };
            if self.is_in_row(search, item, row)? {
                found.push(item.place);
            } else {
                rest.push(item);
            }
            Ok(())
        })
    }

    fn is_in_row(&mut self, search: &SearchPlan, item: Item, row: &Row<'_>) -> StoreResult<bool> {
        let needle = &search.needle;
        if search.in_ids && is_in_id(needle, uuid_at(row, 1).map_err(translate)?) {
            return Ok(true);
        }
        let number = |index| row.get::<_, Option<i64>>(index).map_err(translate);
        if self.plan.entity == Entity::Span {
            if search.in_ids
                && let Some(trace) = number(4)?
            {
                let id = crate::read::assemble::trace_id(self.connection, trace)?;
                if is_in_id(needle, id) {
                    return Ok(true);
                }
            }
            let kind = span_type::from_number(number(5)?.unwrap_or(0));
            if kind.is_some_and(|kind| contains_folded(kind.as_str(), needle)) {
                return Ok(true);
            }
            for index in [6, 7] {
                if self.is_in_string(needle, number(index)?)? {
                    return Ok(true);
                }
            }
        } else if item.payload && self.is_in_thread_id(needle, number(4)?)? {
            return Ok(true);
        }
        if self.is_in_string(needle, number(3)?)? {
            return Ok(true);
        }
        let tags = row
            .get_ref(2)
            .and_then(|value| Ok(value.as_blob_or_null()?))
            .map_err(translate)?;
        for tag in decode_numbers(tags) {
            if self.is_in_string(needle, Some(tag))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_in_string(&mut self, needle: &Needle, number: Option<i64>) -> StoreResult<bool> {
        let Some(number) = number else { return Ok(false) };
        if let Some(known) = self.strings.get(&number) {
            return Ok(*known);
        }
        let text = self.context.strings.text(self.connection, number).map_err(translate)?;
        let answer = contains_folded(&text, needle);
        keep(&mut self.strings, number, answer);
        Ok(answer)
    }

    fn is_in_thread_id(&mut self, needle: &Needle, thread: Option<i64>) -> StoreResult<bool> {
        let Some(thread) = thread else { return Ok(false) };
        if let Some(known) = self.threads.get(&thread) {
            return Ok(*known);
        }
        let id: Option<String> = self
            .connection
            .prepare_cached("SELECT thread_id FROM thread WHERE seq = ?1")
            .and_then(|mut statement| statement.query_row([thread], |row| row.get(0)).optional())
            .map_err(translate)?;
        let answer = id.is_some_and(|id| contains_folded(&id, needle));
        keep(&mut self.threads, thread, answer);
        Ok(answer)
    }
}

fn keep(cache: &mut FxHashMap<i64, bool>, key: i64, answer: bool) {
    if cache.len() >= CACHE_LIMIT {
        cache.clear();
    }
    cache.insert(key, answer);
}

/// Whether the text of an id holds a text.
pub(super) fn is_in_id(needle: &Needle, id: uuid::Uuid) -> bool {
    let mut buffer = uuid::Uuid::encode_buffer();
    contains_folded(id.hyphenated().encode_lower(&mut buffer), needle)
}

fn holds(condition: &Condition, text: Option<&str>) -> bool {
    match &condition.test {
        Test::Text { op, mode, needle } => text_test(*op, *mode, text, needle),
        _ => condition.matches(&Payload {
            field: condition.field,
            text,
        }),
    }
}

/// The frames of a row, by their index.
#[derive(Default)]
struct Frames<'a>([Option<&'a [u8]>; FRAME_COUNT]);

/// Calls `visit` with each item and its row, if there is one. The items are sorted by number.
fn for_each(
    connection: &Connection,
    sql: &[String; 2],
    items: &[Item],
    is_over: &dyn Fn() -> bool,
    mut visit: impl FnMut(Item, Option<&Row<'_>>) -> StoreResult<()>,
) -> StoreResult<()> {
    let (Some(first), Some(last)) = (items.first(), items.last()) else {
        return Ok(());
    };
    let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
    if last.seq - first.seq < count.saturating_mul(MAX_SPREAD) {
        let mut statement = connection.prepare_cached(&sql[1]).map_err(translate)?;
        let mut rows = statement.query([first.seq, last.seq]).map_err(translate)?;
        let mut current = next(&mut rows)?;
        for (index, item) in items.iter().enumerate() {
            if index % 64 == 0 && is_over() {
                return Ok(());
            }
            while let Some((seq, _)) = current
                && seq < item.seq
            {
                current = next(&mut rows)?;
            }
            match current {
                Some((seq, row)) if seq == item.seq => visit(*item, Some(row))?,
                _ => visit(*item, None)?,
            }
        }
        return Ok(());
    }
    let mut statement = connection.prepare_cached(&sql[0]).map_err(translate)?;
    for (index, item) in items.iter().enumerate() {
        if index % 64 == 0 && is_over() {
            return Ok(());
        }
        let mut rows = statement.query([item.seq]).map_err(translate)?;
        visit(*item, rows.next().map_err(translate)?)?;
    }
    Ok(())
}

fn next<'r>(rows: &'r mut Rows<'_>) -> StoreResult<Option<(i64, &'r Row<'r>)>> {
    let Some(row) = rows.next().map_err(translate)? else {
        return Ok(None);
    };
    Ok(Some((row.get(0).map_err(translate)?, row)))
}

/// One payload field as filters see it.
struct Payload<'a> {
    field: Field,
    text: Option<&'a str>,
}

impl Record for Payload<'_> {
    fn text(&self, field: Field) -> Option<Cow<'_, str>> {
        self.text.filter(|_| field == self.field).map(Cow::Borrowed)
    }

    fn time(&self, _field: Field) -> Option<Timestamp> {
        None
    }

    fn number(&self, _field: Field) -> Option<NumberValue> {
        None
    }

    fn list(&self, _field: Field) -> Vec<Cow<'_, str>> {
        Vec::new()
    }

    fn scores(&self, _field: Field) -> Vec<(Cow<'_, str>, Decimal)> {
        Vec::new()
    }
}
