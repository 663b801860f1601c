//! Deletion of a trace with everything that belongs to it.

use ferropik_store::{Leftovers, StoreResult};
use rusqlite::params;

use crate::attachments;
use crate::error::translate;
use crate::projects::NO_PROJECT;
use crate::rows::{SPAN_COLUMNS, SpanRow, TraceRow, flag};
use crate::scoring::{self, Subject};
use crate::spans::write::forget_scores_in_trace;
use crate::work::Work;

/// Deletes the spans, scores, comments, guardrail results and attachments of a trace, and marks its row deleted.
pub(crate) fn delete_trace(work: &mut Work<'_>, row: &TraceRow, leftovers: &mut Leftovers) -> StoreResult<()> {
    if row.has(flag::SPAN_SCORES) {
        scoring::delete_all(work, &Subject::spans_of_trace(row))?;
    }
    for span in spans_of(work, row.seq)? {
        delete_span(work, &span, leftovers)?;
    }
    if row.has(flag::SCORES) {
        scoring::delete_all(work, &Subject::trace(row))?;
    }
    if row.has(flag::COMMENTS) {
        delete_comments(work, scoring::TRACE, row.seq)?;
    }
    if row.has(flag::GUARDRAILS) {
        execute(work, "DELETE FROM guardrail WHERE trace = ?1", row.seq)?;
    }
    attachments::delete_all(work, attachments::TRACE, row.id, leftovers)?;
    if row.has(flag::EXPERIMENT) {
        // Items of experiments keep the id of their trace.
        execute(work, "DELETE FROM trace_payload WHERE seq = ?1", row.seq)?;
        let (user, now) = (work.user, work.now.as_nanos());
        if let Some(trace) = work.trace_by_seq(row.seq)? {
            trace.now = TraceRow::ghost(row.seq, row.id, row.workspace, NO_PROJECT, user, now);
            trace.now.set(flag::EXPERIMENT, true);
        }
        return Ok(());
    }
    if let Some(trace) = work.trace_by_seq(row.seq)? {
        trace.deleted = true;
    }
    Ok(())
}

fn spans_of(work: &Work<'_>, trace: i64) -> StoreResult<Vec<SpanRow>> {
    let mut statement = work
        .connection
        .prepare_cached(&format!("SELECT {SPAN_COLUMNS} FROM span s WHERE s.trace = ?1"))
        .map_err(translate)?;
    let rows = statement.query_map([trace], SpanRow::from_row).map_err(translate)?;
    rows.collect::<rusqlite::Result<_>>().map_err(translate)
}

/// Deletes a span whose trace stays, or that has none.
pub(crate) fn delete_lone_span(work: &mut Work<'_>, span: &SpanRow, leftovers: &mut Leftovers) -> StoreResult<()> {
    if span.has(flag::SCORES) {
        forget_scores_in_trace(work, span)?;
    }
    delete_span(work, span, leftovers)
}

fn delete_span(work: &mut Work<'_>, span: &SpanRow, leftovers: &mut Leftovers) -> StoreResult<()> {
    if span.has(flag::SCORES) {
        scoring::delete_all(work, &Subject::span(span))?;
    }
    if span.has(flag::COMMENTS) {
        delete_comments(work, scoring::SPAN, span.seq)?;
    }
    attachments::delete_all(work, attachments::SPAN, span.id, leftovers)?;
    execute(work, "DELETE FROM span_payload WHERE seq = ?1", span.seq)?;
    execute(work, "DELETE FROM span WHERE seq = ?1", span.seq)?;
    work.span_changed(Some(span), None)
}

/// Deletes the comments of an entity.
pub(crate) fn delete_comments(work: &Work<'_>, kind: i64, entity: i64) -> StoreResult<()> {
    work.connection
        .prepare_cached("DELETE FROM comment WHERE kind = ?1 AND entity = ?2")
        .and_then(|mut statement| statement.execute(params![kind, entity]))
        .map_err(translate)?;
    Ok(())
}

fn execute(work: &Work<'_>, sql: &str, seq: i64) -> StoreResult<()> {
    work.connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute([seq]))
        .map_err(translate)?;
    Ok(())
}
