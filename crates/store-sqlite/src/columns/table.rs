//! The columns of one kind of rows of one project.

use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::bits::Bits;
use super::change::{Cells, Change, Kind, Own};
use super::column::{Column, NULL};
use crate::rows::flag;

/// Columns that every table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Col {
    /// First half of the id, see [`half_to_cell`].
    High,
    /// Second half of the id.
    Low,
    Flags,
    Source,
    Name,
    Start,
    /// Nanoseconds from start to end.
    Length,
    Created,
    Updated,
    CreatedBy,
    Environment,
    ErrorType,
    /// See [`real_to_cell`].
    Ttft,
    Cost,
    /// Number of a list of tags, see [`Table::tag_list`].
    Tags,
    /// Of a trace: `seq` of its thread. Of a span: number of its trace, see [`Table::trace_ids`].
    Group,
    /// Of a trace.
    SpanCount,
    /// Of a trace.
    LlmSpanCount,
    /// Of a trace.
    FailedGuardrails,
    /// Of a span.
    Type,
    /// Of a span.
    Model,
    /// Of a span.
    Provider,
}

const COLS: usize = Col::Provider as usize + 1;

/// Names of scores and keys of usage that a table keeps columns for; beyond, rows answer.
pub(crate) const MAX_DYNAMIC: usize = 96;

/// Half of an id in the order of ids.
pub(crate) fn half_to_cell(half: u64) -> i64 {
    (half ^ (1 << 63)).cast_signed()
}

pub(super) fn cell_to_half(cell: i64) -> u64 {
    cell.cast_unsigned() ^ (1 << 63)
}

/// A double as a whole number in the order of doubles. Not-a-number becomes a missing value.
pub(crate) fn real_to_cell(value: Option<f64>) -> i64 {
    match value {
        Some(value) if !value.is_nan() => {
            // Zero has two forms that are equal.
            let bits = (value + 0.0).to_bits().cast_signed();
            bits ^ (((bits >> 63).cast_unsigned()) >> 1).cast_signed()
        }
        _ => NULL,
    }
}

/// The inverse of [`real_to_cell`] for values that are there.
pub(crate) fn cell_to_real(cell: i64) -> f64 {
    let bits = cell ^ (((cell >> 63).cast_unsigned()) >> 1).cast_signed();
    f64::from_bits(bits.cast_unsigned())
}

/// A number for things that are told apart by a `seq` and mostly come in its order.
#[derive(Debug, Default)]
pub(crate) struct Numbering {
    /// By row: the greatest `seq` so far, which is the row's own one unless the row is a stray.
    seqs: Vec<u32>,
    /// Rows that came after rows of greater `seq`, in both directions.
    strays: FxHashMap<u32, u32>,
    stray_seqs: FxHashMap<u32, u32>,
}

impl Numbering {
    /// The number of a `seq`.
    pub(crate) fn find(&self, seq: u32) -> Option<usize> {
        let row = self.seqs.partition_point(|known| *known < seq);
        if self.seqs.get(row) == Some(&seq) {
            return Some(row);
        }
        self.strays.get(&seq).map(|row| *row as usize)
    }

    /// The `seq` of a number.
    pub(crate) fn seq(&self, row: usize) -> u32 {
        if !self.stray_seqs.is_empty()
            && let Ok(number) = u32::try_from(row)
            && let Some(seq) = self.stray_seqs.get(&number)
        {
            return *seq;
        }
        self.seqs[row]
    }

    fn push(&mut self, seq: u32) {
        match self.seqs.last().copied() {
            Some(last) if seq < last => {
                let row = u32::try_from(self.seqs.len()).unwrap_or(u32::MAX);
                self.strays.insert(seq, row);
                self.stray_seqs.insert(row, seq);
                self.seqs.push(last);
            }
            _ => self.seqs.push(seq),
        }
    }

    fn len(&self) -> usize {
        self.seqs.len()
    }

    fn bytes(&self) -> usize {
        self.seqs.capacity() * 4 + (self.strays.capacity() + self.stray_seqs.capacity()) * 12
    }
}

/// Ids of the traces that the spans of a table belong to.
#[derive(Debug, Default)]
pub(crate) struct TraceIds {
    numbers: Numbering,
    ids: Vec<Uuid>,
}

impl TraceIds {
    /// The number of a trace, which is kept when new.
    pub(crate) fn number(&mut self, seq: u32, id: Uuid) -> usize {
        if let Some(number) = self.numbers.find(seq) {
            // A trace that was deleted may have left its `seq` to another one.
            self.ids[number] = id;
            return number;
        }
        self.numbers.push(seq);
        self.ids.push(id);
        self.ids.len() - 1
    }

    /// The id of a trace by its number.
    pub(crate) fn id(&self, number: i64) -> Uuid {
        usize::try_from(number)
            .ok()
            .and_then(|number| self.ids.get(number))
            .copied()
            .unwrap_or_default()
    }

    /// The `seq` of a trace by its number, which must have been given out.
    pub(crate) fn seq(&self, number: i64) -> i64 {
        usize::try_from(number).map_or(0, |number| i64::from(self.numbers.seq(number)))
    }

    fn bytes(&self) -> usize {
        self.numbers.bytes() + self.ids.capacity() * 16
    }
}

/// The columns of one kind of rows of one project, one row each in the order of arrival.
pub(crate) struct Table {
    pub(crate) kind: Kind,
    rows: Numbering,
    /// Rows that are shown; the others are gone, or only referred to so far.
    pub(crate) live: Bits,
    columns: [Column; COLS],
    /// By interned key.
    pub(crate) usage: FxHashMap<i64, Column>,
    /// By kind of scores and interned name.
    pub(crate) scores: FxHashMap<(i64, i64), Column>,
    /// Whether there are more keys of usage than columns.
    pub(crate) usage_overflows: bool,
    /// Whether there are more names of scores than columns.
    pub(crate) scores_overflow: bool,
    tag_lists: Vec<Box<[i64]>>,
    tag_numbers: FxHashMap<Box<[i64]>, u32>,
    pub(crate) trace_ids: TraceIds,
    gone: usize,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(kind: Kind) -> Table {
        Table {
            kind,
            rows: Numbering::default(),
            live: Bits::default(),
            columns: std::array::from_fn(|_| Column::default()),
            usage: FxHashMap::default(),
            scores: FxHashMap::default(),
            usage_overflows: false,
            scores_overflow: false,
            tag_lists: vec![Box::default()],
            tag_numbers: FxHashMap::default(),
            trace_ids: TraceIds::default(),
            gone: 0,
        }
    }

    /// Number of rows, shown or not.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Rows that are not shown any more, but still take space.
    pub(crate) fn gone(&self) -> usize {
        self.gone
    }

    /// One of the columns.
    pub(crate) fn column(&self, col: Col) -> &Column {
        &self.columns[col as usize]
    }

    /// A value.
    pub(crate) fn get(&self, col: Col, row: usize) -> i64 {
        self.columns[col as usize].get(row)
    }

    /// `seq` of a row.
    pub(crate) fn seq(&self, row: usize) -> i64 {
        i64::from(self.rows.seq(row))
    }

    /// The row of a `seq`, shown or not.
    pub(crate) fn find(&self, seq: i64) -> Option<usize> {
        u32::try_from(seq).ok().and_then(|seq| self.rows.find(seq))
    }

    /// Id of a row.
    pub(crate) fn id(&self, row: usize) -> Uuid {
        Uuid::from_u64_pair(
            cell_to_half(self.get(Col::High, row)),
            cell_to_half(self.get(Col::Low, row)),
        )
    }

    /// Id of the trace of a span.
    pub(crate) fn trace_id(&self, row: usize) -> Uuid {
        self.trace_ids.id(self.get(Col::Group, row))
    }

    /// The list of tags of a number.
    pub(crate) fn tag_list(&self, number: i64) -> &[i64] {
        usize::try_from(number)
            .ok()
            .and_then(|number| self.tag_lists.get(number))
            .map_or(&[], |tags| tags)
    }

    /// How many different lists of tags there are.
    pub(crate) fn tag_lists(&self) -> usize {
        self.tag_lists.len()
    }

    /// Bytes in use.
    pub(crate) fn bytes(&self) -> usize {
        let columns = self
            .columns
            .iter()
            .chain(self.usage.values())
            .chain(self.scores.values());
        let tags: usize = self.tag_lists.iter().map(|tags| tags.len() * 16 + 48).sum();
        self.rows.bytes()
            + self.live.bytes()
            + columns.map(Column::bytes).sum::<usize>()
            + tags
            + self.trace_ids.bytes()
    }

    /// Applies changes in their order.
    pub(crate) fn apply(&mut self, changes: Vec<Change>) {
        let mut scores = Vec::new();
        for change in changes {
            match change {
                Change::Put(cells) => self.put(&cells),
                Change::Gone(seq) => self.remove(seq),
                // A score may be noted before the row that it is on.
                Change::Score { kind, seq, name, value } => scores.push((kind, seq, name, value)),
            }
        }
        for (kind, seq, name, value) in scores {
            self.set_score(kind, seq, name, value);
        }
    }

    fn remove(&mut self, seq: i64) {
        let Some(row) = self.find(seq) else { return };
        if self.live.get(row) {
            self.live.set(row, false);
            self.gone += 1;
        }
        for ((_, _), column) in &mut self.scores {
            column.set(row, NULL);
        }
    }

    /// Writes a row, over an earlier one of its `seq`.
    pub(crate) fn put(&mut self, cells: &Cells) {
        let Ok(seq) = u32::try_from(cells.seq) else { return };
        let visible = cells.flags & flag::GHOST == 0;
        let tags = self.tag_number(&cells.tags);
        let (high, low) = cells.id.as_u64_pair();
        let length = if cells.end_ns == NULL {
            NULL
        } else {
            cells.end_ns.saturating_sub(cells.start_ns)
        };
        let (group, counts, words) = match cells.own {
            Own::Trace {
                thread,
                span_count,
                llm_span_count,
                failed_guardrails,
            } => (thread, [span_count, llm_span_count, failed_guardrails], [NULL; 3]),
            Own::Span {
                trace,
                trace_id,
                span_type,
                model,
                provider,
            } => {
                let number = u32::try_from(trace).ok().filter(|trace| *trace > 0);
                let number = number.map_or(NULL, |trace| {
                    i64::try_from(self.trace_ids.number(trace, trace_id)).unwrap_or(NULL)
                });
                (number, [NULL; 3], [span_type, model, provider])
            }
        };
        let values: [i64; COLS] = [
            half_to_cell(high),
            half_to_cell(low),
            cells.flags,
            cells.source,
            cells.name,
            cells.start_ns,
            length,
            cells.created_ns,
            cells.updated_us,
            cells.created_by,
            cells.environment,
            cells.error_type,
            real_to_cell(cells.ttft),
            cells.cost,
            i64::from(tags),
            group,
            counts[0],
            counts[1],
            counts[2],
            words[0],
            words[1],
            words[2],
        ];
        let row = if let Some(row) = self.rows.find(seq) {
            for (column, value) in self.columns.iter_mut().zip(values) {
                column.set(row, value);
            }
            if self.gone > 0 && visible && !self.live.get(row) {
                self.gone -= 1;
            }
            self.live.set(row, visible);
            row
        } else {
            let row = self.rows.len();
            self.rows.push(seq);
            for (column, value) in self.columns.iter_mut().zip(values) {
                column.push(value);
            }
            self.live.push(visible);
            for column in self.scores.values_mut() {
                column.push(NULL);
            }
            row
        };
        self.put_usage(row, &cells.usage);
    }

    fn put_usage(&mut self, row: usize, usage: &[(i64, i64)]) {
        for (key, column) in &mut self.usage {
            let value = usage
                .iter()
                .find(|(known, _)| known == key)
                .map_or(NULL, |(_, value)| *value);
            if column.len() == row {
                column.push(value);
            } else if column.get(row) != value {
                column.set(row, value);
            }
        }
        for (key, value) in usage {
            if self.usage.contains_key(key) {
                continue;
            }
            if self.usage.len() >= MAX_DYNAMIC {
                self.usage_overflows = true;
                continue;
            }
            let mut column = Column::missing(self.rows.len());
            column.set(row, *value);
            self.usage.insert(*key, column);
        }
    }

    fn tag_number(&mut self, tags: &[i64]) -> u32 {
        if tags.is_empty() {
            return 0;
        }
        if let Some(number) = self.tag_numbers.get(tags) {
            return *number;
        }
        let number = u32::try_from(self.tag_lists.len()).unwrap_or(u32::MAX);
        self.tag_lists.push(tags.into());
        self.tag_numbers.insert(tags.into(), number);
        number
    }

    fn score_column(&mut self, kind: i64, name: i64) -> Option<&mut Column> {
        if !self.scores.contains_key(&(kind, name)) {
            if self.scores.len() >= MAX_DYNAMIC {
                self.scores_overflow = true;
                return None;
            }
            self.scores.insert((kind, name), Column::missing(self.rows.len()));
        }
        self.scores.get_mut(&(kind, name))
    }

    fn set_score(&mut self, kind: i64, seq: i64, name: i64, value: Option<i64>) {
        let Some(row) = self.find(seq) else { return };
        if let Some(column) = self.score_column(kind, name) {
            column.set(row, value.unwrap_or(NULL));
        }
    }

    /// Takes over a stored score while the table is filled; [`Table::finish_load`] has to follow.
    pub(crate) fn load_score(&mut self, kind: i64, seq: i64, name: i64, value: i64) {
        let Some(row) = self.find(seq) else { return };
        if let Some(column) = self.score_column(kind, name) {
            column.set_many(row, value);
        }
    }

    /// Packs what loading has left open.
    pub(crate) fn finish_load(&mut self) {
        for column in self.scores.values_mut().chain(self.usage.values_mut()) {
            column.pack_loose();
        }
        self.rows.seqs.shrink_to_fit();
        self.trace_ids.ids.shrink_to_fit();
        self.trace_ids.numbers.seqs.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strays_are_found_beside_rows_in_order() {
        let mut numbers = Numbering::default();
        for seq in [5, 9, 7, 12, 3, 13] {
            assert_eq!(numbers.find(seq), None);
            numbers.push(seq);
        }
        for (row, seq) in [5, 9, 7, 12, 3, 13].into_iter().enumerate() {
            assert_eq!(numbers.find(seq), Some(row), "{seq}");
            assert_eq!(numbers.seq(row), seq);
        }
        assert_eq!(numbers.find(8), None);
        assert_eq!(numbers.find(20), None);
    }

    #[test]
    fn doubles_keep_their_order() {
        let values = [f64::NEG_INFINITY, -2.5, -1e-300, 0.0, 1e-300, 1.0, 1.5, f64::INFINITY];
        let cells: Vec<i64> = values.iter().map(|value| real_to_cell(Some(*value))).collect();
        assert!(cells.is_sorted_by(|a, b| a < b));
        for (value, cell) in values.iter().zip(&cells) {
            assert!(cell_to_real(*cell).total_cmp(value).is_eq());
        }
        assert_eq!(real_to_cell(Some(-0.0)), real_to_cell(Some(0.0)));
        assert_eq!(real_to_cell(Some(f64::NAN)), NULL);
    }
}
