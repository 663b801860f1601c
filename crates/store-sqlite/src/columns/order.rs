//! The order of rows, and pages of it without sorting everything.
//!
//! A page is found between two bounds that a sample of the rows suggests: one pass counts what comes before the first
//! bound and keeps what lies between the two, which is then sorted. A guess that missed costs a second pass.

use std::cmp::Ordering;

use ferropik_query::{Direction, Field, FieldType, Sort};
use ferropik_store::StoreResult;
use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::bits::Bits;
use super::change::Kind;
use super::column::{CHUNK, CHUNK_BITS, Column, NULL, Values};
use super::select::{Selector, number_column, score_kind, text_column};
use super::table::{Col, Table, half_to_cell};
use crate::engine::strings;
use crate::error::translate;
use crate::rows::{optional_uuid_at, span_type};

/// Rows up to which all are sorted; tests have more than that.
const SORT_ALL: usize = if cfg!(test) { 60 } else { 6_000 };

/// Rows of a sample.
const SAMPLE: usize = if cfg!(test) { 40 } else { 8_192 };

/// Different texts up to which they are ranked.
const MAX_TEXTS: usize = 300_000;

/// What rows are ordered by.
enum By<'a> {
    Id,
    TraceId,
    Column(&'a Column),
    /// The end, which is kept as start and length.
    End,
    Duration,
    /// The rank of the text that a number stands for.
    Rank(&'a Column, Vec<u32>),
    /// A number under a key: a missing one counts as zero, and as smaller than a zero that is there.
    Keyed(&'a Column),
    /// No row has a value.
    Missing,
}

/// An order of the rows of a table.
pub(crate) struct Order<'a> {
    table: &'a Table,
    by: By<'a>,
    descending: bool,
}

/// A row that many others are compared with: what breaks ties is looked up once.
struct Pivot {
    entry: Entry,
    id: Uuid,
    trace_id: Uuid,
}

impl Pivot {
    fn of(table: &Table, entry: Entry) -> Pivot {
        let row = entry.row as usize;
        let trace_id = if table.kind == Kind::Span {
            table.trace_id(row)
        } else {
            Uuid::nil()
        };
        Pivot {
            entry,
            id: table.id(row),
            trace_id,
        }
    }
}

/// A row with the number that orders it.
#[derive(Debug, Clone, Copy)]
struct Entry {
    key: u64,
    row: u32,
}

impl Selector<'_> {
    /// The order that is asked for, or the default one; `None` when columns cannot tell.
    pub(crate) fn order(&self, sort: Option<&Sort>) -> StoreResult<Option<Order<'_>>> {
        let by_default = if self.table.kind == Kind::Trace {
            By::Id
        } else {
            By::TraceId
        };
        let Some(sort) = sort else {
            return Ok(Some(Order {
                table: self.table,
                by: by_default,
                descending: true,
            }));
        };
        let descending = sort.direction == Direction::Descending;
        let by = match &sort.key {
            Some(key) => self.keyed(sort.field, key)?,
            None => self.plain(sort)?,
        };
        Ok(by.map(|by| Order {
            table: self.table,
            by,
            descending,
        }))
    }

    /// Descending ids.
    pub(crate) fn by_descending_id(&self) -> Order<'_> {
        Order {
            table: self.table,
            by: By::Id,
            descending: true,
        }
    }

    fn keyed(&self, field: Field, key: &str) -> StoreResult<Option<By<'_>>> {
        let table = self.table;
        let column = match field {
            Field::Usage(usage) if !table.usage_overflows => self.usage_column(usage, Some(key))?,
            Field::FeedbackScores | Field::SpanFeedbackScores if !table.scores_overflow => {
                let name = strings::find(self.connection, key).map_err(translate)?;
                let kind = score_kind(table.kind, field);
                kind.zip(name).and_then(|place| table.scores.get(&place))
            }
            _ => return Ok(None),
        };
        Ok(Some(column.map_or(By::Missing, By::Keyed)))
    }

    fn plain(&self, sort: &Sort) -> StoreResult<Option<By<'_>>> {
        let table = self.table;
        let is_trace = table.kind == Kind::Trace;
        Ok(Some(match sort.field {
            Field::Id => By::Id,
            Field::TraceId if !is_trace => By::TraceId,
            Field::StartTime => By::Column(table.column(Col::Start)),
            Field::EndTime => By::End,
            Field::CreatedAt => By::Column(table.column(Col::Created)),
            Field::LastUpdatedAt => By::Column(table.column(Col::Updated)),
            Field::Duration => By::Duration,
            Field::Input
            | Field::Output
            | Field::Metadata
            | Field::ErrorInfo
            | Field::ParentSpanId
            | Field::ExperimentId => return Ok(None),
            Field::ThreadId if is_trace => match self.thread_ranks()? {
                Some(ranks) => By::Rank(table.column(Col::Group), ranks),
                None => return Ok(None),
            },
            Field::Tags => match self.tag_ranks()? {
                Some(ranks) => By::Rank(table.column(Col::Tags), ranks),
                None => return Ok(None),
            },
            Field::Type if !is_trace => By::Rank(table.column(Col::Type), type_ranks()),
            field if sort.kind == FieldType::Number => match number_column(table.kind, field) {
                Some(col) => By::Column(table.column(col)),
                None => By::Missing,
            },
            field => match text_column(table.kind, field) {
                Some(col) => match self.text_ranks(table.column(col))? {
                    Some(ranks) => By::Rank(table.column(col), ranks),
                    None => return Ok(None),
                },
                None => By::Missing,
            },
        }))
    }

    /// Ranks of the interned strings of a column, by their number.
    fn text_ranks(&self, column: &Column) -> StoreResult<Option<Vec<u32>>> {
        let mut texts = Vec::new();
        let mut seen: Vec<bool> = Vec::new();
        let mut see = |number: i64| {
            let Ok(index) = usize::try_from(number) else { return };
            if index >= seen.len() {
                seen.resize((index + 1).next_power_of_two(), false);
            }
            if !seen[index] {
                seen[index] = true;
                texts.push(number);
            }
        };
        let mut buffer = Vec::with_capacity(CHUNK);
        for number in 0..column.chunks() {
            match column.chunk(number, &mut buffer) {
                Values::Same(value) => see(value),
                Values::Each(values) => values.iter().for_each(|value| see(*value)),
            }
        }
        if texts.len() > MAX_TEXTS {
            return Ok(None);
        }
        let mut named = Vec::with_capacity(texts.len());
        for number in texts {
            named.push((
                self.context.strings.text(self.connection, number).map_err(translate)?,
                number,
            ));
        }
        named.sort_unstable();
        Ok(Some(ranks(named.into_iter().map(|(_, number)| number))))
    }

    fn thread_ranks(&self) -> StoreResult<Option<Vec<u32>>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT seq FROM thread WHERE project = ?1 ORDER BY thread_id")
            .map_err(translate)?;
        let seqs = statement
            .query_map([self.project], |row| row.get::<_, i64>(0))
            .map_err(translate)?;
        let seqs: Vec<i64> = seqs.collect::<rusqlite::Result<_>>().map_err(translate)?;
        Ok(Some(ranks(seqs.into_iter())))
    }

    /// Ranks of the lists of tags, which order as JSON text.
    fn tag_ranks(&self) -> StoreResult<Option<Vec<u32>>> {
        let count = self.table.tag_lists();
        if count > MAX_TEXTS {
            return Ok(None);
        }
        let mut texts = Vec::with_capacity(count);
        for number in 1..i64::try_from(count).unwrap_or(i64::MAX) {
            let list = self.tag_texts(number)?;
            let list: Vec<&str> = list.iter().map(|text| &**text).collect();
            texts.push((serde_json::to_string(&list).unwrap_or_default(), number));
        }
        texts.sort_unstable();
        // Lists of the same text, which cannot be told apart, would need the same rank; there are none.
        Ok(Some(ranks(texts.into_iter().map(|(_, number)| number))))
    }
}

/// Ranks from 1 by number; 0 for numbers without one.
fn ranks(in_order: impl Iterator<Item = i64>) -> Vec<u32> {
    let mut ranks = Vec::new();
    for (rank, number) in in_order.enumerate() {
        let Ok(index) = usize::try_from(number) else { continue };
        if index >= ranks.len() {
            ranks.resize(index + 1, 0);
        }
        ranks[index] = u32::try_from(rank + 1).unwrap_or(u32::MAX);
    }
    ranks
}

fn type_ranks() -> Vec<u32> {
    let mut words: Vec<(&str, i64)> = (1..8)
        .filter_map(|number| span_type::from_number(number).map(|word| (word.as_str(), number)))
        .collect();
    words.sort_unstable();
    ranks(words.into_iter().map(|(_, number)| number))
}

fn rank_of(ranks: &[u32], number: i64) -> i64 {
    match usize::try_from(number).ok().and_then(|index| ranks.get(index)) {
        Some(0) | None => NULL,
        Some(rank) => i64::from(*rank),
    }
}

fn keyed(value: i64) -> i64 {
    if value == NULL {
        0
    } else {
        value.saturating_mul(2).saturating_add(1)
    }
}

fn ended(start: i64, length: i64) -> i64 {
    if length == NULL {
        NULL
    } else {
        start.saturating_add(length)
    }
}

fn lasted(start: i64, length: i64) -> i64 {
    if start > 0 && length != NULL {
        length / 1_000
    } else {
        NULL
    }
}

impl Order<'_> {
    /// A value as a number that orders ascending whatever the direction, missing values last.
    fn key_of(&self, value: i64) -> u64 {
        if value == NULL {
            return u64::MAX;
        }
        let key = value.cast_unsigned() ^ (1 << 63);
        if self.descending { !key } else { key }
    }

    fn value(&self, row: usize) -> i64 {
        let table = self.table;
        match &self.by {
            By::Id => table.get(Col::High, row),
            By::TraceId => trace_value(table, table.get(Col::Group, row)),
            By::Column(column) => column.get(row),
            By::End => ended(table.get(Col::Start, row), table.get(Col::Length, row)),
            By::Duration => lasted(table.get(Col::Start, row), table.get(Col::Length, row)),
            By::Rank(column, ranks) => rank_of(ranks, column.get(row)),
            By::Keyed(column) => keyed(column.get(row)),
            By::Missing => NULL,
        }
    }

    /// Calls `visit` with all rows of the set in ascending number.
    fn each(&self, rows: &Bits, mut visit: impl FnMut(Entry)) {
        let table = self.table;
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for number in rows.chunks() {
            let base = number << CHUNK_BITS;
            let mut emit = |index: usize, value: i64| {
                let row = u32::try_from(base + index).unwrap_or(u32::MAX);
                visit(Entry {
                    key: self.key_of(value),
                    row,
                });
            };
            if rows.count_in_chunk(number) < CHUNK / 32 {
                rows.each_in_chunk(number, |index| emit(index, self.value(base + index)));
                continue;
            }
            match &self.by {
                By::Id => {
                    let values = table.column(Col::High).chunk(number, &mut first);
                    rows.each_in_chunk(number, |index| emit(index, values.at(index)));
                }
                By::TraceId => {
                    let values = table.column(Col::Group).chunk(number, &mut first);
                    rows.each_in_chunk(number, |index| emit(index, trace_value(table, values.at(index))));
                }
                By::Column(column) => {
                    let values = column.chunk(number, &mut first);
                    rows.each_in_chunk(number, |index| emit(index, values.at(index)));
                }
                By::End | By::Duration => {
                    let combine = if matches!(self.by, By::End) { ended } else { lasted };
                    let starts = table.column(Col::Start).chunk(number, &mut first);
                    let lengths = table.column(Col::Length).chunk(number, &mut second);
                    rows.each_in_chunk(number, |index| {
                        emit(index, combine(starts.at(index), lengths.at(index)))
                    });
                }
                By::Rank(column, ranks) => {
                    let values = column.chunk(number, &mut first);
                    rows.each_in_chunk(number, |index| emit(index, rank_of(ranks, values.at(index))));
                }
                By::Keyed(column) => {
                    let values = column.chunk(number, &mut first);
                    rows.each_in_chunk(number, |index| emit(index, keyed(values.at(index))));
                }
                By::Missing => rows.each_in_chunk(number, |index| emit(index, NULL)),
            }
        }
    }

    /// How two rows order. Of spans, those of one trace may still be equal: their parents decide, which only rows know.
    fn compare(&self, a: &Entry, b: &Entry) -> Ordering {
        a.key
            .cmp(&b.key)
            .then_with(|| self.compare_ties(a.row as usize, b.row as usize))
    }

    fn compare_pivot(&self, a: &Entry, pivot: &Pivot) -> Ordering {
        let by_key = a.key.cmp(&pivot.entry.key);
        if by_key.is_ne() {
            return by_key;
        }
        let (table, row) = (self.table, a.row as usize);
        let directed = |ordering: Ordering| if self.descending { ordering.reverse() } else { ordering };
        match (&self.by, table.kind) {
            (By::Id, _) => directed(compare_id(table, row, &pivot.id)),
            (By::TraceId, _) => directed(table.trace_id(row).cmp(&pivot.trace_id)),
            (_, Kind::Trace) => compare_id(table, row, &pivot.id).reverse(),
            (_, Kind::Span) => pivot.trace_id.cmp(&table.trace_id(row)),
        }
    }

    fn compare_ties(&self, a: usize, b: usize) -> Ordering {
        let table = self.table;
        let directed = |ordering: Ordering| if self.descending { ordering.reverse() } else { ordering };
        match (&self.by, table.kind) {
            (By::Id, _) => directed(table.id(a).cmp(&table.id(b))),
            (By::TraceId, _) => directed(table.trace_id(a).cmp(&table.trace_id(b))),
            (_, Kind::Trace) => table.id(b).cmp(&table.id(a)),
            (_, Kind::Span) => table.trace_id(b).cmp(&table.trace_id(a)),
        }
    }

    /// The rows of a page, in order.
    pub(crate) fn page(
        &self,
        selector: &Selector<'_>,
        rows: &Bits,
        offset: usize,
        limit: usize,
    ) -> StoreResult<Vec<usize>> {
        let total = rows.count();
        if offset >= total || limit == 0 {
            return Ok(Vec::new());
        }
        let last = offset.saturating_add(limit).min(total) - 1;
        if offset == 0 && limit >= total && matches!(self.by, By::Id) {
            return Ok(self.all(rows, total));
        }
        let (mut before, mut entries) = self.candidates(rows, total, offset, last);
        let from = *entries
            .select_nth_unstable_by(offset - before, |a, b| self.compare(a, b))
            .1;
        let to = *entries
            .select_nth_unstable_by(last - before, |a, b| self.compare(a, b))
            .1;
        before += entries
            .iter()
            .filter(|entry| self.compare(entry, &from).is_lt())
            .count();
        entries.retain(|entry| self.compare(entry, &from).is_ge() && self.compare(entry, &to).is_le());
        entries.sort_unstable_by(|a, b| self.compare(a, b));
        if self.table.kind == Kind::Span {
            self.order_by_parent(selector, &mut entries)?;
        }
        let first = offset - before;
        Ok(entries[first..=last - before]
            .iter()
            .map(|entry| entry.row as usize)
            .collect())
    }

    /// All rows, sorted. They mostly arrive in the order of their ids, which this sort makes use of.
    fn all(&self, rows: &Bits, total: usize) -> Vec<usize> {
        let mut entries = Vec::with_capacity(total);
        self.each(rows, |entry| entries.push(entry));
        entries.sort_by(|a, b| self.compare(a, b));
        entries.into_iter().map(|entry| entry.row as usize).collect()
    }

    /// Rows among which those from `first` to `last` of the order are, and how many come before them.
    fn candidates(&self, rows: &Bits, total: usize, first: usize, last: usize) -> (usize, Vec<Entry>) {
        if total > SORT_ALL {
            let sample = self.sample(rows, total);
            let pivot = |rank, side| bound(&sample, rank, total, side).map(|entry| Pivot::of(self.table, entry));
            let (low, high) = (pivot(first, -1), pivot(last, 1));
            let (mut before, mut found) = (0, Vec::new());
            self.each(rows, |entry| {
                if low.as_ref().is_some_and(|low| self.compare_pivot(&entry, low).is_lt()) {
                    before += 1;
                } else if high
                    .as_ref()
                    .is_none_or(|high| self.compare_pivot(&entry, high).is_le())
                {
                    found.push(entry);
                }
            });
            if before <= first && last < before + found.len() {
                return (before, found);
            }
        }
        let mut all = Vec::with_capacity(total);
        self.each(rows, |entry| all.push(entry));
        (0, all)
    }

    /// Some of the rows, sorted.
    fn sample(&self, rows: &Bits, total: usize) -> Vec<Entry> {
        let step = (total / SAMPLE).max(1);
        let mut sample: Vec<Entry> = rows
            .every(step)
            .map(|row| Entry {
                key: self.key_of(self.value(row)),
                row: u32::try_from(row).unwrap_or(u32::MAX),
            })
            .collect();
        sample.sort_unstable_by(|a, b| self.compare(a, b));
        sample
    }

    /// Orders the spans that are equal so far by descending parent and id.
    fn order_by_parent(&self, selector: &Selector<'_>, entries: &mut [Entry]) -> StoreResult<()> {
        if matches!(self.by, By::Id) {
            return Ok(());
        }
        let mut parents = selector
            .connection
            .prepare_cached("SELECT parent FROM span WHERE seq = ?1")
            .map_err(translate)?;
        for group in entries.chunk_by_mut(|a, b| self.compare(a, b).is_eq()) {
            if group.len() < 2 {
                continue;
            }
            let mut keyed: Vec<(Option<Uuid>, Uuid, Entry)> = Vec::with_capacity(group.len());
            for entry in group.iter() {
                let row = entry.row as usize;
                let parent = parents
                    .query_row([self.table.seq(row)], |row| optional_uuid_at(row, 0))
                    .optional()
                    .map_err(translate)?;
                keyed.push((parent.flatten(), self.table.id(row), *entry));
            }
            keyed.sort_unstable_by_key(|(parent, id, _)| std::cmp::Reverse((*parent, *id)));
            for (slot, (_, _, entry)) in group.iter_mut().zip(keyed) {
                *slot = entry;
            }
        }
        Ok(())
    }
}

/// How the id of a row orders against another one. Mostly the first half decides.
fn compare_id(table: &Table, row: usize, id: &Uuid) -> Ordering {
    let high = half_to_cell(id.as_u64_pair().0);
    table.get(Col::High, row).cmp(&high).then_with(|| table.id(row).cmp(id))
}

fn trace_value(table: &Table, number: i64) -> i64 {
    half_to_cell(table.trace_ids.id(number).as_u64_pair().0)
}

/// The entry of a sample that is almost certainly before (`side` -1) or after (1) the row of a rank.
fn bound(sample: &[Entry], rank: usize, total: usize, side: i32) -> Option<Entry> {
    let share = rank as f64 / total as f64;
    let size = sample.len() as f64;
    // Four times the deviation of the rank of a sampled row, and some for small numbers.
    let margin = 4.0 * (size * share * (1.0 - share)).sqrt() + 6.0;
    let place = size * share + f64::from(side) * margin;
    if place < 0.0 {
        None
    } else {
        sample.get(place as usize).copied()
    }
}
