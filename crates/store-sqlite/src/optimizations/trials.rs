//! What the experiments of an optimization add up to.

use std::collections::BTreeMap;

use ferropik_model::{Baseline, Best, ExperimentType, NamedScore, decimal};
use ferropik_query::{Path, dictionary_text};
use ferropik_store::{StoreError, StoreResult};
use indexmap::IndexMap;
use rusqlite::Connection;
use rust_decimal::{Decimal, RoundingStrategy};
use uuid::Uuid;

use crate::Context;
use crate::error::translate;
use crate::experiments::codes;
use crate::experiments::rows::{COLUMNS, ExperimentRow};
use crate::experiments::summary::{self, Fresh};

/// Digits after the point of a weighted score.
const SCALE: u32 = 9;

/// One experiment of an optimization.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    /// What it is a trial of: the candidate that its metadata name, else itself.
    candidate: String,
    kind: ExperimentType,
    created_us: i64,
    id: Uuid,
    traces: i64,
    /// Median duration in milliseconds.
    p50: Option<f64>,
    cost: Decimal,
    feedback_scores: BTreeMap<String, i64>,
    scores: Vec<NamedScore>,
}

/// The experiments of an optimization, oldest first.
pub(super) fn trials_of(
    context: &Context,
    connection: &Connection,
    workspace: i64,
    optimization: Uuid,
    fresh: &mut Vec<Fresh>,
) -> StoreResult<Vec<Trial>> {
    let rows: Vec<ExperimentRow> = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM experiment e WHERE e.optimization = ?1 AND e.workspace = ?2 ORDER BY e.id"
        ))
        .and_then(|mut statement| {
            statement
                .query_map(
                    rusqlite::params![optimization.as_bytes(), workspace],
                    ExperimentRow::from_row,
                )?
                .collect()
        })
        .map_err(translate)?;
    let path = Path::new("candidate_id");
    rows.iter()
        .map(|row| {
            let summary = summary::current(connection, &context.strings, row, fresh)?;
            let metadata = match &row.metadata {
                Some(frame) => Some(context.codec.decode(frame).map_err(StoreError::internal)?),
                None => None,
            };
            let named = metadata.as_deref().and_then(|json| dictionary_text(json, &path));
            let candidate = named
                .filter(|text| !text.trim().is_empty() && text != "null")
                .map_or_else(|| row.id.to_string(), |text| text.into_owned());
            Ok(Trial {
                candidate,
                kind: codes::type_from(row.kind),
                created_us: row.created_us,
                id: row.id,
                traces: summary.traces,
                p50: summary
                    .duration
                    .map(|duration| duration.p50)
                    .filter(|_| summary.has_durations),
                cost: decimal::from_scaled(summary.cost, decimal::COST_SCALE),
                feedback_scores: summary.scores,
                scores: codes::scores_from(row.scores.as_deref())?,
            })
        })
        .collect()
}

/// What the experiments of an optimization add up to.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Outcome {
    pub(super) num_trials: u64,
    pub(super) feedback_scores: Vec<NamedScore>,
    pub(super) experiment_scores: Vec<NamedScore>,
    pub(super) cost: Option<Decimal>,
    pub(super) baseline: Baseline,
    pub(super) best: Best,
}

/// A candidate: one or more experiments.
#[derive(Default)]
struct Candidate {
    /// Objective times traces, and traces of the experiments that have the objective.
    score: (Decimal, Decimal),
    /// Seconds times traces, and traces of the experiments that have a duration.
    duration: (f64, f64),
    cost: Decimal,
    traces: Decimal,
    oldest: Option<(i64, Uuid)>,
}

impl Candidate {
    fn add(&mut self, trial: &Trial, objective: &str) {
        let traces = Decimal::from(trial.traces);
        if let Some(score) = trial.scores.iter().find(|score| score.name == objective) {
            self.score.0 = self.score.0.saturating_add(score.value.saturating_mul(traces));
            self.score.1 += traces;
        }
        if let Some(p50) = trial.p50 {
            self.duration.0 += p50 / 1_000.0 * trial.traces as f64;
            self.duration.1 += trial.traces as f64;
        }
        self.cost = self.cost.saturating_add(trial.cost);
        self.traces += traces;
        let age = (trial.created_us, trial.id);
        self.oldest = Some(self.oldest.map_or(age, |oldest| oldest.min(age)));
    }

    fn weighted_score(&self) -> Option<Decimal> {
        self.score
            .0
            .checked_div(self.score.1)
            .map(|score| score.round_dp_with_strategy(SCALE, RoundingStrategy::MidpointNearestEven).normalize())
    }

    fn weighted_duration(&self) -> Option<f64> {
        (self.duration.1 > 0.0).then(|| self.duration.0 / self.duration.1)
    }

    fn cost_per_trace(&self) -> Option<Decimal> {
        self.cost
            .checked_div(self.traces)
            .filter(|cost| !cost.is_zero())
            .map(|cost| cost.round_dp(decimal::COST_SCALE).normalize())
    }
}

/// Adds experiments up.
pub(super) fn outcome(trials: &[Trial], objective: &str) -> Outcome {
    let mut feedback_scores: BTreeMap<&str, i64> = BTreeMap::new();
    let mut experiment_scores: BTreeMap<&str, Decimal> = BTreeMap::new();
    let mut candidates: IndexMap<&str, Candidate> = IndexMap::new();
    let mut cost = Decimal::ZERO;
    for trial in trials {
        cost = cost.saturating_add(trial.cost);
        for (name, value) in &trial.feedback_scores {
            let highest = feedback_scores.entry(name).or_insert(*value);
            *highest = (*highest).max(*value);
        }
        for score in &trial.scores {
            let highest = experiment_scores.entry(&score.name).or_insert(score.value);
            *highest = (*highest).max(score.value);
        }
        if !matches!(trial.kind, ExperimentType::MiniBatch | ExperimentType::Mutation) {
            candidates
                .entry(&trial.candidate)
                .or_default()
                .add(trial, objective);
        }
    }
    let baseline = candidates.values().min_by_key(|candidate| candidate.oldest);
    // Of equal scores the older candidate wins: it was reached first.
    let best = candidates
        .values()
        .filter_map(|candidate| Some((candidate.weighted_score()?, candidate)))
        .max_by_key(|(score, candidate)| (*score, std::cmp::Reverse(candidate.oldest)))
        .map(|(_, candidate)| candidate);
    Outcome {
        num_trials: trials.len() as u64,
        feedback_scores: feedback_scores
            .into_iter()
            .map(|(name, value)| NamedScore {
                name: name.to_owned(),
                value: decimal::from_scaled(value, decimal::SCORE_SCALE),
            })
            .collect(),
        experiment_scores: experiment_scores
            .into_iter()
            .map(|(name, value)| NamedScore {
                name: name.to_owned(),
                value,
            })
            .collect(),
        cost: (cost > Decimal::ZERO).then_some(cost),
        baseline: baseline.map_or_else(Baseline::default, |candidate| Baseline {
            baseline_objective_score: candidate.weighted_score(),
            baseline_duration: candidate.weighted_duration(),
            baseline_cost: candidate.cost_per_trace(),
        }),
        best: best.map_or_else(Best::default, |candidate| Best {
            best_objective_score: candidate.weighted_score(),
            best_duration: candidate.weighted_duration(),
            best_cost: candidate.cost_per_trace(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(candidate: &str, created_us: i64, traces: i64, score: Option<&str>) -> Trial {
        Trial {
            candidate: candidate.to_owned(),
            kind: ExperimentType::Trial,
            created_us,
            id: Uuid::from_u128(created_us.unsigned_abs().into()),
            traces,
            p50: Some(1_000.0),
            cost: Decimal::ONE,
            feedback_scores: BTreeMap::new(),
            scores: score
                .map(|value| NamedScore {
                    name: "goal".to_owned(),
                    value: value.parse().unwrap(),
                })
                .into_iter()
                .collect(),
        }
    }

    #[test]
    fn candidates_are_weighed_by_their_traces() {
        let trials = [
            trial("b", 1, 10, Some("0.5")),
            trial("a", 2, 1, Some("0.9")),
            trial("a", 3, 3, Some("0.7")),
            trial("a", 4, 8, None),
            Trial {
                kind: ExperimentType::MiniBatch,
                ..trial("c", 0, 5, Some("1"))
            },
        ];
        let found = outcome(&trials, "goal");
        assert_eq!(found.num_trials, 5);
        assert_eq!(found.baseline.baseline_objective_score, Some("0.5".parse().unwrap()));
        assert_eq!(found.baseline.baseline_cost, Some("0.1".parse().unwrap()));
        assert_eq!(found.best.best_objective_score, Some("0.75".parse().unwrap()));
        assert_eq!(found.best.best_cost, Some("0.25".parse().unwrap()));
        assert_eq!(found.best.best_duration, Some(1.0));
        assert_eq!(found.cost, Some(Decimal::from(5)));
        assert_eq!(found.experiment_scores[0].value, Decimal::ONE);
    }

    #[test]
    fn nothing_is_known_without_trials() {
        assert_eq!(outcome(&[], "goal"), Outcome::default());
        let unscored = outcome(&[trial("a", 1, 0, None)], "goal");
        assert_eq!(unscored.best, Best::default());
        assert_eq!(unscored.baseline.baseline_cost, None);
    }
}
