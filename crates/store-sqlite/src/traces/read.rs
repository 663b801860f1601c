//! Reads of traces.

use ferropik_model::Trace;
use ferropik_query::Entity;
use ferropik_query::sql::{SqlBuilder, SqlValue};
use ferropik_store::{List, Listed, Scan, Scope, Selection, StoreResult, View};
use rusqlite::Connection;
use uuid::Uuid;

use crate::Context;
use crate::columns::{self, Kind};
use crate::error::translate;
use crate::read::assemble::Assembler;
use crate::read::columns_sql::TraceColumns;
use crate::read::scores::Detail;
use crate::read::{limit_offset, statement};
use crate::rollup;
use crate::rows::{TRACE_COLUMNS, TraceRow};
use crate::scan::{self, Reader, Want};
use crate::state::{project_key, workspace_key};

/// One trace.
pub(crate) fn by_id(
    context: &Context,
    connection: &Connection,
    scope: &Scope,
    id: Uuid,
    view: View,
) -> StoreResult<Option<Trace>> {
    let workspace = workspace_key(connection, scope)?;
    let Some(row) = TraceRow::find(connection, workspace, id)
        .map_err(translate)?
        .filter(TraceRow::is_visible)
    else {
        return Ok(None);
    };
    let Some(project) = crate::projects::id_of(connection, row.project).map_err(translate)? else {
        return Ok(None);
    };
    let assembler = assembler(context, connection, view, None, Detail::WithSpans);
    assembler.trace(&row, project).map(Some)
}

fn assembler<'a>(
    context: &'a Context,
    connection: &'a Connection,
    view: View,
    queue: Option<Uuid>,
    detail: Detail,
) -> Assembler<'a> {
    Assembler {
        connection,
        strings: &context.strings,
        codec: &context.codec,
        view,
        queue,
        detail,
    }
}

/// The beginning of a statement over the visible traces of a selection.
pub(crate) fn select(what: &str, project: i64, selection: &Selection) -> SqlBuilder {
    let mut sql = SqlBuilder::default();
    sql.push("SELECT ")
        .push(what)
        .push(" FROM trace t WHERE t.project = ")
        .bind(SqlValue::Integer(project));
    sql.push(" AND t.flags & 1 = 0");
    statement::push_selection(selection, Entity::Trace, "t.id", &TraceColumns { project }, &mut sql);
    sql
}

/// The traces of a selection that looks into payloads, newest first; `None` when it does not.
pub(crate) fn by_payload(
    reader: Reader<'_>,
    project: i64,
    selection: &Selection,
    before: Option<Uuid>,
    want: Want,
) -> StoreResult<Option<Vec<i64>>> {
    scan::resolve(reader, Entity::Trace, selection, before, want, |what, narrow| {
        select(what, project, narrow)
    })
}

/// One page and the number of all matches.
pub(crate) fn page(
    reader: Reader<'_>,
    scope: &Scope,
    selection: &Selection,
    list: &List,
) -> StoreResult<Listed<Trace>> {
    let Reader {
        context, connection, ..
    } = reader;
    let workspace = workspace_key(connection, scope)?;
    let project = project_key(connection, workspace, selection.project)?;
    if let Some((rows, total)) = columnar_page(reader, project, selection, list)? {
        let assembler = assembler(context, connection, list.view, selection.annotation_queue, Detail::List);
        let rows = rows
            .iter()
            .map(|row| assembler.trace(row, selection.project))
            .collect::<StoreResult<_>>()?;
        return Ok(Listed { rows, total });
    }
    let chosen = by_payload(reader, project, selection, None, Want::All)?;
    let total = match (&chosen, rollup::plain_sources(selection)) {
        (Some(rows), _) => rows.len() as u64,
        (None, Some(sources)) => rollup::count(connection, rollup::TRACES, project, selection, &sources)?,
        (None, None) => statement::number(connection, select("COUNT(*)", project, selection))?,
    };
    let mut sql = match &chosen {
        Some(rows) => scan::select_rows(TRACE_COLUMNS, "trace t", "t.seq", rows),
        None => select(TRACE_COLUMNS, project, selection),
    };
    statement::push_order(list.sort.as_ref(), &TraceColumns { project }, "t.id DESC", &mut sql);
    let (limit, offset) = limit_offset(list.page, list.size);
    sql.push(" LIMIT ")
        .bind(SqlValue::Integer(limit))
        .push(" OFFSET ")
        .bind(SqlValue::Integer(offset));
    let found = statement::query(connection, sql, TraceRow::from_row)?;
    let assembler = assembler(context, connection, list.view, selection.annotation_queue, Detail::List);
    let rows = found
        .iter()
        .map(|row| assembler.trace(row, selection.project))
        .collect::<StoreResult<_>>()?;
    Ok(Listed { rows, total })
}

/// Rows that the index of ids may be asked to skip before columns are faster.
const MAX_SKIPPED: u64 = 1_000;

/// A page from the columns in memory, if they help.
fn columnar_page(
    reader: Reader<'_>,
    project: i64,
    selection: &Selection,
    list: &List,
) -> StoreResult<Option<(Vec<TraceRow>, u64)>> {
    let skipped = list.page.saturating_sub(1).saturating_mul(list.size);
    let is_plain = rollup::plain_sources(selection).is_some_and(rollup::Sources::is_all);
    if is_plain && list.sort.is_none() && skipped <= MAX_SKIPPED {
        return Ok(None);
    }
    let page = columns::page(reader, (Kind::Trace, project), selection, None, list)?;
    let Some((seqs, total)) = page else { return Ok(None) };
    let mut rows = Vec::with_capacity(seqs.len());
    for seq in seqs {
        rows.extend(TraceRow::by_seq(reader.connection, seq).map_err(translate)?);
    }
    Ok(Some((rows, total)))
}

/// The next piece of a stream.
pub(crate) fn scan(reader: Reader<'_>, scope: &Scope, selection: &Selection, scan: &Scan) -> StoreResult<Vec<Trace>> {
    let Reader {
        context, connection, ..
    } = reader;
    let workspace = workspace_key(connection, scope)?;
    let project = project_key(connection, workspace, selection.project)?;
    let found = match columnar_scan(reader, project, selection, scan)? {
        Some(found) => found,
        None => stored_scan(reader, project, selection, scan)?,
    };
    let assembler = assembler(context, connection, scan.view, selection.annotation_queue, Detail::List);
    let mut traces = Vec::with_capacity(found.len());
    let mut bytes = 0;
    for row in &found {
        let trace = assembler.trace(row, selection.project)?;
        bytes += [&trace.input, &trace.output, &trace.metadata]
            .into_iter()
            .flatten()
            .map(|json| json.as_str().len())
            .sum::<usize>();
        traces.push(trace);
        if bytes > scan.max_bytes {
            break;
        }
    }
    Ok(traces)
}

/// The next rows of a stream from the columns in memory, if they help.
fn columnar_scan(
    reader: Reader<'_>,
    project: i64,
    selection: &Selection,
    scan: &Scan,
) -> StoreResult<Option<Vec<TraceRow>>> {
    if rollup::plain_sources(selection).is_some_and(rollup::Sources::is_all) {
        return Ok(None);
    }
    let seqs = columns::before(reader, (Kind::Trace, project), selection, None, scan)?;
    let Some(seqs) = seqs else { return Ok(None) };
    let mut rows = Vec::with_capacity(seqs.len());
    for seq in seqs {
        rows.extend(TraceRow::by_seq(reader.connection, seq).map_err(translate)?);
    }
    Ok(Some(rows))
}

fn stored_scan(reader: Reader<'_>, project: i64, selection: &Selection, piece: &Scan) -> StoreResult<Vec<TraceRow>> {
    let connection = reader.connection;
    let chosen = by_payload(reader, project, selection, piece.before, Want::First(piece.limit))?;
    let mut sql = match &chosen {
        Some(rows) => scan::select_rows(TRACE_COLUMNS, "trace t", "t.seq", rows),
        None => select(TRACE_COLUMNS, project, selection),
    };
    if let Some(before) = piece.before {
        sql.push(" AND t.id < ").bind(statement::id_value(before));
    }
    sql.push(" ORDER BY t.id DESC LIMIT ");
    sql.bind(SqlValue::Integer(i64::try_from(piece.limit).unwrap_or(i64::MAX)));
    statement::query(connection, sql, TraceRow::from_row)
}
