//! What rollups answer: which selections are plain enough for them, counts, and what a selection adds up to.

use ferropik_model::{Percentiles, Source, Timestamp, id};
use ferropik_query::{Field, Filter, Test, enum_test};
use ferropik_store::{Scope, Selection, StoreResult};
use rusqlite::{Connection, Row, params};
use rustc_hash::FxHashMap;

use super::{Rollups, Sums, TRACES};
use crate::error::translate;
use crate::histogram::Histogram;
use crate::read::columns_sql::{id_range, visibility_of};
use crate::rows::{HOUR_MILLIS, SPAN_COLUMNS, SpanRow, TRACE_COLUMNS, TraceRow, flag, source};
use crate::scoring::{self, Subject};
use crate::state::{project_key, workspace_key};

/// The sources that a selection admits, if it is nothing but a choice of sources and a range of time: then rollups
/// answer it. `None` when rows have to be looked at.
pub(crate) fn plain_sources(selection: &Selection) -> Option<Sources> {
    if selection.search.is_some() || selection.annotation_queue.is_some() {
        return None;
    }
    plain_filter_sources(&selection.filter)
}

/// The same for a filter alone.
pub(crate) fn plain_filter_sources(filter: &Filter) -> Option<Sources> {
    let mut sources = Sources([true; SOURCES]);
    for condition in filter.conditions() {
        let Test::Enum { test, any_of: false } = &condition.test else {
            return None;
        };
        for (number, admitted) in sources.0.iter_mut().enumerate() {
            let number = i64::try_from(number).unwrap_or(0);
            let name = match condition.field {
                Field::Source => source::from_number(number).map(ferropik_model::Source::as_str),
                Field::VisibilityMode => Some(visibility_of(number)),
                _ => return None,
            };
            *admitted &= enum_test(test, name);
        }
    }
    Some(sources)
}

/// Which sources (by number) a selection admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sources([bool; SOURCES]);

/// Numbers of sources.
const SOURCES: usize = 7;

impl Sources {
    /// Whether rows of this source are admitted.
    pub(crate) fn admits(self, number: i64) -> bool {
        usize::try_from(number)
            .ok()
            .and_then(|number| self.0.get(number))
            .copied()
            .unwrap_or(false)
    }

    /// Whether all are admitted.
    pub(crate) fn is_all(self) -> bool {
        self.0.iter().all(|admitted| *admitted)
    }

    /// The numbers as an SQL list.
    pub(crate) fn sql_list(self) -> String {
        let numbers: Vec<String> = (0..=source::HIDDEN)
            .filter(|number| self.admits(*number))
            .map(|number| number.to_string())
            .collect();
        numbers.join(", ")
    }
}

/// A range of time cut into whole hours, which rollups answer, and the pieces before and after, which rows answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hours {
    /// First whole hour.
    pub(crate) first: i64,
    /// Last whole hour; below `first` when there is none.
    pub(crate) last: i64,
    /// Milliseconds (both inclusive) before the whole hours.
    pub(crate) head: Option<(i64, i64)>,
    /// Milliseconds after the whole hours.
    pub(crate) tail: Option<(i64, i64)>,
}

impl Hours {
    /// Cuts the range of a selection.
    pub(crate) fn of(from: Option<Timestamp>, to: Option<Timestamp>) -> Hours {
        const MAX_MILLIS: i64 = (1 << 48) - 1;
        let from = from.map_or(0, Timestamp::as_millis).clamp(0, MAX_MILLIS);
        let to = to.map_or(MAX_MILLIS, Timestamp::as_millis).clamp(-1, MAX_MILLIS);
        let first = (from + HOUR_MILLIS - 1) / HOUR_MILLIS;
        let last = (to + 1) / HOUR_MILLIS - 1;
        let to_is_open = to == MAX_MILLIS;
        let last = if to_is_open {
            last.max(MAX_MILLIS / HOUR_MILLIS)
        } else {
            last
        };
        if first > last {
            let head = (from <= to).then_some((from, to));
            return Hours {
                first,
                last,
                head,
                tail: None,
            };
        }
        let head = (from < first * HOUR_MILLIS).then(|| (from, first * HOUR_MILLIS - 1));
        let tail_start = (last + 1) * HOUR_MILLIS;
        let tail = (!to_is_open && tail_start <= to).then_some((tail_start, to));
        Hours {
            first,
            last,
            head,
            tail,
        }
    }

    /// The pieces that are no whole hours.
    pub(crate) fn pieces(self) -> impl Iterator<Item = (i64, i64)> {
        self.head.into_iter().chain(self.tail)
    }
}

fn table_of(kind: i64) -> &'static str {
    if kind == TRACES { "trace" } else { "span" }
}

/// Number of rows of a selection that rollups answer.
pub(crate) fn count(
    connection: &Connection,
    kind: i64,
    project: i64,
    selection: &Selection,
    sources: &Sources,
) -> StoreResult<u64> {
    count_of(connection, kind, project, selection, sources, ("rows", ""))
}

/// Number of traces with an error in a selection that rollups answer.
pub(crate) fn error_count(
    connection: &Connection,
    project: i64,
    selection: &Selection,
    sources: &Sources,
) -> StoreResult<u64> {
    let of_rows = format!("AND flags & {} <> 0", flag::ERROR);
    count_of(connection, TRACES, project, selection, sources, ("errors", &of_rows))
}

/// Sums a column of the rollups, and counts the rows in the pieces beside them that satisfy the same condition.
fn count_of(
    connection: &Connection,
    kind: i64,
    project: i64,
    selection: &Selection,
    sources: &Sources,
    (column, of_rows): (&str, &str),
) -> StoreResult<u64> {
    let hours = Hours::of(selection.from, selection.to);
    let list = sources.sql_list();
    let whole: i64 = connection
        .prepare_cached(&format!(
            "SELECT COALESCE(SUM({column}), 0) FROM rollup WHERE kind = ?1 AND project = ?2 AND hour BETWEEN ?3 AND ?4 \
             AND source IN ({list})"
        ))
        .and_then(|mut statement| {
            statement.query_row(params![kind, project, hours.first, hours.last], |row| row.get(0))
        })
        .map_err(translate)?;
    let mut total = whole;
    for (from, to) in hours.pieces() {
        let piece: i64 = connection
            .prepare_cached(&format!(
                "SELECT COUNT(*) FROM {} WHERE project = ?1 AND id BETWEEN ?2 AND ?3 AND flags & 1 = 0 \
                 AND source IN ({list}) {of_rows}",
                table_of(kind)
            ))
            .and_then(|mut statement| {
                let (lowest, highest) = (id::lowest_at(from), id::highest_at(to));
                statement.query_row(params![project, lowest.as_bytes(), highest.as_bytes()], |row| {
                    row.get(0)
                })
            })
            .map_err(translate)?;
        total += piece;
    }
    Ok(total.unsigned_abs())
}

/// Whether a project has a row, optionally of one source.
pub(crate) fn exists(
    connection: &Connection,
    scope: &Scope,
    kind: i64,
    project: uuid::Uuid,
    wanted: Option<Source>,
) -> StoreResult<bool> {
    let workspace = workspace_key(connection, scope)?;
    let project = project_key(connection, workspace, project)?;
    let list = match wanted {
        None => "0, 1, 2, 3, 4, 5, 6".to_owned(),
        Some(Source::Sdk) => "0, 1".to_owned(),
        Some(Source::Experiment) => format!("{}, {}", source::number(Some(Source::Experiment)), source::HIDDEN),
        Some(other) => source::number(Some(other)).to_string(),
    };
    connection
        .prepare_cached(&format!(
            "SELECT EXISTS (SELECT 1 FROM rollup WHERE kind = ?1 AND project = ?2 AND rows > 0 AND source IN ({list}))"
        ))
        .and_then(|mut statement| statement.query_row([kind, project], |row| row.get(0)))
        .map_err(translate)
}

/// What a selection adds up to.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) sums: Sums,
    /// Interned usage key to rows and total.
    pub(crate) usage: FxHashMap<i64, (i64, i128)>,
    /// Interned score name to rows and total of the aggregated values.
    pub(crate) scores: FxHashMap<i64, (i64, i128)>,
    /// The same for the scores of spans, of traces.
    pub(crate) span_scores: FxHashMap<i64, (i64, i128)>,
    /// Durations in microseconds; none when only the histogram knows them.
    pub(crate) durations: Option<Vec<i64>>,
    /// Histograms of whole hours as stored; decoded only when nothing knows the durations exactly.
    pub(crate) histograms: Vec<Vec<u8>>,
    /// Percentiles that the columns in memory have answered.
    pub(crate) percentiles: Option<Percentiles>,
}

/// Durations up to which a statistic is read from the rows when the columns in memory do not hold them; beyond, the
/// histograms of the rollups answer.
const MAX_SCANNED_DURATIONS: i64 = 50_000;

impl Tally {
    /// An empty tally that keeps durations.
    pub(crate) fn exact() -> Tally {
        Tally {
            durations: Some(Vec::new()),
            ..Tally::default()
        }
    }

    fn add_usage(&mut self, key: i64, rows: i64, total: i128) {
        let slot = self.usage.entry(key).or_default();
        slot.0 += rows;
        slot.1 += total;
    }

    /// Adds a trace; its scores are looked up.
    pub(crate) fn add_trace(&mut self, connection: &Connection, row: &TraceRow) -> StoreResult<()> {
        let mut one = Rollups::default();
        one.add_trace(row, 1);
        self.absorb(one);
        if let (Some(durations), Some(micros)) = (&mut self.durations, row.duration_us()) {
            durations.push(micros);
        }
        if row.has(flag::SCORES) {
            add_scores(connection, &Subject::trace(row), &mut self.scores)?;
        }
        if row.has(flag::SPAN_SCORES) {
            add_scores(connection, &Subject::spans_of_trace(row), &mut self.span_scores)?;
        }
        Ok(())
    }

    /// Adds a span; its scores are looked up.
    pub(crate) fn add_span(&mut self, connection: &Connection, row: &SpanRow) -> StoreResult<()> {
        let mut one = Rollups::default();
        one.add_span(row, 1);
        self.absorb(one);
        if let (Some(durations), Some(micros)) = (&mut self.durations, row.duration_us()) {
            durations.push(micros);
        }
        if row.has(flag::SCORES) {
            add_scores(connection, &Subject::span(row), &mut self.scores)?;
        }
        Ok(())
    }

    fn absorb(&mut self, one: Rollups) {
        for sums in one.sums.values() {
            self.sums.add(sums);
        }
        for ((_, key), (rows, total)) in one.usage {
            self.add_usage(key, rows, i128::from(total));
        }
    }

    /// Percentiles of the durations in milliseconds; zeros when there are none.
    pub(crate) fn percentiles(&mut self) -> Percentiles {
        if let Some(known) = self.percentiles {
            return known;
        }
        match &mut self.durations {
            Some(durations) => exact_percentiles(durations),
            None => {
                for blob in self.histograms.drain(..) {
                    self.sums.histogram.merge(&Histogram::decode(Some(&blob)));
                }
                let quantile = |q| self.sums.histogram.quantile(q).unwrap_or(0.0) / 1_000.0;
                Percentiles {
                    p50: quantile(0.5),
                    p90: quantile(0.9),
                    p99: quantile(0.99),
                }
            }
        }
    }
}

fn add_scores(connection: &Connection, subject: &Subject, into: &mut FxHashMap<i64, (i64, i128)>) -> StoreResult<()> {
    for name in scoring::names(connection, subject)? {
        if let Some(value) = scoring::aggregate(connection, subject, name)? {
            let slot = into.entry(name).or_default();
            slot.0 += 1;
            slot.1 += i128::from(value);
        }
    }
    Ok(())
}

/// Percentiles in milliseconds of durations in microseconds, linearly interpolated between the closest ranks. Reorders
/// the durations.
pub(crate) fn exact_percentiles(durations: &mut [i64]) -> Percentiles {
    if durations.is_empty() {
        return Percentiles::default();
    }
    let last = durations.len() - 1;
    // Everything before is already known not to be above.
    let mut sorted = 0;
    let mut quantile = |q: f64| {
        let rank = q * last as f64;
        let (below, fraction) = (rank.floor() as usize, rank.fract());
        let (_, low, above) = durations[sorted..].select_nth_unstable(below - sorted);
        sorted = below;
        let low = *low as f64;
        let high = above.iter().min().map_or(low, |high| *high as f64);
        (low + (high - low) * fraction) / 1_000.0
    };
    Percentiles {
        p50: quantile(0.5),
        p90: quantile(0.9),
        p99: quantile(0.99),
    }
}

/// Whether the range of a selection cuts through hours, so that rollups do not suffice.
pub(crate) fn has_pieces(selection: &Selection) -> bool {
    Hours::of(selection.from, selection.to).pieces().next().is_some()
}

/// Adds up a selection that rollups answer.
pub(crate) fn tally(
    connection: &Connection,
    kind: i64,
    project: i64,
    selection: &Selection,
    sources: Sources,
) -> StoreResult<Tally> {
    let hours = Hours::of(selection.from, selection.to);
    let list = sources.sql_list();
    let mut tally = Tally::default();
    let mut statement = connection
        .prepare_cached(&format!(
            "SELECT rows, errors, inputs, outputs, metadatas, tags, spans, llm_spans, costs, cost, failed_guardrails, \
             durations, duration_us, histogram FROM rollup \
             WHERE kind = ?1 AND project = ?2 AND hour BETWEEN ?3 AND ?4 AND source IN ({list})"
        ))
        .map_err(translate)?;
    let mut rows = statement
        .query(params![kind, project, hours.first, hours.last])
        .map_err(translate)?;
    while let Some(row) = rows.next().map_err(translate)? {
        tally.sums.add(&sums_of(row).map_err(translate)?);
        tally
            .histograms
            .extend(row.get::<_, Option<Vec<u8>>>(13).map_err(translate)?);
    }
    drop(rows);
    let range = (hours.first, hours.last);
    add_pairs(
        connection,
        "usage_rollup",
        kind,
        project,
        range,
        &list,
        &mut tally.usage,
    )?;
    let own = if kind == TRACES { scoring::TRACE } else { scoring::SPAN };
    add_pairs(
        connection,
        "score_rollup",
        own,
        project,
        range,
        &list,
        &mut tally.scores,
    )?;
    if kind == TRACES {
        add_pairs(
            connection,
            "score_rollup",
            scoring::SPANS_OF_TRACE,
            project,
            range,
            &list,
            &mut tally.span_scores,
        )?;
    }
    for (from, to) in hours.pieces() {
        add_piece(connection, kind, project, (from, to), &list, &mut tally)?;
    }
    if tally.sums.durations <= MAX_SCANNED_DURATIONS {
        tally.durations = Some(durations_of(connection, kind, project, selection, &list)?);
    }
    Ok(tally)
}

fn sums_of(row: &Row<'_>) -> rusqlite::Result<Sums> {
    Ok(Sums {
        rows: row.get(0)?,
        errors: row.get(1)?,
        inputs: row.get(2)?,
        outputs: row.get(3)?,
        metadatas: row.get(4)?,
        tags: row.get(5)?,
        spans: row.get(6)?,
        llm_spans: row.get(7)?,
        costs: row.get(8)?,
        cost: row.get(9)?,
        failed_guardrails: row.get(10)?,
        durations: row.get(11)?,
        duration_us: row.get(12)?,
        // Percentiles rarely need it, see `Tally::percentiles`.
        histogram: Histogram::default(),
    })
}

fn add_pairs(
    connection: &Connection,
    table: &str,
    kind: i64,
    project: i64,
    (first, last): (i64, i64),
    list: &str,
    into: &mut FxHashMap<i64, (i64, i128)>,
) -> StoreResult<()> {
    let mut statement = connection
        .prepare_cached(&format!(
            "SELECT name, rows, total FROM {table} WHERE kind = ?1 AND project = ?2 AND hour BETWEEN ?3 AND ?4 \
             AND source IN ({list})"
        ))
        .map_err(translate)?;
    let mut rows = statement
        .query(params![kind, project, first, last])
        .map_err(translate)?;
    while let Some(row) = rows.next().map_err(translate)? {
        let (name, count, total): (i64, i64, i64) = (
            row.get(0).map_err(translate)?,
            row.get(1).map_err(translate)?,
            row.get(2).map_err(translate)?,
        );
        let slot = into.entry(name).or_default();
        slot.0 += count;
        slot.1 += i128::from(total);
    }
    Ok(())
}

fn add_piece(
    connection: &Connection,
    kind: i64,
    project: i64,
    (from, to): (i64, i64),
    list: &str,
    tally: &mut Tally,
) -> StoreResult<()> {
    let (columns, table, alias) = if kind == TRACES {
        (TRACE_COLUMNS, "trace", "t")
    } else {
        (SPAN_COLUMNS, "span", "s")
    };
    let mut statement = connection
        .prepare_cached(&format!(
            "SELECT {columns} FROM {table} {alias} WHERE {alias}.project = ?1 AND {alias}.id BETWEEN ?2 AND ?3 \
             AND {alias}.flags & 1 = 0 AND {alias}.source IN ({list})"
        ))
        .map_err(translate)?;
    let (lowest, highest) = (id::lowest_at(from), id::highest_at(to));
    let mut rows = statement
        .query(params![project, lowest.as_bytes(), highest.as_bytes()])
        .map_err(translate)?;
    while let Some(row) = rows.next().map_err(translate)? {
        if kind == TRACES {
            tally.add_trace(connection, &TraceRow::from_row(row).map_err(translate)?)?;
        } else {
            tally.add_span(connection, &SpanRow::from_row(row).map_err(translate)?)?;
        }
    }
    Ok(())
}

fn durations_of(
    connection: &Connection,
    kind: i64,
    project: i64,
    selection: &Selection,
    list: &str,
) -> StoreResult<Vec<i64>> {
    let (lowest, highest) = id_range(selection.from, selection.to);
    let lowest = lowest.unwrap_or(uuid::Uuid::nil());
    let highest = highest.unwrap_or(uuid::Uuid::max());
    let mut statement = connection
        .prepare_cached(&format!(
            "SELECT (end_ns - start_ns) / 1000 FROM {} WHERE project = ?1 AND id BETWEEN ?2 AND ?3 AND flags & 1 = 0 \
             AND source IN ({list}) AND end_ns IS NOT NULL AND start_ns <> 0",
            table_of(kind)
        ))
        .map_err(translate)?;
    let rows = statement
        .query_map(params![project, lowest.as_bytes(), highest.as_bytes()], |row| {
            row.get(0)
        })
        .map_err(translate)?;
    rows.collect::<rusqlite::Result<_>>().map_err(translate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_interpolate_between_the_closest_ranks() {
        let mut durations = vec![4_000, 1_000, 3_000, 2_000];
        let found = exact_percentiles(&mut durations);
        assert_eq!(
            found,
            Percentiles {
                p50: 2.5,
                p90: 3.7,
                p99: 3.97
            }
        );
        assert_eq!(exact_percentiles(&mut []), Percentiles::default());
        assert_eq!(
            exact_percentiles(&mut [7_000]),
            Percentiles {
                p50: 7.0,
                p90: 7.0,
                p99: 7.0
            }
        );
    }

    #[test]
    fn ranges_are_cut_into_whole_hours_and_pieces() {
        let at = |millis| Some(Timestamp::from_millis(millis));
        let open = Hours::of(None, None);
        assert_eq!((open.first, open.head, open.tail), (0, None, None));
        let both = Hours::of(at(HOUR_MILLIS / 2), at(3 * HOUR_MILLIS + 5));
        assert_eq!(
            both,
            Hours {
                first: 1,
                last: 2,
                head: Some((HOUR_MILLIS / 2, HOUR_MILLIS - 1)),
                tail: Some((3 * HOUR_MILLIS, 3 * HOUR_MILLIS + 5)),
            }
        );
        let within = Hours::of(at(5), at(10));
        assert!(within.first > within.last);
        assert_eq!(within.head, Some((5, 10)));
        let exact = Hours::of(at(HOUR_MILLIS), at(2 * HOUR_MILLIS - 1));
        assert_eq!(
            exact,
            Hours {
                first: 1,
                last: 1,
                head: None,
                tail: None
            }
        );
        assert_eq!(Hours::of(at(10), at(5)).head, None);
    }
}
