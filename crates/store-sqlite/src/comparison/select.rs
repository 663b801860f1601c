//! Which items match, and in which order: one pass over all runs.

use ferropik_query::{Compare, Condition, Field, Filter, Record, ScoreTest, TermSearch, Test, fold};
use ferropik_store::{Comparison, StoreResult};
use uuid::Uuid;

use super::field::{needs_item, part_of};
use super::merge::{Run, for_each_item};
use super::order::{KeyBuilder, sort_rows};
use super::run::RunRecord;
use super::scope::{Compared, Watch};
use super::state::States;

/// Conditions on runs, those first that cost least.
pub(super) struct RunFilter<'a> {
    conditions: Vec<&'a Condition>,
}

impl<'a> RunFilter<'a> {
    /// The conditions of a filter.
    pub(super) fn new(filter: &'a Filter) -> RunFilter<'a> {
        let mut conditions: Vec<&Condition> = filter.conditions().iter().collect();
        conditions.sort_by_key(|condition| part_of(condition.field));
        RunFilter { conditions }
    }

    /// Whether every run passes.
    pub(super) fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Whether it looks at the item that was run.
    pub(super) fn needs_item(&self) -> bool {
        self.conditions.iter().any(|condition| needs_item(condition.field))
    }

    /// Whether a run passes all conditions.
    pub(super) fn passes(&self, run: &mut RunRecord<'_>) -> StoreResult<bool> {
        for condition in &self.conditions {
            run.load(condition.field)?;
            if !holds(condition, run) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn holds(condition: &Condition, run: &RunRecord<'_>) -> bool {
    match &condition.test {
        // A run without any score differs from all values.
        Test::Score {
            name,
            test: ScoreTest::Compare {
                op: Compare::NotEqual,
                value,
            },
        } => run
            .scores(condition.field)
            .iter()
            .filter(|(score, _)| fold(score) == name.folded())
            .all(|(_, score)| *score != value.decimal),
        _ => condition.matches(run),
    }
}

/// Fields that a search looks into, the cheap one first.
const SEARCHED: [Field; 3] = [Field::Data, Field::Input, Field::Output];

fn is_found(search: &TermSearch, run: &mut RunRecord<'_>) -> StoreResult<bool> {
    for field in SEARCHED {
        run.load(field)?;
        if search.matches(run.json(field)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The runs of an item that pass, of those that it has.
pub(super) fn passing_runs(
    watch: &Watch<'_>,
    compared: &Compared,
    filter: &RunFilter<'_>,
    item: Uuid,
    runs: &[Run],
    states: &States,
) -> StoreResult<Vec<Run>> {
    let mut passing = Vec::with_capacity(runs.len());
    for run in runs {
        let mut record = RunRecord::new(watch, item, *run, states.of_run(compared, *run));
        if filter.passes(&mut record)? {
            passing.push(*run);
        }
    }
    Ok(passing)
}

/// The ids of all matching items in the order that is asked for. Keeps ids and sort keys only.
pub(super) fn matching_items(
    watch: &Watch<'_>,
    compared: &Compared,
    comparison: &Comparison,
) -> StoreResult<Vec<Uuid>> {
    let filter = RunFilter::new(&comparison.filter);
    let search = comparison.search.as_ref();
    let sort = comparison.sort.as_ref();
    let needs_states = filter.needs_item() || search.is_some() || sort.is_some_and(|sort| needs_item(sort.field));
    let mut rows = Vec::new();
    for_each_item(watch, compared, |item, runs| {
        let states = if needs_states {
            States::of_runs(watch, compared, item, runs)?
        } else {
            States::none()
        };
        let mut key = sort.map(KeyBuilder::new);
        let mut has_run = false;
        let mut has_found = search.is_none();
        for run in runs {
            let mut record = RunRecord::new(watch, item, *run, states.of_run(compared, *run));
            if !filter.passes(&mut record)? {
                continue;
            }
            has_run = true;
            if let Some(search) = search
                && !has_found
            {
                has_found = is_found(search, &mut record)?;
            }
            match &mut key {
                Some(key) if key.wants_more() => key.add(&mut record)?,
                _ if has_found => break,
                _ => {}
            }
        }
        if has_run && has_found {
            rows.push((key.map(KeyBuilder::finish), item));
        }
        Ok(())
    })?;
    Ok(sort_rows(sort, rows))
}
