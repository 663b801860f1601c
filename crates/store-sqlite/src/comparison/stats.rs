//! Statistics of compared runs.

use std::collections::BTreeMap;

use ferropik_model::{Percentiles, Stat, Stats, decimal};
use ferropik_query::Filter;
use ferropik_store::StoreResult;
use rustc_hash::{FxHashMap, FxHashSet};

use super::merge::{Run, for_each_item};
use super::run::{RunRecord, TraceFacts, scores_of};
use super::scope::{Compared, Watch};
use super::select::RunFilter;
use super::state::States;
use crate::error::translate;
use crate::rows::flag;

/// The usage key whose distribution is shown.
const TOTAL_TOKENS: &str = "total_tokens";

/// What runs add up to. Values are kept one by one, because percentiles are exact.
#[derive(Default)]
struct Tally {
    runs: u64,
    traces: FxHashSet<i64>,
    /// 1e-12 US dollars, of the runs that cost anything.
    costs: Vec<i64>,
    /// Microseconds.
    durations: Vec<i64>,
    /// By interned name, 1e-9.
    scores: FxHashMap<i64, Vec<i64>>,
    /// By interned key.
    usage: FxHashMap<i64, Vec<i64>>,
}

/// Statistics of no runs.
pub(super) fn of_nothing() -> Stats {
    Stats {
        stats: vec![Stat::count("experiment_items_count", 0), Stat::count("trace_count", 0)],
    }
}

/// Statistics of the runs that pass, in the order of the wire.
pub(super) fn stats(watch: &Watch<'_>, compared: &Compared, filter: &Filter) -> StoreResult<Stats> {
    let filter = RunFilter::new(filter);
    let cache = &watch.context.comparisons;
    let key = filter.is_empty().then(|| compared.fingerprint());
    if let Some(stats) = key.as_ref().and_then(|key| cache.stats(key)) {
        return Ok(stats);
    }
    let mut tally = Tally::default();
    for_each_item(watch, compared, |item, runs| {
        let states = if filter.needs_item() {
            States::of_runs(watch, compared, item, runs)?
        } else {
            States::none()
        };
        for run in runs {
            if filter.is_empty()
                || filter.passes(&mut RunRecord::new(watch, item, *run, states.of_run(compared, *run)))?
            {
                tally.add(watch, *run)?;
            }
        }
        Ok(())
    })?;
    let stats = tally.into_stats(watch)?;
    if let Some(key) = key {
        cache.keep_stats(key, stats.clone());
    }
    Ok(stats)
}

impl Tally {
    fn add(&mut self, watch: &Watch<'_>, run: Run) -> StoreResult<()> {
        self.runs += 1;
        self.traces.insert(run.trace);
        let Some(facts) = TraceFacts::find(watch, run.trace)? else {
            return Ok(());
        };
        if facts.cost > 0 {
            self.costs.push(facts.cost);
        }
        self.durations.extend(facts.duration_us);
        for (key, sum, _) in &facts.totals.usage {
            self.usage.entry(*key).or_default().push(*sum);
        }
        if facts.flags & flag::SCORES != 0 {
            for (name, value) in scores_of(watch, run.trace)? {
                self.scores.entry(name).or_default().push(value);
            }
        }
        Ok(())
    }

    fn into_stats(mut self, watch: &Watch<'_>) -> StoreResult<Stats> {
        let cost_unit = unit(decimal::COST_SCALE);
        let score_unit = unit(decimal::SCORE_SCALE);
        let mut scores = named(watch, self.scores)?;
        let mut usage = named(watch, self.usage)?;
        let mut stats = vec![
            Stat::count("experiment_items_count", self.runs),
            Stat::count("trace_count", self.traces.len() as u64),
        ];
        if !self.costs.is_empty() {
            stats.push(Stat::avg("total_estimated_cost", mean(&self.costs, cost_unit)));
            stats.push(Stat::percentage(
                "total_estimated_cost",
                percentiles(&mut self.costs, cost_unit),
            ));
        }
        if !self.durations.is_empty() {
            stats.push(Stat::percentage("duration", percentiles(&mut self.durations, 1_000.0)));
        }
        for (name, values) in &scores {
            stats.push(Stat::avg(format!("feedback_scores.{name}"), mean(values, score_unit)));
        }
        for (key, values) in &usage {
            stats.push(Stat::avg(format!("usage.{key}"), mean(values, 1.0)));
        }
        for (name, values) in &mut scores {
            stats.push(Stat::percentage(
                format!("feedback_scores.{name}"),
                percentiles(values, score_unit),
            ));
        }
        if let Some(values) = usage.get_mut(TOTAL_TOKENS) {
            stats.push(Stat::percentage(
                format!("usage.{TOTAL_TOKENS}"),
                percentiles(values, 1.0),
            ));
        }
        Ok(Stats { stats })
    }
}

/// How many stored units make one.
fn unit(scale: u32) -> f64 {
    10_f64.powi(i32::try_from(scale).unwrap_or(0))
}

/// Values by the text of their interned name.
fn named(watch: &Watch<'_>, values: FxHashMap<i64, Vec<i64>>) -> StoreResult<BTreeMap<String, Vec<i64>>> {
    let mut named = BTreeMap::new();
    for (name, values) in values {
        let text = watch.context.strings.text(watch.connection, name).map_err(translate)?;
        named.insert(text.to_string(), values);
    }
    Ok(named)
}

fn mean(values: &[i64], unit: f64) -> f64 {
    let sum: i128 = values.iter().map(|value| i128::from(*value)).sum();
    sum as f64 / values.len() as f64 / unit
}

/// Percentiles, linearly interpolated between the closest ranks.
fn percentiles(values: &mut [i64], unit: f64) -> Percentiles {
    values.sort_unstable();
    let at = |q: f64| {
        let rank = q * values.len().saturating_sub(1) as f64;
        let below = rank.floor();
        let value = |index: f64| values.get(index as usize).copied().unwrap_or(0) as f64;
        (value(below) + (value(rank.ceil()) - value(below)) * (rank - below)) / unit
    };
    Percentiles {
        p50: at(0.5),
        p90: at(0.9),
        p99: at(0.99),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_interpolate() {
        let found = percentiles(&mut [4_000, 1_000, 3_000, 2_000], 1_000.0);
        assert_eq!((found.p50, found.p90), (2.5, 3.7));
        assert!((found.p99 - 3.97).abs() < 1e-12);
        assert_eq!(percentiles(&mut [5], 1.0).p99, 5.0);
        assert_eq!(mean(&[1, 2], 10.0), 0.15);
    }
}
