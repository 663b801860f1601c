//! Statistics over traces.

use ferropik_model::{Stat, Stats, decimal};
use ferropik_store::{Scope, Selection, StoreResult};
use rusqlite::Connection;
use rustc_hash::FxHashMap;

use super::read::{by_payload, select};
use crate::Context;
use crate::columns::{self, Kind};
use crate::engine::strings::Strings;
use crate::error::translate;
use crate::read::statement;
use crate::rollup::{self, Tally};
use crate::rows::{TRACE_COLUMNS, TraceRow};
use crate::scan::{self, Reader, Want};
use crate::state::{project_key, workspace_key};

/// What the traces of a selection add up to.
pub(crate) struct TraceTotals {
    pub(crate) tally: Tally,
    /// Distinct threads.
    pub(crate) threads: u64,
}

/// Adds up the traces of a selection of one project.
pub(crate) fn project_totals(reader: Reader<'_>, project: i64, selection: &Selection) -> StoreResult<TraceTotals> {
    let connection = reader.connection;
    let key = (Kind::Trace, project);
    let plain = rollup::plain_sources(selection);
    if (plain.is_none() || rollup::has_pieces(selection))
        && let Some((tally, threads)) = columns::totals(reader, key, selection, None)?
    {
        return Ok(TraceTotals { tally, threads });
    }
    if let Some(sources) = plain {
        let mut tally = rollup::tally(connection, rollup::TRACES, project, selection, sources)?;
        if tally.durations.is_none()
            && let Some((percentiles, threads)) = columns::durations(reader, key, selection, None)?
        {
            tally.percentiles = Some(percentiles);
            return Ok(TraceTotals { tally, threads });
        }
        let threads = if sources.is_all() && selection.from.is_none() && selection.to.is_none() {
            connection
                .prepare_cached("SELECT COUNT(*) FROM thread WHERE project = ?1 AND trace_count > 0")
                .and_then(|mut statement| statement.query_row([project], |row| row.get::<_, i64>(0)))
                .map_err(translate)?
                .unsigned_abs()
        } else {
            statement::number(connection, select("COUNT(DISTINCT t.thread)", project, selection))?
        };
        return Ok(TraceTotals { tally, threads });
    }
    let mut tally = Tally::exact();
    let mut threads = rustc_hash::FxHashSet::default();
    let sql = match by_payload(reader, project, selection, None, Want::All)? {
        Some(rows) => scan::select_rows(TRACE_COLUMNS, "trace t", "t.seq", &rows),
        None => select(TRACE_COLUMNS, project, selection),
    };
    let found = statement::query(connection, sql, TraceRow::from_row)?;
    for row in &found {
        tally.add_trace(connection, row)?;
        threads.extend(row.thread);
    }
    Ok(TraceTotals {
        tally,
        threads: threads.len() as u64,
    })
}

/// The statistics in the order of the wire.
pub(crate) fn stats(reader: Reader<'_>, scope: &Scope, selection: &Selection) -> StoreResult<Stats> {
    let Reader {
        context, connection, ..
    } = reader;
    let workspace = workspace_key(connection, scope)?;
    let project = project_key(connection, workspace, selection.project)?;
    let TraceTotals { mut tally, threads } = project_totals(reader, project, selection)?;
    if tally.sums.rows == 0 {
        return Ok(Stats::default());
    }
    let percentiles = tally.percentiles();
    let sums = &tally.sums;
    let mut stats = vec![
        Stat::count("trace_count", sums.rows.unsigned_abs()),
        Stat::percentage("duration", percentiles),
        Stat::count("input", sums.inputs.unsigned_abs()),
        Stat::count("output", sums.outputs.unsigned_abs()),
        Stat::count("metadata", sums.metadatas.unsigned_abs()),
        Stat::avg("tags", ratio(sums.tags, sums.rows)),
        Stat::count("thread_count", threads),
        Stat::avg("llm_span_count", ratio(sums.llm_spans, sums.rows)),
        Stat::avg("span_count", ratio(sums.spans, sums.rows)),
        Stat::avg("total_estimated_cost", dollars(sums.cost) / count_or_one(sums.costs)),
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
    push_scores(
        &context.strings,
        connection,
        "span_feedback_scores",
        &tally.span_scores,
        &mut stats,
    )?;
    stats.push(Stat::count(
        "guardrails_failed_count",
        sums.failed_guardrails.unsigned_abs(),
    ));
    stats.push(Stat::count("error_count", sums.errors.unsigned_abs()));
    Ok(Stats { stats })
}

/// A cost in US dollars.
pub(crate) fn dollars(cost: i64) -> f64 {
    cost as f64 / 1e12
}

fn count_or_one(count: i64) -> f64 {
    count.max(1) as f64
}

/// A mean; 0 over nothing.
pub(crate) fn ratio(sum: i64, count: i64) -> f64 {
    if count == 0 { 0.0 } else { sum as f64 / count as f64 }
}

/// Appends the means, then the sums, of all usage keys by name.
pub(crate) fn push_usage(
    context: &Context,
    connection: &Connection,
    usage: &FxHashMap<i64, (i64, i128)>,
    stats: &mut Vec<Stat>,
) -> StoreResult<()> {
    let mut named = named(&context.strings, connection, usage)?;
    named.retain(|(_, rows, _)| *rows > 0);
    for (name, rows, total) in &named {
        stats.push(Stat::avg(format!("usage.{name}"), *total as f64 / *rows as f64));
    }
    for (name, _, total) in &named {
        stats.push(Stat::avg(format!("usage_sum.{name}"), *total as f64));
    }
    Ok(())
}

/// Appends the means of all scores by name.
pub(crate) fn push_scores(
    strings: &Strings,
    connection: &Connection,
    prefix: &str,
    scores: &FxHashMap<i64, (i64, i128)>,
    stats: &mut Vec<Stat>,
) -> StoreResult<()> {
    for (name, rows, total) in named(strings, connection, scores)? {
        if rows > 0 {
            let scale = 10_f64.powi(i32::try_from(decimal::SCORE_SCALE).unwrap_or(9));
            stats.push(Stat::avg(
                format!("{prefix}.{name}"),
                total as f64 / rows as f64 / scale,
            ));
        }
    }
    Ok(())
}

/// Pairs with the names of their interned keys, sorted by name.
pub(crate) fn named(
    strings: &Strings,
    connection: &Connection,
    pairs: &FxHashMap<i64, (i64, i128)>,
) -> StoreResult<Vec<(String, i64, i128)>> {
    let mut named = Vec::with_capacity(pairs.len());
    for (key, (rows, total)) in pairs {
        named.push((
            strings.text(connection, *key).map_err(translate)?.to_string(),
            *rows,
            *total,
        ));
    }
    named.sort();
    Ok(named)
}
