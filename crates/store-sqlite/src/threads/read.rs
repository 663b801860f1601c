//! Reads of threads.

use ferropik_model::{Stat, Stats, Thread, ThreadStatus, Timestamp, Trace, decimal};
use ferropik_query::Entity;
use ferropik_query::sql::{SqlBuilder, SqlValue};
use ferropik_store::{List, Listed, Scan, Scope, Selection, StoreResult, View, ViewField};
use rusqlite::{Connection, OptionalExtension};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use crate::Context;
use crate::error::translate;
use crate::read::assemble::Assembler;
use crate::read::columns_sql::ThreadColumns;
use crate::read::scores::{self, Detail};
use crate::read::{limit_offset, statement};
use crate::rollup::exact_percentiles;
use crate::rows::{THREAD_COLUMNS, ThreadRow, Totals, duration_us, flag};
use crate::scoring::{self, Subject};
use crate::state::{project_key, workspace_key};
use crate::traces::stats_lines::{dollars, push_scores, push_usage};

fn select(what: &str, project: i64, selection: &Selection) -> SqlBuilder {
    select_from("thread h", what, project, selection)
}

fn select_from(table: &str, what: &str, project: i64, selection: &Selection) -> SqlBuilder {
    let mut sql = SqlBuilder::default();
    sql.push("SELECT ")
        .push(what)
        .push(" FROM ")
        .push(table)
        .push(" WHERE h.project = ")
        .bind(SqlValue::Integer(project));
    sql.push(" AND h.trace_count > 0");
    // The id of the record carries the time of the trace that created it, so a thread whose id lies in a range has a
    // trace there.
    statement::push_selection(
        selection,
        Entity::Thread,
        "h.model_id",
        &ThreadColumns { project },
        &mut sql,
    );
    sql
}

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

fn frame(connection: &Connection, column: &str, trace: Option<i64>) -> StoreResult<Option<Vec<u8>>> {
    let Some(trace) = trace else { return Ok(None) };
    connection
        .prepare_cached(&format!("SELECT {column} FROM trace_payload WHERE seq = ?1"))
        .and_then(|mut statement| statement.query_row([trace], |row| row.get(0)).optional())
        .map(Option::flatten)
        .map_err(translate)
}

fn assemble(assembler: &Assembler<'_>, row: &ThreadRow, project_id: Uuid) -> StoreResult<Thread> {
    let connection = assembler.connection;
    let text = |number: i64| {
        assembler
            .strings
            .text(connection, number)
            .map(|text| text.to_string())
            .map_err(translate)
    };
    let wants = |field| !assembler.view.exclude.contains(field);
    let start_time = row.start_ns.map(Timestamp::from_nanos);
    let end_time = row.end_ns.map(Timestamp::from_nanos);
    let message = |column, trace, field| {
        if !wants(field) {
            return Ok(None);
        }
        assembler.json(frame(connection, column, trace)?, assembler.limit())
    };
    Ok(Thread {
        id: row.thread_id.clone(),
        project_id,
        thread_model_id: row.model_id,
        start_time,
        end_time,
        duration: start_time.and_then(|start| Trace::duration_between(start, end_time)),
        first_message: message("input", row.first_trace, ViewField::Input)?,
        last_message: message("output", row.last_trace, ViewField::Output)?,
        feedback_scores: if row.flags & flag::SCORES == 0 {
            Vec::new()
        } else {
            scores::of_entity(connection, assembler.strings, scoring::THREAD, row.seq, assembler.queue)
                .map_err(translate)?
        },
        status: if row.inactive {
            ThreadStatus::Inactive
        } else {
            ThreadStatus::Active
        },
        number_of_messages: row.trace_count.unsigned_abs() * 2,
        total_estimated_cost: (row.cost > 0).then(|| decimal::from_scaled(row.cost, decimal::COST_SCALE)),
        usage: assembler.usage(&row.totals)?,
        tags: row.tags.iter().map(|tag| text(*tag)).collect::<StoreResult<_>>()?,
        comments: if row.flags & flag::COMMENTS == 0 {
            Vec::new()
        } else {
            crate::comments::of_entity(connection, assembler.strings, scoring::THREAD, row.seq, assembler.queue)
                .map_err(translate)?
        },
        environment: row.environment.map(text).transpose()?.unwrap_or_default(),
        created_at: Some(Timestamp::from_nanos(row.created_ns)),
        created_by: Some(text(row.created_by)?),
        last_updated_at: Some(Timestamp::from_micros(row.updated_us)),
        last_updated_by: Some(text(row.updated_by)?),
        annotation_queues: if wants(ViewField::AnnotationQueues) {
            crate::annotation_queues::of_item(connection, row.workspace, row.model_id).map_err(translate)?
        } else {
            Vec::new()
        },
    })
}

/// One thread that has traces.
pub(crate) fn by_id(
    context: &Context,
    connection: &Connection,
    scope: &Scope,
    project_id: Uuid,
    thread_id: &str,
    truncate: bool,
) -> StoreResult<Option<Thread>> {
    let workspace = workspace_key(connection, scope)?;
    let project = project_key(connection, workspace, project_id)?;
    let row = ThreadRow::find(connection, project, thread_id).map_err(translate)?;
    let Some(row) = row.filter(|row| row.trace_count > 0) else {
        return Ok(None);
    };
    let view = View {
        truncate,
        ..View::default()
    };
    assemble(&assembler(context, connection, view, None), &row, project_id).map(Some)
}

/// One page and the number of all matches.
pub(crate) fn page(
    context: &Context,
    connection: &Connection,
    scope: &Scope,
    selection: &Selection,
    list: &List,
) -> StoreResult<Listed<Thread>> {
    let workspace = workspace_key(connection, scope)?;
    let project = project_key(connection, workspace, selection.project)?;
    let total = statement::number(connection, select("COUNT(*)", project, selection))?;
    // In the default order the index of updates gives the first rows without sorting all of them.
    let table = if list.sort.is_none() {
        "thread h INDEXED BY thread_by_update"
    } else {
        "thread h"
    };
    let mut sql = select_from(table, THREAD_COLUMNS, project, selection);
    let ties = "h.updated_us DESC, h.start_ns ASC, h.end_ns DESC, h.seq DESC";
    statement::push_order(list.sort.as_ref(), &ThreadColumns { project }, ties, &mut sql);
    let (limit, offset) = limit_offset(list.page, list.size);
    sql.push(" LIMIT ")
        .bind(SqlValue::Integer(limit))
        .push(" OFFSET ")
        .bind(SqlValue::Integer(offset));
    let found = statement::query(connection, sql, ThreadRow::from_row)?;
    let assembler = assembler(context, connection, list.view, selection.annotation_queue);
    let rows = found
        .iter()
        .map(|row| assemble(&assembler, row, selection.project))
        .collect::<StoreResult<_>>()?;
    Ok(Listed { rows, total })
}

/// The next piece of a stream.
pub(crate) fn scan(
    context: &Context,
    connection: &Connection,
    scope: &Scope,
    selection: &Selection,
    scan: &Scan,
) -> StoreResult<Vec<Thread>> {
    let workspace = workspace_key(connection, scope)?;
    let project = project_key(connection, workspace, selection.project)?;
    let mut sql = select(THREAD_COLUMNS, project, selection);
    if let Some(before) = scan.before {
        sql.push(" AND h.model_id < ").bind(statement::id_value(before));
    }
    sql.push(" ORDER BY h.model_id DESC LIMIT ");
    sql.bind(SqlValue::Integer(i64::try_from(scan.limit).unwrap_or(i64::MAX)));
    let found = statement::query(connection, sql, ThreadRow::from_row)?;
    let assembler = assembler(context, connection, scan.view, selection.annotation_queue);
    let mut threads = Vec::with_capacity(found.len());
    let mut bytes = 0;
    for row in &found {
        let thread = assemble(&assembler, row, selection.project)?;
        bytes += [&thread.first_message, &thread.last_message]
            .into_iter()
            .flatten()
            .map(|json| json.as_str().len())
            .sum::<usize>();
        threads.push(thread);
        if bytes > scan.max_bytes {
            break;
        }
    }
    Ok(threads)
}

/// The statistics in the order of the wire.
pub(crate) fn stats(
    context: &Context,
    connection: &Connection,
    scope: &Scope,
    selection: &Selection,
) -> StoreResult<Stats> {
    let workspace = workspace_key(connection, scope)?;
    let project = project_key(connection, workspace, selection.project)?;
    let (mut count, mut costs, mut cost) = (0_u64, 0_u64, 0_i64);
    let mut durations = Vec::new();
    let mut usage: FxHashMap<i64, (i64, i128)> = FxHashMap::default();
    let mut scores: FxHashMap<i64, (i64, i128)> = FxHashMap::default();
    let mut scored = Vec::new();
    // Only what is added up is read: a project may have very many threads.
    let sql = select(
        "h.seq, h.flags, h.start_ns, h.end_ns, h.cost, h.totals",
        project,
        selection,
    );
    statement::for_each(connection, sql, |row| {
        count += 1;
        if row.get::<_, i64>(1)? & flag::SCORES != 0 {
            scored.push(row.get(0)?);
        }
        durations.extend(
            row.get::<_, Option<i64>>(2)?
                .and_then(|start| duration_us(start, row.get(3).ok()?)),
        );
        let row_cost: i64 = row.get(4)?;
        if row_cost > 0 {
            costs += 1;
            cost = cost.saturating_add(row_cost);
        }
        for (key, total, _) in &Totals::decode(row.get_ref(5)?.as_blob_or_null()?).usage {
            let slot = usage.entry(*key).or_default();
            slot.0 += 1;
            slot.1 += i128::from(*total);
        }
        Ok(true)
    })?;
    for seq in scored {
        let Some(row) = ThreadRow::by_seq(connection, seq).map_err(translate)? else {
            continue;
        };
        let subject = Subject::thread(&row);
        for name in scoring::names(connection, &subject)? {
            if let Some(value) = scoring::aggregate(connection, &subject, name)? {
                let slot = scores.entry(name).or_default();
                slot.0 += 1;
                slot.1 += i128::from(value);
            }
        }
    }
    if count == 0 {
        return Ok(Stats::default());
    }
    let mean_cost = if costs == 0 {
        0.0
    } else {
        dollars(cost) / mean_divisor(costs)
    };
    let mut stats = vec![
        Stat::count("thread_count", count),
        Stat::percentage("duration", exact_percentiles(&mut durations)),
        Stat::count("input", 0),
        Stat::count("output", 0),
        Stat::count("metadata", 0),
        Stat::avg("tags", 0.0),
        Stat::avg("total_estimated_cost", mean_cost),
        Stat::avg("total_estimated_cost_sum", dollars(cost)),
    ];
    push_usage(context, connection, &usage, &mut stats)?;
    push_scores(&context.strings, connection, "feedback_scores", &scores, &mut stats)?;
    stats.push(Stat::count("guardrails_failed_count", 0));
    stats.push(Stat::count("error_count", 0));
    Ok(Stats { stats })
}

fn mean_divisor(count: u64) -> f64 {
    count as f64
}
