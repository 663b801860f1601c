//! The recount of everything that is derived from rows. Works project by project, so that memory holds the rollups of
//! one project at a time.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use rustc_hash::{FxHashMap, FxHashSet};

use super::report::Findings;
use crate::histogram::Histogram;
use crate::rollup::{Bucket, Rollups, Sums};
use crate::rows::{SPAN_COLUMNS, SpanRow, THREAD_COLUMNS, TRACE_COLUMNS, ThreadRow, Totals, TraceRow, flag, span_type};
use crate::scoring::{self, Subject};

/// Recounts all projects.
pub(super) fn check(connection: &Connection, findings: &mut Findings) -> rusqlite::Result<()> {
    let projects: Vec<i64> = connection
        .prepare(
            "SELECT key FROM project UNION SELECT project FROM purge UNION SELECT project FROM trace \
             UNION SELECT project FROM span UNION SELECT project FROM thread UNION SELECT project FROM rollup \
             UNION SELECT project FROM usage_rollup UNION SELECT project FROM score_rollup \
             UNION SELECT project FROM score_value UNION SELECT project FROM trace_tag",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut strings = FxHashSet::default();
    let mut foreign = FxHashSet::default();
    for project in projects {
        let mut recount = Recount {
            connection,
            project,
            findings,
            expected: Rollups::default(),
            values: FxHashMap::default(),
            strings: &mut strings,
            foreign: &mut foreign,
        };
        recount.traces()?;
        recount.spans()?;
        recount.threads()?;
        recount.score_values()?;
        recount.rollups()?;
    }
    for project in foreign {
        let noted = crate::projects::has_foreign_spans(connection, project);
        if matches!(noted, Ok(false)) {
            findings.add(
                "project does not know of its spans in traces of other projects",
                project,
            );
        }
    }
    check_queues(connection, findings)?;
    check_strings(connection, strings, findings)
}

/// Counts the items of annotation queues.
fn check_queues(connection: &Connection, findings: &mut Findings) -> rusqlite::Result<()> {
    let mut wrong = connection.prepare(
        "SELECT key FROM annotation_queue q \
         WHERE items <> (SELECT COUNT(*) FROM annotation_queue_item i WHERE i.queue = q.key)",
    )?;
    let mut rows = wrong.query([])?;
    while let Some(row) = rows.next()? {
        findings.add("annotation queue has another number of items", row.get::<_, i64>(0)?);
    }
    Ok(())
}

fn check_strings(connection: &Connection, used: FxHashSet<i64>, findings: &mut Findings) -> rusqlite::Result<()> {
    let mut exists = connection.prepare("SELECT 1 FROM string WHERE key = ?1")?;
    for number in used {
        if !exists.exists([number])? {
            findings.add("text of a number is missing", number);
        }
    }
    Ok(())
}

struct Recount<'a> {
    connection: &'a Connection,
    project: i64,
    findings: &'a mut Findings,
    expected: Rollups,
    /// Rows of `score_value` that there should be, by kind.
    values: FxHashMap<i64, i64>,
    /// Interned numbers that rows use.
    strings: &'a mut FxHashSet<i64>,
    /// Projects with spans in traces of other projects.
    foreign: &'a mut FxHashSet<i64>,
}

/// What the spans of a trace, or the traces of a thread, add up to.
#[derive(Default, PartialEq, Debug)]
struct Sum {
    rows: i64,
    llm: i64,
    tools: i64,
    cost: i64,
    /// Interned key to sum and number of spans.
    usage: BTreeMap<i64, (i64, i64)>,
    providers: BTreeMap<i64, i64>,
}

impl Sum {
    fn add_totals(&mut self, totals: &Totals) {
        for (key, total, rows) in &totals.usage {
            let slot = self.usage.entry(*key).or_default();
            slot.0 += total;
            slot.1 += rows;
        }
    }

    fn add_span(&mut self, span: &SpanRow) {
        self.rows += 1;
        self.llm += i64::from(span.span_type == span_type::LLM);
        self.tools += i64::from(span.span_type == span_type::TOOL);
        self.cost = self.cost.saturating_add(span.cost);
        for (key, value) in &span.usage.0 {
            let slot = self.usage.entry(*key).or_default();
            slot.0 = slot.0.saturating_add(*value);
            slot.1 += 1;
        }
        if let Some(provider) = span.provider {
            *self.providers.entry(provider).or_default() += 1;
        }
    }

    fn stored(totals: &Totals) -> Sum {
        Sum {
            usage: totals
                .usage
                .iter()
                .map(|(key, total, rows)| (*key, (*total, *rows)))
                .collect(),
            providers: totals.providers.iter().copied().collect(),
            ..Sum::default()
        }
    }
}

impl Recount<'_> {
    fn traces(&mut self) -> rusqlite::Result<()> {
        let mut statement = self
            .connection
            .prepare(&format!("SELECT {TRACE_COLUMNS} FROM trace t WHERE t.project = ?1"))?;
        let mut rows = statement.query([self.project])?;
        let mut tags = 0_i64;
        while let Some(row) = rows.next()? {
            let row = TraceRow::from_row(row)?;
            self.expected.add_trace(&row, 1);
            self.strings.extend(row.tags.iter().copied());
            self.strings.extend([row.created_by, row.updated_by]);
            self.strings
                .extend([row.name, row.environment, row.error_type].into_iter().flatten());
            tags += self.tags_of(&row)?;
            self.spans_of(&row)?;
            let scored = self.scores_of(&Subject::trace(&row))?;
            if scored && !row.has(flag::SCORES) {
                self.findings.add("scores of a trace are not noted", row.id);
            }
        }
        let stored: i64 = self.connection.query_row(
            "SELECT COUNT(*) FROM trace_tag WHERE project = ?1",
            [self.project],
            |row| row.get(0),
        )?;
        self.findings.compare(
            "number of tags differs",
            format_args!("project {}", self.project),
            &stored,
            &tags,
        );
        Ok(())
    }

    /// Checks the inverted tags of a trace; answers how many there are.
    fn tags_of(&mut self, row: &TraceRow) -> rusqlite::Result<i64> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT 1 FROM trace_tag WHERE project = ?1 AND tag = ?2 AND trace = ?3")?;
        let mut distinct = FxHashSet::default();
        for tag in &row.tags {
            if !distinct.insert(*tag) {
                self.findings.add("tag of a trace is there twice", row.id);
            } else if !statement.exists([row.project, *tag, row.seq])? {
                self.findings.add("tag of a trace cannot be found by", row.id);
            }
        }
        Ok(i64::try_from(distinct.len()).unwrap_or(i64::MAX))
    }

    /// Compares the sums of a trace with its spans, and the aggregated scores of those.
    fn spans_of(&mut self, row: &TraceRow) -> rusqlite::Result<()> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {SPAN_COLUMNS} FROM span s WHERE s.trace = ?1"))?;
        let mut scores = self
            .connection
            .prepare_cached("SELECT name, value, category FROM score WHERE kind = 2 AND entity = ?1")?;
        let mut rows = statement.query([row.seq])?;
        let mut sum = Sum::default();
        let mut means: BTreeMap<i64, (i128, i128)> = BTreeMap::new();
        let mut scored = false;
        while let Some(span) = rows.next()? {
            let span = SpanRow::from_row(span)?;
            if span.workspace != row.workspace {
                self.findings
                    .add("span is of another workspace than its trace", span.id);
            }
            if span.project != row.project {
                self.foreign.insert(span.project);
            }
            if span.is_visible() {
                sum.add_span(&span);
            }
            let mut entries = scores.query([span.seq])?;
            while let Some(entry) = entries.next()? {
                scored = true;
                if entry.get_ref(2)?.as_str_or_null()? != Some(scoring::ASSERTION_CATEGORY) {
                    let slot = means.entry(entry.get(0)?).or_default();
                    slot.0 += i128::from(entry.get::<_, i64>(1)?);
                    slot.1 += 1;
                }
            }
        }
        let stored = Sum {
            rows: row.span_count,
            llm: row.llm_span_count,
            tools: row.tool_span_count,
            cost: row.cost,
            ..Sum::stored(&row.totals)
        };
        self.findings
            .compare("sums of a trace differ from its spans", row.id, &stored, &sum);
        if scored && !row.has(flag::SPAN_SCORES) {
            self.findings.add("scores of spans of a trace are not noted", row.id);
        }
        let subject = Subject::spans_of_trace(row);
        for (name, (total, count)) in means {
            self.value(&subject, name, scoring::mean(total, count))?;
        }
        Ok(())
    }

    /// Checks the aggregated scores of an entity; answers whether it has any scores.
    fn scores_of(&mut self, subject: &Subject) -> rusqlite::Result<bool> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT name, value, category FROM score WHERE kind = ?1 AND entity = ?2 ORDER BY name")?;
        let mut rows = statement.query([subject.kind, subject.entity])?;
        let mut means: BTreeMap<i64, (i128, i128)> = BTreeMap::new();
        let mut scored = false;
        while let Some(row) = rows.next()? {
            scored = true;
            if row.get_ref(2)?.as_str_or_null()? != Some(scoring::ASSERTION_CATEGORY) {
                let slot = means.entry(row.get(0)?).or_default();
                slot.0 += i128::from(row.get::<_, i64>(1)?);
                slot.1 += 1;
            }
        }
        for (name, (total, count)) in means {
            self.value(subject, name, scoring::mean(total, count))?;
        }
        Ok(scored)
    }

    fn value(&mut self, subject: &Subject, name: i64, value: i64) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(
            "SELECT 1 FROM score_value WHERE kind = ?1 AND project = ?2 AND name = ?3 AND value = ?4 AND entity = ?5",
        )?;
        if !statement.exists(params![subject.kind, subject.project, name, value, subject.entity])? {
            let place = format_args!(
                "kind {} entity {} name {name} value {value}",
                subject.kind, subject.entity
            );
            self.findings.add("aggregated score is missing", place);
        }
        *self.values.entry(subject.kind).or_default() += 1;
        if subject.visible {
            self.expected.add_score(subject.bucket(), name, value, 1);
        }
        Ok(())
    }

    fn spans(&mut self) -> rusqlite::Result<()> {
        let mut statement = self
            .connection
            .prepare(&format!("SELECT {SPAN_COLUMNS} FROM span s WHERE s.project = ?1"))?;
        let mut rows = statement.query([self.project])?;
        while let Some(row) = rows.next()? {
            let row = SpanRow::from_row(row)?;
            self.expected.add_span(&row, 1);
            self.strings.extend(row.tags.iter().copied());
            self.strings.extend(row.usage.0.iter().map(|(key, _)| *key));
            self.strings.extend([row.created_by, row.updated_by]);
            let texts = [row.name, row.model, row.provider, row.environment, row.error_type];
            self.strings.extend(texts.into_iter().flatten());
            let scored = self.scores_of(&Subject::span(&row))?;
            if scored && !row.has(flag::SCORES) {
                self.findings.add("scores of a span are not noted", row.id);
            }
        }
        Ok(())
    }

    fn threads(&mut self) -> rusqlite::Result<()> {
        let mut statement = self
            .connection
            .prepare(&format!("SELECT {THREAD_COLUMNS} FROM thread h WHERE h.project = ?1"))?;
        let mut of_thread = self
            .connection
            .prepare(&format!("SELECT {TRACE_COLUMNS} FROM trace t WHERE t.thread = ?1"))?;
        let mut rows = statement.query([self.project])?;
        while let Some(row) = rows.next()? {
            let thread = ThreadRow::from_row(row)?;
            let mut sum = Sum::default();
            let mut starts: BTreeMap<i64, FxHashSet<i64>> = BTreeMap::new();
            let mut ends: BTreeMap<i64, FxHashSet<i64>> = BTreeMap::new();
            let mut traces = of_thread.query([thread.seq])?;
            while let Some(trace) = traces.next()? {
                let trace = TraceRow::from_row(trace)?;
                if !trace.is_visible() {
                    continue;
                }
                sum.rows += 1;
                sum.cost = sum.cost.saturating_add(trace.cost);
                sum.add_totals(&trace.totals);
                if trace.start_ns > 0 {
                    keep(&mut starts, trace.start_ns, trace.seq, BTreeMap::pop_last);
                }
                if let Some(end) = trace.end_ns {
                    keep(&mut ends, end, trace.seq, BTreeMap::pop_first);
                }
            }
            let place = &format!("project {} thread {:?}", self.project, thread.thread_id);
            let stored = Sum {
                rows: thread.trace_count,
                cost: thread.cost,
                ..Sum::stored(&thread.totals)
            };
            self.findings
                .compare("sums of a thread differ from its traces", place, &stored, &sum);
            let first = starts.first_key_value();
            let last = ends.last_key_value();
            let recounted = (first.map(|(start, _)| *start), last.map(|(end, _)| *end));
            self.findings.compare(
                "time of a thread differs from its traces",
                place,
                &(thread.start_ns, thread.end_ns),
                &recounted,
            );
            let is_one_of = |seq: Option<i64>, candidates: Option<(&i64, &FxHashSet<i64>)>| match (seq, candidates) {
                (None, None) => true,
                (Some(seq), Some((_, candidates))) => candidates.contains(&seq),
                _ => false,
            };
            if !is_one_of(thread.first_trace, first) || !is_one_of(thread.last_trace, last) {
                self.findings
                    .add("first or last trace of a thread is another one", place);
            }
            let scored = self.scores_of(&Subject::thread(&thread))?;
            if scored && thread.flags & flag::SCORES == 0 {
                self.findings.add("scores of a thread are not noted", place);
            }
        }
        Ok(())
    }

    fn score_values(&mut self) -> rusqlite::Result<()> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT kind, COUNT(*) FROM score_value WHERE project = ?1 GROUP BY kind ORDER BY kind")?;
        let stored = statement
            .query_map([self.project], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<BTreeMap<i64, i64>>>()?;
        let expected: BTreeMap<i64, i64> = std::mem::take(&mut self.values).into_iter().collect();
        let place = format_args!("project {}", self.project);
        self.findings
            .compare("number of aggregated scores differs", place, &stored, &expected);
        Ok(())
    }

    fn rollups(&mut self) -> rusqlite::Result<()> {
        let Rollups {
            mut sums,
            usage,
            scores,
            ..
        } = std::mem::take(&mut self.expected);
        let mut statement = self.connection.prepare_cached(
            "SELECT kind, hour, source, rows, errors, inputs, outputs, metadatas, tags, spans, llm_spans, costs, cost, \
             failed_guardrails, durations, duration_us, histogram FROM rollup WHERE project = ?1",
        )?;
        let mut rows = statement.query([self.project])?;
        while let Some(row) = rows.next()? {
            let bucket = Bucket {
                kind: row.get(0)?,
                project: self.project,
                hour: row.get(1)?,
                source: row.get(2)?,
            };
            let stored = Sums {
                rows: row.get(3)?,
                errors: row.get(4)?,
                inputs: row.get(5)?,
                outputs: row.get(6)?,
                metadatas: row.get(7)?,
                tags: row.get(8)?,
                spans: row.get(9)?,
                llm_spans: row.get(10)?,
                costs: row.get(11)?,
                cost: row.get(12)?,
                failed_guardrails: row.get(13)?,
                durations: row.get(14)?,
                duration_us: row.get(15)?,
                histogram: Histogram::decode(row.get_ref(16)?.as_blob_or_null()?),
            };
            let recounted = sums.remove(&bucket).unwrap_or_default();
            self.findings.compare(
                "sums of an hour differ from its rows",
                format_args!("{bucket:?}"),
                &stored,
                &recounted,
            );
        }
        for (bucket, recounted) in sums {
            self.findings.compare(
                "sums of an hour differ from its rows",
                format_args!("{bucket:?}"),
                &Sums::default(),
                &recounted,
            );
        }
        self.pairs("usage_rollup", "usage of an hour differs from its rows", usage)?;
        self.pairs("score_rollup", "scores of an hour differ from its rows", scores)
    }

    fn pairs(
        &mut self,
        table: &str,
        problem: &str,
        mut expected: FxHashMap<(Bucket, i64), (i64, i64)>,
    ) -> rusqlite::Result<()> {
        let sql = format!("SELECT kind, hour, source, name, rows, total FROM {table} WHERE project = ?1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([self.project])?;
        while let Some(row) = rows.next()? {
            let bucket = Bucket {
                kind: row.get(0)?,
                project: self.project,
                hour: row.get(1)?,
                source: row.get(2)?,
            };
            let name = row.get(3)?;
            let recounted = expected.remove(&(bucket, name)).unwrap_or_default();
            let stored: (i64, i64) = (row.get(4)?, row.get(5)?);
            self.findings
                .compare(problem, format_args!("{bucket:?} {name}"), &stored, &recounted);
        }
        for ((bucket, name), recounted) in expected {
            self.findings
                .compare(problem, format_args!("{bucket:?} {name}"), &(0, 0), &recounted);
        }
        Ok(())
    }
}

/// Notes a trace under its time and drops the times that are not the one looked for.
fn keep(
    times: &mut BTreeMap<i64, FxHashSet<i64>>,
    time: i64,
    seq: i64,
    drop_one: impl Fn(&mut BTreeMap<i64, FxHashSet<i64>>) -> Option<(i64, FxHashSet<i64>)>,
) {
    times.entry(time).or_default().insert(seq);
    while times.len() > 1 {
        drop_one(times);
    }
}
