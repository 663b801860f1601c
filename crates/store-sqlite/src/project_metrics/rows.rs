//! Adding up row by row, through the tables.

use ferropik_model::{MetricEntity, id};
use ferropik_query::sql::{SqlBuilder, SqlColumns, SqlValue};
use ferropik_query::{Entity, dictionary_string};
use ferropik_store::{Selection, StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, Row};
use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};

use super::cells::{By, Cell, Cells, Group, Outside, Request, What};
use crate::error::translate;
use crate::read::columns_sql::{SpanColumns, ThreadColumns, TraceColumns};
use crate::read::statement;
use crate::rows::{SpanUsage, Totals, decode_numbers, duration_us, flag, uuid_at};
use crate::scan::{self, Reader, Want};
use crate::scoring;

/// Entities with scores up to which the scores are looked up one by one instead of reading all of the project.
const MAX_LOOKUPS: usize = 4_096;

/// Rows between two looks at whether anybody waits for the answer.
const ROWS_BETWEEN_CHECKS: u64 = 1_024;

/// Groups of one entity.
type Groups = SmallVec<[u32; 2]>;

/// Where the rows of an entity are.
struct Source {
    entity: Entity,
    table: &'static str,
    alias: &'static str,
    id: &'static str,
    visible: &'static str,
    payload: &'static str,
    scores: i64,
}

const TRACES: Source = Source {
    entity: Entity::Trace,
    table: "trace t",
    alias: "t",
    id: "t.id",
    visible: "t.flags & 1 = 0",
    payload: "trace_payload",
    scores: scoring::TRACE,
};

const SPANS: Source = Source {
    entity: Entity::Span,
    table: "span s",
    alias: "s",
    id: "s.id",
    visible: "s.flags & 1 = 0",
    payload: "span_payload",
    scores: scoring::SPAN,
};

const THREADS: Source = Source {
    entity: Entity::Thread,
    table: "thread h",
    alias: "h",
    id: "h.model_id",
    visible: "h.trace_count > 0",
    payload: "trace_payload",
    scores: scoring::THREAD,
};

impl Source {
    fn of(entity: MetricEntity) -> &'static Source {
        match entity {
            MetricEntity::Traces => &TRACES,
            MetricEntity::Spans => &SPANS,
            MetricEntity::Threads => &THREADS,
        }
    }

    /// The beginning of a statement over the rows of a selection that is not about payloads.
    fn select(&self, what: &str, project: i64, selection: &Selection) -> SqlBuilder {
        let columns: &dyn SqlColumns = match self.entity {
            Entity::Trace => &TraceColumns { project },
            Entity::Span => &SpanColumns { project },
            // The sources are of these three entities only.
            _ => &ThreadColumns { project },
        };
        let mut sql = SqlBuilder::default();
        sql.push("SELECT ")
            .push(what)
            .push(" FROM ")
            .push(self.table)
            .push(" WHERE ")
            .push(self.alias)
            .push(".project = ")
            .bind(SqlValue::Integer(project))
            .push(" AND ")
            .push(self.visible);
        statement::push_selection(selection, self.entity, self.id, columns, &mut sql);
        sql
    }

    /// The columns that a request needs, in the order in which [`Facts`] reads them; the others are NULL, so that an
    /// index may do.
    fn columns(&self, request: &Request) -> String {
        let (what, by) = (request.what, &request.by);
        let is_thread = self.entity == Entity::Thread;
        let is_span = self.entity == Entity::Span;
        let wants_times = matches!(what, What::Durations | What::Rows { durations: true, .. });
        let wants_flags = matches!(what, What::Scores(_) | What::Rows { errors: true, .. })
            || matches!(by, By::ErrorInfo | By::ErrorType | By::Metadata(_));
        let list = [
            ("seq", true),
            (if is_thread { "model_id" } else { "id" }, true),
            ("flags", wants_flags),
            ("start_ns", wants_times),
            ("end_ns", wants_times),
            ("cost", matches!(what, What::Rows { cost: true, .. })),
            ("tags", *by == By::Tags),
            ("name", *by == By::Name && !is_thread),
            ("error_type", *by == By::ErrorType && !is_thread),
            ("model", *by == By::Model && is_span),
            ("provider", *by == By::Provider && is_span),
            ("type", *by == By::Type && is_span),
            (
                "failed_guardrails",
                what == What::Guardrails && self.entity == Entity::Trace,
            ),
            (
                if is_span { "usage" } else { "totals" },
                matches!(what, What::Usage(_)) && !is_thread,
            ),
        ];
        let columns: Vec<String> = list
            .into_iter()
            .map(|(name, wanted)| {
                if wanted {
                    format!("{}.{name}", self.alias)
                } else {
                    "NULL".to_owned()
                }
            })
            .collect();
        columns.join(", ")
    }
}

/// What is read of a row.
struct Facts {
    seq: i64,
    millis: i64,
    flags: i64,
    duration_us: Option<i64>,
    cost: i64,
    tags: Vec<i64>,
    name: Option<i64>,
    error_type: Option<i64>,
    model: Option<i64>,
    provider: Option<i64>,
    span_type: i64,
    failed_guardrails: i64,
    usage: Vec<(i64, i64)>,
}

impl Facts {
    fn read(row: &Row<'_>, is_span: bool) -> rusqlite::Result<Facts> {
        let number = |index| row.get::<_, Option<i64>>(index).map(|value| value.unwrap_or(0));
        let usage = row.get_ref(13)?.as_blob_or_null()?;
        Ok(Facts {
            seq: row.get(0)?,
            millis: id::millis(uuid_at(row, 1)?),
            flags: number(2)?,
            duration_us: duration_us(number(3)?, row.get(4)?),
            cost: number(5)?,
            tags: decode_numbers(row.get_ref(6)?.as_blob_or_null()?),
            name: row.get(7)?,
            error_type: row.get(8)?,
            model: row.get(9)?,
            provider: row.get(10)?,
            span_type: number(11)?,
            failed_guardrails: number(12)?,
            usage: if is_span {
                SpanUsage::decode(usage).0.to_vec()
            } else {
                Totals::decode(usage)
                    .usage
                    .iter()
                    .map(|(key, sum, _)| (*key, *sum))
                    .collect()
            },
        })
    }

    fn add_to(&self, what: What, cell: &mut Cell) {
        match what {
            What::Rows { .. } => {
                cell.rows += 1;
                cell.errors += i64::from(self.flags & flag::ERROR != 0);
                cell.cost += i128::from(self.cost.max(0));
                if let Some(micros) = self.duration_us {
                    cell.count += 1;
                    cell.total += i128::from(micros);
                }
            }
            What::Guardrails => {
                cell.rows += 1;
                cell.total += i128::from(self.failed_guardrails.max(0));
            }
            What::Durations => {
                cell.rows += 1;
                cell.values.extend(self.duration_us);
            }
            What::Usage(_) | What::Scores(_) => {}
        }
    }
}

/// Adds up rows of one project and entity.
struct Adder<'a> {
    reader: Reader<'a>,
    source: &'static Source,
    request: &'a Request,
    cells: &'a mut Cells,
    /// Usage of traces that does not count, by `seq`.
    outside: FxHashMap<i64, Vec<(i64, i64)>>,
    /// Interval and groups of entities that may have scores.
    scored: FxHashMap<i64, (i64, Groups)>,
    text: Vec<u8>,
}

/// Adds the selected rows up; `outside` is usage of traces that does not count.
pub(super) fn add(
    reader: Reader<'_>,
    entity: MetricEntity,
    project: i64,
    selection: &Selection,
    request: &Request,
    outside: &[Outside],
    cells: &mut Cells,
) -> StoreResult<()> {
    let source = Source::of(entity);
    let what = source.columns(request);
    let chosen = scan::resolve(reader, source.entity, selection, None, Want::All, |what, narrow| {
        source.select(what, project, narrow)
    })?;
    let sql = match &chosen {
        Some(rows) => scan::select_rows(&what, source.table, &format!("{}.seq", source.alias), rows),
        None => {
            let mut sql = source.select(&what, project, selection);
            if request.by == By::GuardrailName {
                sql.push(" AND t.failed_guardrails > 0");
            }
            sql
        }
    };
    let mut by_trace: FxHashMap<i64, Vec<(i64, i64)>> = FxHashMap::default();
    if entity == MetricEntity::Traces {
        for Outside { trace, usage, .. } in outside {
            by_trace.entry(*trace).or_default().extend(usage);
        }
    }
    let mut adder = Adder {
        reader,
        source,
        request,
        cells,
        outside: by_trace,
        scored: FxHashMap::default(),
        text: Vec::new(),
    };
    let (mut failure, mut count) = (None, 0_u64);
    let is_span = entity == MetricEntity::Spans;
    statement::for_each(reader.connection, sql, |row| {
        let facts = Facts::read(row, is_span)?;
        count += 1;
        let outcome = if count.is_multiple_of(ROWS_BETWEEN_CHECKS) && reader.cancelled.is_set() {
            Err(StoreError::Timeout)
        } else {
            adder.row(&facts)
        };
        failure = outcome.err();
        Ok(failure.is_none())
    })?;
    match failure {
        Some(failure) => Err(failure),
        None => adder.scores(project),
    }
}

impl Adder<'_> {
    fn row(&mut self, facts: &Facts) -> StoreResult<()> {
        let request = self.request;
        let interval = request.interval.number(facts.millis);
        match (request.what, &request.by) {
            (What::Scores(_), _) if facts.flags & flag::SCORES == 0 => {}
            (What::Scores(None), _) => {
                self.scored.insert(facts.seq, (interval, Groups::new()));
            }
            (What::Scores(Some(_)), by) => {
                let groups = self.groups(facts, by)?;
                self.scored.insert(facts.seq, (interval, groups));
            }
            (What::Usage(wanted), by) => {
                let mut usage = facts.usage.clone();
                if let Some(outside) = self.outside.get(&facts.seq) {
                    usage.extend(outside.iter().map(|(key, value)| (*key, -*value)));
                }
                usage.retain(|(key, _)| wanted.is_none_or(|wanted| wanted == *key));
                if usage.is_empty() {
                    return Ok(());
                }
                let groups = match wanted {
                    Some(_) => self.groups(facts, by)?,
                    None => Groups::new(),
                };
                for (key, value) in usage {
                    if wanted.is_none() {
                        let group = self.cells.group(Group::Interned(key));
                        self.cells.cell(group, interval).total += i128::from(value);
                    }
                    for group in &groups {
                        self.cells.cell(*group, interval).total += i128::from(value);
                    }
                }
            }
            (_, By::GuardrailName) => self.guardrails(facts.seq, interval)?,
            (what, by) => {
                for group in self.groups(facts, by)? {
                    facts.add_to(what, self.cells.cell(group, interval));
                }
            }
        }
        Ok(())
    }

    fn groups(&mut self, facts: &Facts, by: &By) -> StoreResult<Groups> {
        let cells = &mut *self.cells;
        let has_error = facts.flags & flag::ERROR != 0;
        Ok(smallvec![match by {
            By::Nothing | By::GuardrailName => cells.only(),
            By::Tags if facts.tags.is_empty() => cells.interned(None),
            By::Tags => return Ok(facts.tags.iter().map(|tag| cells.interned(Some(*tag))).collect()),
            By::Name => cells.interned(facts.name),
            By::Model => cells.interned(facts.model),
            By::Provider => cells.interned(facts.provider),
            By::Type => cells.group(Group::of_type(facts.span_type)),
            By::ErrorInfo if has_error => cells.group(Group::HAS_ERROR),
            By::ErrorInfo => cells.group(Group::NO_ERROR),
            By::ErrorType => match facts.error_type {
                _ if !has_error => cells.group(Group::NO_ERROR),
                None => cells.group(Group::UNKNOWN_ERROR),
                Some(number) => cells.group(Group::Interned(number)),
            },
            By::Metadata(path) => {
                let group = self.metadata(facts, path)?;
                self.cells.group(group)
            }
        }])
    }

    /// The group of the text in the metadata of a row.
    fn metadata(&mut self, facts: &Facts, path: &ferropik_query::Path) -> StoreResult<Group> {
        if facts.flags & flag::METADATA == 0 {
            return Ok(Group::UNKNOWN);
        }
        let Reader {
            context, connection, ..
        } = self.reader;
        let frame: Option<Vec<u8>> = connection
            .prepare_cached(&format!("SELECT metadata FROM {} WHERE seq = ?1", self.source.payload))
            .and_then(|mut statement| statement.query_row([facts.seq], |row| row.get(0)).optional())
            .map_err(translate)?
            .flatten();
        let Some(frame) = frame else {
            return Ok(Group::UNKNOWN);
        };
        context
            .codec
            .decode_into(&frame, &mut self.text)
            .map_err(StoreError::internal)?;
        let json = std::str::from_utf8(&self.text).map_err(StoreError::internal)?;
        let text = dictionary_string(json, path).unwrap_or_default();
        Ok(Group::Text(text.into()))
    }

    /// Adds the failed results of a trace by their names.
    fn guardrails(&mut self, trace: i64, interval: i64) -> StoreResult<()> {
        let mut statement = self
            .reader
            .connection
            .prepare_cached("SELECT name, COUNT(*) FROM guardrail WHERE trace = ?1 AND failed GROUP BY name")
            .map_err(translate)?;
        let mut rows = statement.query([trace]).map_err(translate)?;
        while let Some(row) = rows.next().map_err(translate)? {
            let (name, count): (i64, i64) = (row.get(0).map_err(translate)?, row.get(1).map_err(translate)?);
            let group = self.cells.group(Group::Interned(name));
            let cell = self.cells.cell(group, interval);
            cell.rows += 1;
            cell.total += i128::from(count);
        }
        Ok(())
    }

    /// Adds the scores of the rows that may have some.
    fn scores(mut self, project: i64) -> StoreResult<()> {
        let What::Scores(wanted) = self.request.what else {
            return Ok(());
        };
        let scored = std::mem::take(&mut self.scored);
        let connection = self.reader.connection;
        if scored.len() <= MAX_LOOKUPS {
            for (seq, (interval, groups)) in &scored {
                for (name, value) in of_entity(connection, self.source.scores, *seq)? {
                    if wanted.is_none_or(|wanted| wanted == name) {
                        self.add_score(wanted.is_none().then_some(name), value, *interval, groups);
                    }
                }
            }
            return Ok(());
        }
        let mut statement = connection
            .prepare_cached(
                "SELECT name, value, entity FROM score_value WHERE kind = ?1 AND project = ?2 \
                 AND (?3 IS NULL OR name = ?3)",
            )
            .map_err(translate)?;
        let mut rows = statement
            .query((self.source.scores, project, wanted))
            .map_err(translate)?;
        while let Some(row) = rows.next().map_err(translate)? {
            let entity: i64 = row.get(2).map_err(translate)?;
            if let Some((interval, groups)) = scored.get(&entity) {
                let (name, value) = (row.get(0).map_err(translate)?, row.get(1).map_err(translate)?);
                self.add_score(wanted.is_none().then_some(name), value, *interval, groups);
            }
        }
        Ok(())
    }

    fn add_score(&mut self, name: Option<i64>, value: i64, interval: i64, groups: &Groups) {
        let mut add = |group| {
            let cell = self.cells.cell(group, interval);
            cell.count += 1;
            cell.total += i128::from(value);
        };
        match name {
            Some(name) => {
                let group = self.cells.group(Group::Interned(name));
                let cell = self.cells.cell(group, interval);
                cell.count += 1;
                cell.total += i128::from(value);
            }
            None => groups.iter().for_each(|group| add(*group)),
        }
    }
}

/// Interned names and aggregated values of the scores of an entity.
fn of_entity(connection: &Connection, kind: i64, entity: i64) -> StoreResult<Vec<(i64, i64)>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT name, value FROM score WHERE kind = ?1 AND entity = ?2 AND category IS NOT 'suite_assertion' \
             ORDER BY name",
        )
        .map_err(translate)?;
    let mut rows = statement.query([kind, entity]).map_err(translate)?;
    let mut sums: Vec<(i64, i128, i128)> = Vec::new();
    while let Some(row) = rows.next().map_err(translate)? {
        let (name, value): (i64, i64) = (row.get(0).map_err(translate)?, row.get(1).map_err(translate)?);
        match sums.last_mut().filter(|(last, ..)| *last == name) {
            Some((_, sum, count)) => {
                *sum += i128::from(value);
                *count += 1;
            }
            None => sums.push((name, i128::from(value), 1)),
        }
    }
    Ok(sums
        .into_iter()
        .map(|(name, sum, count)| (name, scoring::mean(sum, count)))
        .collect())
}

/// Usage of the spans of a project whose own id lies outside of a range (milliseconds, both ends inclusive) that the
/// id of their trace lies in.
pub(super) fn usage_outside(
    connection: &Connection,
    project: i64,
    (from, to): (i64, i64),
) -> StoreResult<Vec<Outside>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT s.trace, t.id, s.usage FROM span s CROSS JOIN trace t ON t.seq = s.trace \
             WHERE s.project = ?1 AND (s.id < ?2 OR s.id > ?3) AND s.flags & 1 = 0 AND s.usage IS NOT NULL \
             AND t.id BETWEEN ?2 AND ?3",
        )
        .map_err(translate)?;
    let (lowest, highest) = (id::lowest_at(from), id::highest_at(to));
    let rows = statement
        .query_map((project, lowest.as_bytes(), highest.as_bytes()), |row| {
            Ok(Outside {
                trace: row.get(0)?,
                millis: id::millis(uuid_at(row, 1)?),
                usage: SpanUsage::decode(row.get_ref(2)?.as_blob_or_null()?).0.to_vec(),
            })
        })
        .map_err(translate)?;
    rows.collect::<rusqlite::Result<_>>().map_err(translate)
}

/// Costs of the spans of a project that started in a range of nanoseconds (`to` is exclusive), by day.
pub(super) fn costs_by_start(
    connection: &Connection,
    project: i64,
    (from, to): (i64, i64),
    days: &mut FxHashMap<i64, i128>,
) -> StoreResult<()> {
    let mut statement = connection
        .prepare_cached(
            "SELECT start_ns, cost FROM span WHERE project = ?1 AND flags & 1 = 0 AND start_ns >= ?2 AND start_ns < ?3",
        )
        .map_err(translate)?;
    let mut rows = statement.query([project, from, to]).map_err(translate)?;
    while let Some(row) = rows.next().map_err(translate)? {
        let (start, cost): (i64, i64) = (row.get(0).map_err(translate)?, row.get(1).map_err(translate)?);
        let day = ferropik_model::MetricInterval::Daily.number(start.div_euclid(1_000_000));
        *days.entry(day).or_default() += i128::from(cost.max(0));
    }
    Ok(())
}
