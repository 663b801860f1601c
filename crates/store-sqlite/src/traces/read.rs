//! Reads of traces.

use ferropik_model::Trace;
use ferropik_query::Entity;
use ferropik_query::sql::{SqlBuilder, SqlValue};
use ferropik_store::{List, Listed, Scan, Scope, Selection, StoreResult, View};
use rusqlite::Connection;
use uuid::Uuid;

use crate::Context;
use crate::error::translate;
use crate::read::assemble::Assembler;
use crate::read::columns_sql::TraceColumns;
use crate::read::scores::Detail;
use crate::read::{limit_offset, statement};
use crate::rollup;
use crate::rows::{TRACE_COLUMNS, TraceRow};
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
    let Some(row) = TraceRow::find(connection, workspace, id).map_err(translate)?.filter(TraceRow::is_visible) else {
        return Ok(None);
    };
    let Some(project) = crate::projects::id_of(connection, row.project).map_err(translate)? else { return Ok(None) };
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
    Assembler { connection, strings: &context.strings, codec: &context.codec, view, queue, detail }
}

/// The beginning of a statement over the visible traces of a selection.
pub(crate) fn select(what: &str, project: i64, selection: &Selection) -> SqlBuilder {
    let mut sql = SqlBuilder::default();
    sql.push("SELECT ").push(what).push(" FROM trace t WHERE t.project = ").bind(SqlValue::Integer(project));
    sql.push(" AND t.flags & 1 = 0");
    statement::push_selection(selection, Entity::Trace, "t.id", &TraceColumns { project }, &mut sql);
    sql
}

/// One page and the number of all matches.
pub(crate) fn page(
    context: &Context,
    connection: &Connection,
    scope: &Scope,
    selection: &Selection,
    list: &List,
) -> StoreResult<Listed<Trace>> {
    let workspace = workspace_key(connection, scope)?;
    let project = project_key(connection, workspace, selection.project)?;
    let total = match rollup::plain_sources(selection) {
        Some(sources) => rollup::count(connection, rollup::TRACES, project, selection, &sources)?,
        None => statement::number(connection, select("COUNT(*)", project, selection))?,
    };
    let mut sql = select(TRACE_COLUMNS, project, selection);
    statement::push_order(list.sort.as_ref(), &TraceColumns { project }, "t.id DESC", &mut sql);
    let (limit, offset) = limit_offset(list.page, list.size);
    sql.push(" LIMIT ").bind(SqlValue::Integer(limit)).push(" OFFSET ").bind(SqlValue::Integer(offset));
    let found = statement::query(connection, sql, TraceRow::from_row)?;
    let assembler = assembler(context, connection, list.view, selection.annotation_queue, Detail::List);
    let rows = found.iter().map(|row| assembler.trace(row, selection.project)).collect::<StoreResult<_>>()?;
    Ok(Listed { rows, total })
}

/// The next piece of a stream.
pub(crate) fn scan(
    context: &Context,
    connection: &Connection,
    scope: &Scope,
    selection: &Selection,
    scan: &Scan,
) -> StoreResult<Vec<Trace>> {
    let workspace = workspace_key(connection, scope)?;
    let project = project_key(connection, workspace, selection.project)?;
    let mut sql = select(TRACE_COLUMNS, project, selection);
    if let Some(before) = scan.before {
        sql.push(" AND t.id < ").bind(statement::id_value(before));
    }
    sql.push(" ORDER BY t.id DESC LIMIT ");
    sql.bind(SqlValue::Integer(i64::try_from(scan.limit).unwrap_or(i64::MAX)));
    let found = statement::query(connection, sql, TraceRow::from_row)?;
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
