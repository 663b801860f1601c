//! What the traces of an experiment add up to: worked out from narrow rows, kept until something of it changes.

use std::collections::BTreeMap;

use ferropik_model::Percentiles;
use ferropik_store::{StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, Row, params};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::codes::{self, mean_half_even};
use super::rows::ExperimentRow;
use crate::engine::strings::Strings;
use crate::error::translate;
use crate::rollup::exact_percentiles;
use crate::rows::{Totals, duration_us, flag, uuid_at};
use crate::scoring::{self, ASSERTION_QUEUE, mean};

/// A score value of 1.
const ONE: i64 = 1_000_000_000;

/// What the traces of an experiment add up to.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Summary {
    /// Items.
    pub(crate) items: i64,
    /// Distinct traces.
    pub(crate) traces: i64,
    /// Sum of the costs, 1e-12 US dollars.
    pub(crate) cost: i64,
    /// Mean of the costs over the items, 1e-12 US dollars.
    pub(crate) cost_avg: i64,
    /// Durations in milliseconds; none without items, zeros when no trace has ended.
    pub(crate) duration: Option<Percentiles>,
    /// Whether any trace has ended.
    pub(crate) has_durations: bool,
    /// Means over the items that have the key.
    pub(crate) usage: BTreeMap<String, f64>,
    /// Means over the traces that have the score, 1e-9.
    pub(crate) scores: BTreeMap<String, i64>,
    /// Items that pass.
    pub(crate) passed: i64,
    /// Items with an assertion.
    pub(crate) judged: i64,
    /// Shares of the traces with the assertion that pass it, 1e-9.
    pub(crate) assertions: BTreeMap<String, i64>,
    /// Projects of its traces, that of the first one first.
    pub(crate) projects: Vec<i64>,
    /// Traces with comments.
    pub(crate) comments: i64,
    /// Latest write of the items.
    pub(crate) updated_us: Option<i64>,
}

/// Columns of the summary, in the order in which [`Summary::from_row`] reads them. The table must be called `s`.
pub(crate) const COLUMNS: &str = "s.items, s.traces, s.cost, s.cost_avg, s.p50, s.p90, s.p99, s.usage, s.scores, \
    s.passed, s.judged, s.assertions, s.projects, s.comments, s.updated_us, s.measured";

impl Summary {
    /// Reads the columns of [`COLUMNS`] from `first` on; none when there is no row.
    pub(crate) fn from_row(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Summary>> {
        let Some(items) = row.get(first)? else {
            return Ok(None);
        };
        let percentiles: [Option<f64>; 3] = [row.get(first + 4)?, row.get(first + 5)?, row.get(first + 6)?];
        let projects: String = row.get(first + 12)?;
        Ok(Some(Summary {
            items,
            traces: row.get(first + 1)?,
            cost: row.get(first + 2)?,
            cost_avg: row.get(first + 3)?,
            duration: match percentiles {
                [Some(p50), Some(p90), Some(p99)] => Some(Percentiles { p50, p90, p99 }),
                _ => None,
            },
            usage: json_at(row, first + 7)?,
            scores: json_at(row, first + 8)?,
            passed: row.get(first + 9)?,
            judged: row.get(first + 10)?,
            assertions: json_at(row, first + 11)?,
            projects: projects.split(',').filter_map(|key| key.parse().ok()).collect(),
            comments: row.get(first + 13)?,
            updated_us: row.get(first + 14)?,
            has_durations: row.get(first + 15)?,
        }))
    }

    /// The stored summary of an experiment.
    pub(crate) fn load(connection: &Connection, experiment: i64) -> rusqlite::Result<Option<Summary>> {
        connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM experiment_summary s WHERE s.experiment = ?1"
            ))?
            .query_row([experiment], |row| Summary::from_row(row, 0))
            .optional()
            .map(Option::flatten)
    }

    /// Stores a summary of a revision, unless there is a newer one.
    pub(crate) fn store(&self, connection: &Connection, experiment: i64, revision: i64) -> StoreResult<()> {
        let is_newer = connection
            .prepare_cached("UPDATE experiment SET summarized = ?2 WHERE key = ?1 AND summarized < ?2")
            .and_then(|mut statement| statement.execute([experiment, revision]))
            .map_err(translate)?;
        if is_newer == 0 {
            return Ok(());
        }
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO experiment_summary (experiment, items, traces, cost, cost_avg, p50, p90, p99, \
                 usage, scores, passed, judged, pass_rate, assertions, projects, comments, updated_us, measured) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    experiment,
                    self.items,
                    self.traces,
                    self.cost,
                    self.cost_avg,
                    self.duration.map(|duration| duration.p50),
                    self.duration.map(|duration| duration.p90),
                    self.duration.map(|duration| duration.p99),
                    json(&self.usage)?,
                    json(&self.scores)?,
                    self.passed,
                    self.judged,
                    self.pass_rate(),
                    json(&self.assertions)?,
                    project_list(&self.projects),
                    self.comments,
                    self.updated_us,
                    self.has_durations,
                ])
            })
            .map_err(translate)?;
        Ok(())
    }

    /// Passing items divided by judged ones, in 1e-9.
    fn pass_rate(&self) -> Option<i64> {
        (self.judged > 0).then(|| mean_half_even(i128::from(self.passed) * i128::from(ONE), i128::from(self.judged)))
    }
}

fn json_at<T: serde::de::DeserializeOwned>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(index)?.as_str()?;
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(index, rusqlite::types::Type::Text, Box::new(error)))
}

fn json<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// Keys between commas, with commas at both ends, so that one is found by looking for `,key,`.
fn project_list(keys: &[i64]) -> String {
    let mut text = String::new();
    for key in keys {
        text.push(',');
        text.push_str(&key.to_string());
    }
    if !keys.is_empty() {
        text.push(',');
    }
    text
}

/// What a trace contributes.
struct TraceFacts {
    cost: i64,
    totals: Totals,
    /// Whether it has assertions, and whether all of them pass.
    verdict: Option<bool>,
}

/// Runs of one dataset item.
#[derive(Default)]
struct Runs {
    judged: bool,
    passed: i64,
    threshold: Option<i64>,
}

#[derive(Default)]
struct Adder {
    summary: Summary,
    traces: FxHashMap<i64, TraceFacts>,
    durations: Vec<i64>,
    cost: i128,
    item_cost: i128,
    usage: FxHashMap<i64, (i128, i128)>,
    scores: FxHashMap<i64, (i128, i128)>,
    assertions: FxHashMap<i64, (i128, i128)>,
    runs: FxHashMap<Uuid, Runs>,
    /// Item and project of the first trace.
    first: Option<(i64, i64)>,
}

/// Works a summary out.
pub(crate) fn compute(connection: &Connection, strings: &Strings, experiment: &ExperimentRow) -> StoreResult<Summary> {
    let mut adder = Adder::default();
    let mut statement = connection
        .prepare_cached(
            "SELECT i.seq, i.item, i.trace, i.policy, i.updated_us, t.project, t.flags, t.start_ns, t.end_ns, t.cost, \
             t.totals FROM experiment_item i JOIN trace t ON t.seq = i.trace WHERE i.experiment = ?1",
        )
        .map_err(translate)?;
    let mut rows = statement.query([experiment.key]).map_err(translate)?;
    while let Some(row) = rows.next().map_err(translate)? {
        adder.add(connection, row).map_err(translate)?;
    }
    let default_threshold = codes::threshold_of(experiment.policy.as_deref());
    adder.finish(connection, strings, default_threshold).map_err(translate)
}

impl Adder {
    fn add(&mut self, connection: &Connection, row: &Row<'_>) -> rusqlite::Result<()> {
        let (seq, item, trace): (i64, Uuid, i64) = (row.get(0)?, uuid_at(row, 1)?, row.get(2)?);
        self.summary.items += 1;
        self.summary.updated_us = self.summary.updated_us.max(row.get(4)?);
        if !self.traces.contains_key(&trace) {
            let facts = self.add_trace(connection, seq, trace, row)?;
            self.traces.insert(trace, facts);
        }
        let Some(facts) = self.traces.get(&trace) else {
            return Ok(());
        };
        self.item_cost += i128::from(facts.cost);
        for (key, sum, _) in &facts.totals.usage {
            let slot = self.usage.entry(*key).or_default();
            slot.0 += i128::from(*sum);
            slot.1 += 1;
        }
        let runs = self.runs.entry(item).or_default();
        runs.judged |= facts.verdict.is_some();
        runs.passed += i64::from(facts.verdict == Some(true));
        if runs.threshold.is_none() {
            let policy = row.get_ref(3)?.as_str_or_null()?;
            runs.threshold = codes::threshold_of(policy);
        }
        Ok(())
    }

    fn add_trace(
        &mut self,
        connection: &Connection,
        item: i64,
        trace: i64,
        row: &Row<'_>,
    ) -> rusqlite::Result<TraceFacts> {
        let flags: i64 = row.get(6)?;
        let verdict = if flags & flag::SCORES == 0 {
            None
        } else {
            self.add_scores(connection, trace)?
        };
        if flags & flag::GHOST != 0 {
            return Ok(TraceFacts {
                cost: 0,
                totals: Totals::default(),
                verdict,
            });
        }
        let project: i64 = row.get(5)?;
        if !self.summary.projects.contains(&project) {
            self.summary.projects.push(project);
        }
        if self.first.is_none_or(|(first, _)| item < first) {
            self.first = Some((item, project));
        }
        self.durations.extend(duration_us(row.get(7)?, row.get(8)?));
        self.summary.comments += i64::from(flags & flag::COMMENTS != 0);
        let cost: i64 = row.get(9)?;
        self.cost += i128::from(cost);
        Ok(TraceFacts {
            cost,
            totals: Totals::decode(row.get_ref(10)?.as_blob_or_null()?),
            verdict,
        })
    }

    /// Adds the scores and assertions of a trace. Answers whether it passes all assertions; none without any.
    fn add_scores(&mut self, connection: &Connection, trace: i64) -> rusqlite::Result<Option<bool>> {
        let mut statement = connection.prepare_cached(
            "SELECT name, queue = ?2, value FROM score WHERE kind = ?1 AND entity = ?3 ORDER BY name",
        )?;
        let mut rows = statement.query(params![scoring::TRACE, ASSERTION_QUEUE, trace])?;
        // Sum and number of the values of a name, apart for scores and assertions.
        let mut values: Vec<(i64, bool, i128, i128)> = Vec::new();
        while let Some(row) = rows.next()? {
            let (name, is_assertion, value): (i64, bool, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            match values
                .iter_mut()
                .rev()
                .take_while(|known| known.0 == name)
                .find(|known| known.1 == is_assertion)
            {
                Some(known) => {
                    known.2 += i128::from(value);
                    known.3 += 1;
                }
                None => values.push((name, is_assertion, i128::from(value), 1)),
            }
        }
        let mut verdict = None;
        for (name, is_assertion, sum, count) in values {
            let value = mean(sum, count);
            let slot = if is_assertion {
                self.assertions.entry(name).or_default()
            } else {
                self.scores.entry(name).or_default()
            };
            slot.1 += 1;
            if is_assertion {
                let passes = sum >= count * i128::from(ONE);
                slot.0 += i128::from(passes) * i128::from(ONE);
                verdict = Some(verdict.unwrap_or(true) && passes);
            } else {
                slot.0 += i128::from(value);
            }
        }
        Ok(verdict)
    }

    fn finish(
        mut self,
        connection: &Connection,
        strings: &Strings,
        default_threshold: Option<i64>,
    ) -> rusqlite::Result<Summary> {
        let mut summary = self.summary;
        summary.traces = i64::try_from(self.traces.len()).unwrap_or(i64::MAX);
        summary.cost = i64::try_from(self.cost).unwrap_or(i64::MAX);
        summary.cost_avg = mean_half_even(self.item_cost, i128::from(summary.items));
        summary.has_durations = !self.durations.is_empty();
        summary.duration = (summary.items > 0).then(|| exact_percentiles(&mut self.durations));
        if let Some((_, project)) = self.first {
            summary.projects.retain(|known| *known != project);
            summary.projects.insert(0, project);
        }
        for (key, (sum, count)) in self.usage {
            let name = strings.text(connection, key)?.to_string();
            summary.usage.insert(name, sum as f64 / count as f64);
        }
        for (values, means) in [
            (self.scores, &mut summary.scores),
            (self.assertions, &mut summary.assertions),
        ] {
            for (name, (sum, count)) in values {
                let name = strings.text(connection, name)?.to_string();
                means.insert(name, mean_half_even(sum, count));
            }
        }
        for runs in self.runs.values().filter(|runs| runs.judged) {
            summary.judged += 1;
            let threshold = runs.threshold.or(default_threshold).unwrap_or(1);
            summary.passed += i64::from(runs.passed >= threshold);
        }
        Ok(summary)
    }
}

/// A summary that is newer than the stored one.
pub(crate) struct Fresh {
    pub(crate) experiment: i64,
    pub(crate) revision: i64,
    pub(crate) summary: Summary,
}

/// The summary of an experiment as it is now; noted in `fresh` when it is not stored.
pub(crate) fn current(
    connection: &Connection,
    strings: &Strings,
    experiment: &ExperimentRow,
    fresh: &mut Vec<Fresh>,
) -> StoreResult<Summary> {
    if experiment.summarized == experiment.revision {
        return Summary::load(connection, experiment.key)
            .map_err(translate)?
            .ok_or_else(|| StoreError::internal("the summary of an experiment is missing"));
    }
    let summary = compute(connection, strings, experiment)?;
    fresh.push(Fresh {
        experiment: experiment.key,
        revision: experiment.revision,
        summary: summary.clone(),
    });
    Ok(summary)
}
