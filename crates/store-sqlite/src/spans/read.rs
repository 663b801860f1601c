//! Reads of spans.

use ferropik_model::{Span, Stat, Stats};
use ferropik_query::Entity;
use ferropik_query::sql::{SqlBuilder, SqlValue};
use ferropik_store::{List, Listed, Scan, Scope, SpanSelection, StoreResult, View};
use rusqlite::Connection;
use rustc_hash::FxHashMap;
use uuid::Uuid;

use crate::Context;
use crate::error::translate;
use crate::read::assemble::{Assembler, trace_id};
use crate::read::columns_sql::SpanColumns;
use crate::read::scores::Detail;
use crate::read::{limit_offset, statement};
use crate::rollup::{self, Tally};
use crate::rows::{SPAN_COLUMNS, SpanRow, TraceRow, span_type};
use crate::state::{project_key, workspace_key};
use crate::traces::stats_lines::{dollars, push_scores, push_usage, ratio};

fn assembler<'a>(context: &'a Context, connection: &'a Connection, view: View, queue: Option<Uuid>) -> Assembler<'a> {
    Assembler { connection, strings: &context.strings, codec: &context.codec, view, queue, detail: Detail::List }
}

/// One span, with the name of its project.
pub(crate) fn by_id(
    context: &Context,
    connection: &Connection,
    scope: &Scope,
    id: Uuid,
    view: View,
) -> StoreResult<Option<Span>> {
    let workspace = workspace_key(connection, scope)?;
    let Some(row) = SpanRow::find(connection, workspace, id).map_err(translate)?.filter(SpanRow::is_visible) else {
        return Ok(None);
    };
    let Some((project, name)) = crate::projects::id_and_name_of(connection, row.project).map_err(translate)? else {
        return Ok(None);
    };
    let mut span = assembler(context, connection, view, None).span(&row, project, trace_id(connection, row.trace)?)?;
    span.project_name = Some(name);
    Ok(Some(span))
}

/// The trace that a selection is narrowed to: nothing asked for, not found, or its number.
enum InTrace {
    Any,
    Unknown,
    Trace(i64),
}

fn in_trace(connection: &Connection, workspace: i64, selection: &SpanSelection) -> StoreResult<InTrace> {
    Ok(match selection.trace_id {
        None => InTrace::Any,
        Some(id) => match TraceRow::find(connection, workspace, id).map_err(translate)? {
            Some(row) => InTrace::Trace(row.seq),
            None => InTrace::Unknown,
        },
    })
}

/// The beginning of a statement over the visible spans of a selection.
fn select(what: &str, from: &str, project: i64, in_trace: &InTrace, selection: &SpanSelection) -> SqlBuilder {
    let mut sql = SqlBuilder::default();
    sql.push("SELECT ").push(what).push(" FROM ").push(from);
    match in_trace {
        InTrace::Trace(seq) => {
            // The unary plus keeps the planner from walking the whole project for the spans of one trace.
            sql.push(" WHERE s.trace = ").bind(SqlValue::Integer(*seq));
            sql.push(" AND +s.project = ").bind(SqlValue::Integer(project));
        }
        InTrace::Any => {
            sql.push(" WHERE s.project = ").bind(SqlValue::Integer(project));
        }
        InTrace::Unknown => {
            sql.push(" WHERE 0");
        }
    }
    sql.push(" AND s.flags & 1 = 0");
    if let Some(kind) = selection.span_type {
        sql.push(" AND s.type = ").bind(SqlValue::Integer(span_type::number(Some(kind))));
    }
    statement::push_selection(&selection.base, Entity::Span, "s.id", &SpanColumns { project }, &mut sql);
    sql
}

fn is_plain(selection: &SpanSelection) -> Option<rollup::Sources> {
    if selection.trace_id.is_some() || selection.span_type.is_some() {
        return None;
    }
    rollup::plain_sources(&selection.base)
}

/// One page and the number of all matches.
pub(crate) fn page(
    context: &Context,
    connection: &Connection,
    scope: &Scope,
    selection: &SpanSelection,
    list: &List,
) -> StoreResult<Listed<Span>> {
    let workspace = workspace_key(connection, scope)?;
    let project = project_key(connection, workspace, selection.base.project)?;
    let in_trace = in_trace(connection, workspace, selection)?;
    let total = match is_plain(selection) {
        Some(sources) => rollup::count(connection, rollup::SPANS, project, &selection.base, &sources)?,
        None => statement::number(connection, select("COUNT(*)", "span s", project, &in_trace, selection))?,
    };
    let mut sql = match (&in_trace, &list.sort) {
        (InTrace::Any, None) if !crate::projects::has_foreign_spans(connection, project).map_err(translate)? => {
            // All spans of the project are in traces of the project, whose index gives the order.
            let mut sql = SqlBuilder::default();
            sql.push("SELECT ").push(SPAN_COLUMNS).push(
                " FROM trace t INDEXED BY trace_by_project CROSS JOIN span s INDEXED BY span_by_trace \
                 ON s.trace = t.seq WHERE t.project = ",
            );
            sql.bind(SqlValue::Integer(project)).push(" AND s.flags & 1 = 0");
            if let Some(kind) = selection.span_type {
                sql.push(" AND s.type = ").bind(SqlValue::Integer(span_type::number(Some(kind))));
            }
            statement::push_selection(&selection.base, Entity::Span, "s.id", &SpanColumns { project }, &mut sql);
            sql
        }
        (InTrace::Trace(_), _) | (InTrace::Unknown, _) => {
            select(SPAN_COLUMNS, "span s LEFT JOIN trace t ON t.seq = s.trace", project, &in_trace, selection)
        }
        (InTrace::Any, _) => {
            select(SPAN_COLUMNS, "span s JOIN trace t ON t.seq = s.trace", project, &in_trace, selection)
        }
    };
    let ties = "t.id DESC, s.parent DESC, s.id DESC";
    statement::push_order(list.sort.as_ref(), &SpanColumns { project }, ties, &mut sql);
    let (limit, offset) = limit_offset(list.page, list.size);
    sql.push(" LIMIT ").bind(SqlValue::Integer(limit)).push(" OFFSET ").bind(SqlValue::Integer(offset));
    let found = statement::query(connection, sql, SpanRow::from_row)?;
    let assembler = assembler(context, connection, list.view, selection.base.annotation_queue);
    let mut trace_ids = TraceIds::default();
    let mut rows = Vec::with_capacity(found.len());
    for row in &found {
        let trace_id = trace_ids.of(connection, row.trace)?;
        rows.push(assembler.span(row, selection.base.project, trace_id)?);
    }
    Ok(Listed { rows, total })
}

/// Ids of traces by number, looked up once.
#[derive(Default)]
struct TraceIds(FxHashMap<i64, Uuid>);

impl TraceIds {
    fn of(&mut self, connection: &Connection, seq: i64) -> StoreResult<Uuid> {
        if let Some(id) = self.0.get(&seq) {
            return Ok(*id);
        }
        let id = trace_id(connection, seq)?;
        self.0.insert(seq, id);
        Ok(id)
    }
}

/// The next piece of a stream.
pub(crate) fn scan(
    context: &Context,
    connection: &Connection,
    scope: &Scope,
    selection: &SpanSelection,
    scan: &Scan,
) -> StoreResult<Vec<Span>> {
    let workspace = workspace_key(connection, scope)?;
    let project = project_key(connection, workspace, selection.base.project)?;
    let in_trace = in_trace(connection, workspace, selection)?;
    let mut sql = select(SPAN_COLUMNS, "span s", project, &in_trace, selection);
    if let Some(before) = scan.before {
        sql.push(" AND s.id < ").bind(statement::id_value(before));
    }
    sql.push(" ORDER BY s.id DESC LIMIT ");
    sql.bind(SqlValue::Integer(i64::try_from(scan.limit).unwrap_or(i64::MAX)));
    let found = statement::query(connection, sql, SpanRow::from_row)?;
    let assembler = assembler(context, connection, scan.view, selection.base.annotation_queue);
    let mut trace_ids = TraceIds::default();
    let mut spans = Vec::with_capacity(found.len());
    let mut bytes = 0;
    for row in &found {
        let trace_id = trace_ids.of(connection, row.trace)?;
        let span = assembler.span(row, selection.base.project, trace_id)?;
        bytes += [&span.input, &span.output, &span.metadata]
            .into_iter()
            .flatten()
            .map(|json| json.as_str().len())
            .sum::<usize>();
        spans.push(span);
        if bytes > scan.max_bytes {
            break;
        }
    }
    Ok(spans)
}

/// The statistics in the order of the wire.
pub(crate) fn stats(
    context: &Context,
    connection: &Connection,
    scope: &Scope,
    selection: &SpanSelection,
) -> StoreResult<Stats> {
    let workspace = workspace_key(connection, scope)?;
    let project = project_key(connection, workspace, selection.base.project)?;
    let mut tally = match is_plain(selection) {
        Some(sources) => rollup::tally(connection, rollup::SPANS, project, &selection.base, sources)?,
        None => {
            let in_trace = in_trace(connection, workspace, selection)?;
            let mut tally = Tally::exact();
            let sql = select(SPAN_COLUMNS, "span s", project, &in_trace, selection);
            for row in statement::query(connection, sql, SpanRow::from_row)? {
                tally.add_span(connection, &row)?;
            }
            tally
        }
    };
    if tally.sums.rows == 0 {
        return Ok(Stats::default());
    }
    let percentiles = tally.percentiles();
    let sums = &tally.sums;
    let mut stats = vec![
        Stat::count("span_count", sums.rows.unsigned_abs()),
        Stat::percentage("duration", percentiles),
        Stat::count("input", sums.inputs.unsigned_abs()),
        Stat::count("output", sums.outputs.unsigned_abs()),
        Stat::count("metadata", sums.metadatas.unsigned_abs()),
        Stat::avg("tags", ratio(sums.tags, sums.rows)),
        Stat::avg("total_estimated_cost", dollars(sums.cost) / dollars_divisor(sums.costs)),
        Stat::avg("total_estimated_cost_sum", dollars(sums.cost)),
    ];
    push_usage(context, connection, &tally.usage, &mut stats)?;
    push_scores(&context.strings, connection, "feedback_scores", &tally.scores, &mut stats)?;
    stats.push(Stat::count("error_count", sums.errors.unsigned_abs()));
    Ok(Stats { stats })
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn dollars_divisor(costs: i64) -> f64 {
    costs.max(1) as f64
}
