//! What the columns learn of committed changes.

use smallvec::SmallVec;
use uuid::Uuid;

use super::column::NULL;
use crate::rows::{SpanRow, TraceRow};

/// Which rows a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Traces.
    Trace,
    /// Spans.
    Span,
}

/// The rows of one kind of one project.
pub(crate) type Key = (Kind, i64);

/// A change of one table.
pub(crate) struct RowChange {
    /// The table.
    pub(crate) key: Key,
    /// The change.
    pub(crate) change: Change,
}

/// What has changed.
pub(crate) enum Change {
    /// A row is new or has other values.
    Put(Box<Cells>),
    /// The row of a `seq` has gone.
    Gone(i64),
    /// The aggregated score of a row has changed.
    Score {
        /// Kind of scores, as in the table `score_value`.
        kind: i64,
        /// `seq` of the row.
        seq: i64,
        /// Interned name.
        name: i64,
        /// The value in 1e-9, if there still is one.
        value: Option<i64>,
    },
}

/// The values of one row that columns hold. Missing numbers are [`NULL`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cells {
    pub(crate) seq: i64,
    pub(crate) id: Uuid,
    pub(crate) flags: i64,
    pub(crate) source: i64,
    pub(crate) name: i64,
    pub(crate) start_ns: i64,
    pub(crate) end_ns: i64,
    pub(crate) created_ns: i64,
    pub(crate) updated_us: i64,
    pub(crate) created_by: i64,
    pub(crate) environment: i64,
    pub(crate) error_type: i64,
    pub(crate) ttft: Option<f64>,
    pub(crate) cost: i64,
    pub(crate) tags: SmallVec<[i64; 4]>,
    /// Interned key and value.
    pub(crate) usage: SmallVec<[(i64, i64); 6]>,
    pub(crate) own: Own,
}

/// What only one kind of rows has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Own {
    /// Of a trace.
    Trace {
        thread: i64,
        span_count: i64,
        llm_span_count: i64,
        failed_guardrails: i64,
    },
    /// Of a span.
    Span {
        trace: i64,
        trace_id: Uuid,
        span_type: i64,
        model: i64,
        provider: i64,
    },
}

fn or_null(value: Option<i64>) -> i64 {
    value.unwrap_or(NULL)
}

impl Cells {
    /// The cells of a trace.
    pub(crate) fn of_trace(row: &TraceRow) -> Cells {
        Cells {
            seq: row.seq,
            id: row.id,
            flags: row.flags,
            source: row.source,
            name: or_null(row.name),
            start_ns: row.start_ns,
            end_ns: or_null(row.end_ns),
            created_ns: row.created_ns,
            updated_us: row.updated_us,
            created_by: row.created_by,
            environment: or_null(row.environment),
            error_type: or_null(row.error_type),
            ttft: row.ttft,
            cost: row.cost,
            tags: SmallVec::from_slice(&row.tags),
            usage: row.totals.usage.iter().map(|(key, sum, _)| (*key, *sum)).collect(),
            own: Own::Trace {
                thread: or_null(row.thread),
                span_count: row.span_count,
                llm_span_count: row.llm_span_count,
                failed_guardrails: row.failed_guardrails,
            },
        }
    }

    /// The cells of a span of that trace.
    pub(crate) fn of_span(row: &SpanRow, trace_id: Uuid) -> Cells {
        Cells {
            seq: row.seq,
            id: row.id,
            flags: row.flags,
            source: row.source,
            name: or_null(row.name),
            start_ns: row.start_ns,
            end_ns: or_null(row.end_ns),
            created_ns: row.created_ns,
            updated_us: row.updated_us,
            created_by: row.created_by,
            environment: or_null(row.environment),
            error_type: or_null(row.error_type),
            ttft: row.ttft,
            cost: row.cost,
            tags: SmallVec::from_slice(&row.tags),
            usage: SmallVec::from_slice(&row.usage.0),
            own: Own::Span {
                trace: row.trace,
                trace_id,
                span_type: row.span_type,
                model: or_null(row.model),
                provider: or_null(row.provider),
            },
        }
    }
}
