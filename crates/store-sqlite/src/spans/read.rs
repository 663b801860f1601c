//! Reads of spans.

use ferropik_model::{Span, Stat, Stats};
use ferropik_query::Entity;
use ferropik_query::sql::{SqlBuilder, SqlValue};
use ferropik_store::{List, Listed, Scan, Scope, SpanSelection, StoreResult, View};
use rusqlite::Connection;
use rustc_hash::FxHashMap;
use uuid::Uuid;

use crate::Context;
use crate::columns::{self, Kind};
use crate::error::translate;
use crate::read::assemble::{Assembler, trace_id};
use crate::read::columns_sql::SpanColumns;
use crate::read::scores::Detail;
use crate::read::{limit_offset, statement};
use crate::rollup::{self, Tally};
use crate::rows::{SPAN_COLUMNS, SpanRow, TraceRow, span_type};
use crate::scan::{self, Reader, Want};
use crate::state::{project_key, workspace_key};
use crate::traces::stats_lines::{dollars, push_scores, push_usage, ratio};

fn assembler<'a>(context: &'a Context, connection: &'a Connection, view: View, queue: Option<Uuid>) -> Assembler<'a> {
    Assembler {
        connection,
        strings: &context.strings,
        codec: &context.codec,
        view,
        queue,
        detail: Detail::List,
    }
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
    let Some(row) = SpanRow::find(connection, workspace, id)
        .map_err(translate)?
        .filter(SpanRow::is_visible)
    else {
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
        sql.push(" AND s.type = ")
            .bind(SqlValue::Integer(span_type::number(Some(kind))));
    }
    statement::push_selection(
        &selection.base,
        Entity::Span,
        "s.id",
        &SpanColumns { project },
        &mut sql,
    );
    sql
}

/// The spans of a selection that looks into payloads, newest first; `None` when it does not.
fn by_payload(
    reader: Reader<'_>,
    project: i64,
    in_trace: &InTrace,
    selection: &SpanSelection,
    before: Option<Uuid>,
    want: Want,
) -> StoreResult<Option<Vec<i64>>> {
    scan::resolve(reader, Entity::Span, &selection.base, before, want, |what, narrow| {
        let narrow = SpanSelection {
            base: narrow.clone(),
            ..selection.clone()
        };
        select(what, "span s", project, in_trace, &narrow)
    })
}

fn is_plain(selection: &SpanSelection) -> Option<rollup::Sources> {
    if selection.trace_id.is_some() || selection.span_type.is_some() {
        return None;
    }
    rollup::plain_sources(&selection.base)
}

/// One page and the number of all matches.
pub(crate) fn page(
    reader: Reader<'_>,
    scope: &Scope,
    selection: &SpanSelection,
    list: &List,
) -> StoreResult<Listed<Span>> {
    let Reader {
        context, connection, ..
    } = reader;
    let workspace = workspace_key(connection, scope)?;
    let project = project_key(connection, workspace, selection.base.project)?;
    if let Some((found, total)) = columnar_page(reader, project, selection, list)? {
        let assembler = assembler(context, connection, list.view, selection.base.annotation_queue);
        let mut trace_ids = TraceIds::default();
        let mut rows = Vec::with_capacity(found.len());
        for row in &found {
            let trace_id = trace_ids.of(connection, row.trace)?;
            rows.push(assembler.span(row, selection.base.project, trace_id)?);
        }
        return Ok(Listed { rows, total });
    }
    let in_trace = in_trace(connection, workspace, selection)?;
    let chosen = by_payload(reader, project, &in_trace, selection, None, Want::All)?;
    let total = match (&chosen, is_plain(selection)) {
        (Some(rows), _) => rows.len() as u64,
        (None, Some(sources)) => rollup::count(connection, rollup::SPANS, project, &selection.base, &sources)?,
        (None, None) => statement::number(connection, select("COUNT(*)", "span s", project, &in_trace, selection))?,
    };
    let mut sql = match (&in_trace, &list.sort) {
        _ if let Some(rows) = &chosen => scan::select_rows(
            SPAN_COLUMNS,
            "span s LEFT JOIN trace t ON t.seq = s.trace",
            "s.seq",
            rows,
        ),
        (InTrace::Any, None) if !crate::projects::has_foreign_spans(connection, project).map_err(translate)? => {
            // All spans of the project are in traces of the project, whose index gives the order. Those traces may have
            // spans of other projects.
            let mut sql = SqlBuilder::default();
            sql.push("SELECT ").push(SPAN_COLUMNS).push(
                " FROM trace t INDEXED BY trace_by_project CROSS JOIN span s INDEXED BY span_by_trace \
                 ON s.trace = t.seq WHERE t.project = ",
            );
            sql.bind(SqlValue::Integer(project))
                .push(" AND +s.project = ")
                .bind(SqlValue::Integer(project));
            sql.push(" AND s.flags & 1 = 0");
            if let Some(kind) = selection.span_type {
                sql.push(" AND s.type = ")
                    .bind(SqlValue::Integer(span_type::number(Some(kind))));
            }
            statement::push_selection(
                &selection.base,
                Entity::Span,
                "s.id",
                &SpanColumns { project },
                &mut sql,
            );
            sql
        }
        (InTrace::Trace(_), _) | (InTrace::Unknown, _) => select(
            SPAN_COLUMNS,
            "span s LEFT JOIN trace t ON t.seq = s.trace",
            project,
            &in_trace,
            selection,
        ),
        (InTrace::Any, _) => select(
            SPAN_COLUMNS,
            "span s JOIN trace t ON t.seq = s.trace",
            project,
            &in_trace,
            selection,
        ),
    };
    let ties = "t.id DESC, s.parent DESC, s.id DESC";
    statement::push_order(list.sort.as_ref(), &SpanColumns { project }, ties, &mut sql);
    let (limit, offset) = limit_offset(list.page, list.size);
    sql.push(" LIMIT ")
        .bind(SqlValue::Integer(limit))
        .push(" OFFSET ")
        .bind(SqlValue::Integer(offset));
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

/// Rows that the indexes may be asked to skip before columns are faster.
const MAX_SKIPPED: u64 = 1_000;

/// A page from the columns in memory, if they help.
fn columnar_page(
    reader: Reader<'_>,
    project: i64,
    selection: &SpanSelection,
    list: &List,
) -> StoreResult<Option<(Vec<SpanRow>, u64)>> {
    if selection.trace_id.is_some() {
        return Ok(None);
    }
    let skipped = list.page.saturating_sub(1).saturating_mul(list.size);
    let is_all = is_plain(selection).is_some_and(rollup::Sources::is_all);
    let is_open = selection.base.from.is_none() && selection.base.to.is_none();
    if is_all && is_open && list.sort.is_none() && skipped <= MAX_SKIPPED {
        return Ok(None);
    }
    let kind = selection.span_type.map(|kind| span_type::number(Some(kind)));
    let page = columns::page(reader, (Kind::Span, project), &selection.base, kind, list)?;
    let Some((seqs, total)) = page else { return Ok(None) };
    let mut rows = Vec::with_capacity(seqs.len());
    for seq in seqs {
        rows.extend(SpanRow::by_seq(reader.connection, seq).map_err(translate)?);
    }
    Ok(Some((rows, total)))
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
    reader: Reader<'_>,
    scope: &Scope,
    selection: &SpanSelection,
    scan: &Scan,
) -> StoreResult<Vec<Span>> {
    let Reader {
        context, connection, ..
    } = reader;
    let workspace = workspace_key(connection, scope)?;
    let project = project_key(connection, workspace, selection.base.project)?;
    let found = match columnar_scan(reader, project, selection, scan)? {
        Some(found) => found,
        None => {
            let in_trace = in_trace(connection, workspace, selection)?;
            stored_scan(reader, project, &in_trace, selection, scan)?
        }
    };
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

/// The next rows of a stream from the columns in memory, if they help.
fn columnar_scan(
    reader: Reader<'_>,
    project: i64,
    selection: &SpanSelection,
    scan: &Scan,
) -> StoreResult<Option<Vec<SpanRow>>> {
    if selection.trace_id.is_some() || is_plain(selection).is_some_and(rollup::Sources::is_all) {
        return Ok(None);
    }
    let kind = selection.span_type.map(|kind| span_type::number(Some(kind)));
    let seqs = columns::before(reader, (Kind::Span, project), &selection.base, kind, scan)?;
    let Some(seqs) = seqs else { return Ok(None) };
    let mut rows = Vec::with_capacity(seqs.len());
    for seq in seqs {
        rows.extend(SpanRow::by_seq(reader.connection, seq).map_err(translate)?);
    }
    Ok(Some(rows))
}

fn stored_scan(
    reader: Reader<'_>,
    project: i64,
    in_trace: &InTrace,
    selection: &SpanSelection,
    piece: &Scan,
) -> StoreResult<Vec<SpanRow>> {
    let connection = reader.connection;
    let chosen = by_payload(
        reader,
        project,
        in_trace,
        selection,
        piece.before,
        Want::First(piece.limit),
    )?;
    let mut sql = match &chosen {
        Some(rows) => scan::select_rows(SPAN_COLUMNS, "span s", "s.seq", rows),
        None => select(SPAN_COLUMNS, "span s", project, in_trace, selection),
    };
    if let Some(before) = piece.before {
        sql.push(" AND s.id < ").bind(statement::id_value(before));
    }
    sql.push(" ORDER BY s.id DESC LIMIT ");
    sql.bind(SqlValue::Integer(i64::try_from(piece.limit).unwrap_or(i64::MAX)));
    statement::query(connection, sql, SpanRow::from_row)
}

/// What the spans of a selection add up to.
fn totals(reader: Reader<'_>, workspace: i64, project: i64, selection: &SpanSelection) -> StoreResult<Tally> {
    let connection = reader.connection;
    let key = (Kind::Span, project);
    let plain = is_plain(selection);
    if selection.trace_id.is_none() && (plain.is_none() || rollup::has_pieces(&selection.base)) {
        let kind = selection.span_type.map(|kind| span_type::number(Some(kind)));
        if let Some((tally, _)) = columns::totals(reader, key, &selection.base, kind)? {
            return Ok(tally);
        }
    }
    if let Some(sources) = plain {
        let mut tally = rollup::tally(connection, rollup::SPANS, project, &selection.base, sources)?;
        if tally.durations.is_none()
            && let Some((percentiles, _)) = columns::durations(reader, key, &selection.base, None)?
        {
            tally.percentiles = Some(percentiles);
        }
        return Ok(tally);
    }
    let in_trace = in_trace(connection, workspace, selection)?;
    let mut tally = Tally::exact();
    let sql = match by_payload(reader, project, &in_trace, selection, None, Want::All)? {
        Some(rows) => scan::select_rows(SPAN_COLUMNS, "span s", "s.seq", &rows),
        None => select(SPAN_COLUMNS, "span s", project, &in_trace, selection),
    };
    for row in statement::query(connection, sql, SpanRow::from_row)? {
        tally.add_span(connection, &row)?;
    }
    Ok(tally)
}

/// The statistics in the order of the wire.
pub(crate) fn stats(reader: Reader<'_>, scope: &Scope, selection: &SpanSelection) -> StoreResult<Stats> {
    let Reader {
        context, connection, ..
    } = reader;
    let workspace = workspace_key(connection, scope)?;
    let project = project_key(connection, workspace, selection.base.project)?;
    let mut tally = totals(reader, workspace, project, selection)?;
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
    push_scores(
        &context.strings,
        connection,
        "feedback_scores",
        &tally.scores,
        &mut stats,
    )?;
    stats.push(Stat::count("error_count", sums.errors.unsigned_abs()));
    Ok(Stats { stats })
}

fn dollars_divisor(costs: i64) -> f64 {
    costs.max(1) as f64
}
