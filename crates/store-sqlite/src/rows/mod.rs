//! The narrow rows of traces, spans and threads as structs, and the blobs inside of them.

mod span;
mod thread;
mod totals;
mod trace;

pub(crate) use span::{COLUMNS as SPAN_COLUMNS, SpanRow, span_type};
pub(crate) use thread::{COLUMNS as THREAD_COLUMNS, ThreadRow};
pub(crate) use totals::{SpanUsage, Totals};
pub(crate) use trace::{COLUMNS as TRACE_COLUMNS, TraceRow};

use uuid::Uuid;

use crate::engine::varint;

/// Bits of the column `flags`.
pub(crate) mod flag {
    /// Only referred to so far; not shown anywhere.
    pub(crate) const GHOST: i64 = 1;
    /// Has a non-empty input.
    pub(crate) const INPUT: i64 = 1 << 1;
    /// Has a non-empty output.
    pub(crate) const OUTPUT: i64 = 1 << 2;
    /// Has non-empty metadata.
    pub(crate) const METADATA: i64 = 1 << 3;
    /// Has an error.
    pub(crate) const ERROR: i64 = 1 << 4;
    /// Has scores of its own.
    pub(crate) const SCORES: i64 = 1 << 5;
    /// Of a trace: spans of it have scores.
    pub(crate) const SPAN_SCORES: i64 = 1 << 6;
    /// Has comments.
    pub(crate) const COMMENTS: i64 = 1 << 7;
    /// Of a trace: has guardrail results.
    pub(crate) const GUARDRAILS: i64 = 1 << 8;
    /// Of a span: the server computed its cost.
    pub(crate) const COST_ESTIMATED: i64 = 1 << 9;
    /// Has (or had) attachments that were taken out of its payloads.
    pub(crate) const ATTACHMENTS: i64 = 1 << 10;
    /// Of a trace: items of experiments refer to it.
    pub(crate) const EXPERIMENT: i64 = 1 << 11;
}

/// Numbers of the column `source`.
pub(crate) mod source {
    use ferropik_model::Source;

    /// No source was given.
    pub(crate) const UNKNOWN: i64 = 0;

    /// [`Source::Experiment`], of a trace that lists leave out.
    pub(crate) const HIDDEN: i64 = 6;

    /// The number of a source.
    pub(crate) fn number(source: Option<Source>) -> i64 {
        match source {
            None => UNKNOWN,
            Some(Source::Sdk) => 1,
            Some(Source::Experiment) => 2,
            Some(Source::Playground) => 3,
            Some(Source::Optimization) => 4,
            Some(Source::Evaluator) => 5,
        }
    }

    /// The inverse of [`number`].
    pub(crate) fn from_number(number: i64) -> Option<Source> {
        match number {
            1 => Some(Source::Sdk),
            2 | HIDDEN => Some(Source::Experiment),
            3 => Some(Source::Playground),
            4 => Some(Source::Optimization),
            5 => Some(Source::Evaluator),
            _ => None,
        }
    }
}

/// Milliseconds of an hour, the width of a rollup.
pub(crate) const HOUR_MILLIS: i64 = 3_600_000;

/// The hour (since the epoch) of the time in an id.
pub(crate) fn hour_of(id: Uuid) -> i64 {
    ferropik_model::id::millis(id) / HOUR_MILLIS
}

/// Whole microseconds between start and end; none for open and for partial rows.
pub(crate) fn duration_us(start_ns: i64, end_ns: Option<i64>) -> Option<i64> {
    if start_ns == 0 {
        return None;
    }
    Some(end_ns?.saturating_sub(start_ns) / 1_000)
}

/// A list of interned strings as a blob; none when empty.
pub(crate) fn encode_numbers(numbers: &[i64]) -> Option<Vec<u8>> {
    if numbers.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(numbers.len() * 3);
    for number in numbers {
        varint::put_signed(&mut out, *number);
    }
    Some(out)
}

/// The inverse of [`encode_numbers`].
pub(crate) fn decode_numbers(blob: Option<&[u8]>) -> Vec<i64> {
    let mut bytes = blob.unwrap_or_default();
    let mut numbers = Vec::new();
    while let Some(number) = varint::take_signed(&mut bytes) {
        numbers.push(number);
    }
    numbers
}

/// A UUID from a column of 16 bytes.
pub(crate) fn uuid_at(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<Uuid> {
    row.get::<_, [u8; 16]>(index).map(Uuid::from_bytes)
}

/// A UUID from a column of 16 bytes that may be null.
pub(crate) fn optional_uuid_at(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<Option<Uuid>> {
    Ok(row.get::<_, Option<[u8; 16]>>(index)?.map(Uuid::from_bytes))
}
