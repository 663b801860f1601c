//! Columns in memory.

use crate::rows::{SpanRow, TraceRow};

/// A change of a row that was committed.
pub(crate) enum RowChange {
    /// Of a trace.
    Trace {
        /// The row as it was.
        before: Option<TraceRow>,
        /// The row as it is.
        now: Option<TraceRow>,
    },
    /// Of a span.
    Span {
        /// The row as it was.
        before: Option<SpanRow>,
        /// The row as it is.
        now: Option<SpanRow>,
    },
}

/// The columns of all projects that queries have asked for.
#[derive(Default)]
pub(crate) struct Columns {}

impl Columns {
    /// Learns of committed changes, in the order of the commits.
    pub(crate) fn apply(&self, changes: Vec<RowChange>) {
        drop(changes);
    }
}
