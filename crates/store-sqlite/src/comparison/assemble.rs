//! The rows of a page.

use ferropik_model::{ComparedItem, DatasetItem, DatasetItemSource, ExperimentItemDetails, RawJson, RunStatus, RunSummary};
use ferropik_store::{Comparison, StoreResult, View};
use indexmap::IndexMap;
use uuid::Uuid;

use super::merge::{Run, runs_of};
use super::scope::{Compared, Watch};
use super::select::{RunFilter, passing_runs};
use super::state::States;
use crate::datasets::ItemState;
use crate::error::translate;
use crate::experiments::details::details_of;
use crate::experiments::rows::ItemRow;

/// Makes the rows of one comparison.
pub(super) struct Rows<'a> {
    watch: &'a Watch<'a>,
    compared: &'a Compared,
    filter: RunFilter<'a>,
    view: View,
}

impl<'a> Rows<'a> {
    /// Rows with the runs that pass the filter of the comparison.
    pub(super) fn new(watch: &'a Watch<'a>, compared: &'a Compared, comparison: &'a Comparison) -> Rows<'a> {
        Rows {
            watch,
            compared,
            filter: RunFilter::new(&comparison.filter),
            view: View {
                truncate: comparison.truncate,
                ..View::default()
            },
        }
    }

    /// The row of an item; none when no run of it is left.
    pub(super) fn item(&self, id: Uuid) -> StoreResult<Option<ComparedItem>> {
        let (watch, compared) = (self.watch, self.compared);
        let all_runs = runs_of(watch, compared, id)?;
        let states = States::of_runs(watch, compared, id, &all_runs)?;
        let runs = if self.filter.is_empty() {
            all_runs
        } else {
            passing_runs(watch, compared, &self.filter, id, &all_runs, &states)?
        };
        let mut experiment_items = Vec::with_capacity(runs.len());
        for run in &runs {
            experiment_items.extend(self.run(*run, states.of_run(compared, *run))?);
        }
        let Some(first) = experiment_items.first() else {
            return Ok(None);
        };
        let item = match states.newest() {
            Some(state) => state.to_wire(
                watch.connection,
                watch.context,
                compared.dataset_id,
                self.view.truncate,
            )?,
            None => self.missing_item(id, first),
        };
        Ok(Some(ComparedItem {
            item,
            run_summaries_by_experiment: summaries(&experiment_items),
            experiment_items,
        }))
    }

    /// What is shown of an item that no version holds any more: that it was run.
    fn missing_item(&self, id: Uuid, run: &ExperimentItemDetails) -> DatasetItem {
        DatasetItem {
            id,
            dataset_item_id: id,
            trace_id: None,
            span_id: None,
            source: DatasetItemSource::Sdk,
            data: RawJson::from_stored("{}"),
            description: None,
            tags: Vec::new(),
            evaluators: None,
            execution_policy: None,
            dataset_id: self.compared.dataset_id,
            created_at: run.item.created_at,
            last_updated_at: run.item.last_updated_at,
            created_by: run.item.created_by.clone(),
            last_updated_by: run.item.last_updated_by.clone(),
        }
    }

    fn run(&self, run: Run, state: Option<&ItemState>) -> StoreResult<Option<ExperimentItemDetails>> {
        let Watch { context, connection, .. } = self.watch;
        let Some(row) = ItemRow::by_seq(connection, run.seq).map_err(translate)? else {
            return Ok(None);
        };
        let mut details = details_of(connection, context, &row, self.view)?;
        details.description = state.and_then(|state| state.description.clone());
        Ok(Some(details))
    }
}

/// How the runs of an item went, for each experiment that judged one.
fn summaries(runs: &[ExperimentItemDetails]) -> IndexMap<Uuid, RunSummary> {
    runs.chunk_by(|left, right| left.item.experiment_id == right.item.experiment_id)
        .filter(|runs| runs.iter().any(|run| run.status.is_some()))
        .map(|runs| {
            let passed = runs.iter().filter(|run| run.status == Some(RunStatus::Passed)).count() as u64;
            let threshold = runs
                .iter()
                .find_map(|run| run.execution_policy)
                .and_then(|policy| policy.pass_threshold)
                .map_or(1, i64::unsigned_abs);
            let summary = RunSummary {
                passed_runs: passed,
                total_runs: runs.len() as u64,
                status: if passed >= threshold {
                    RunStatus::Passed
                } else {
                    RunStatus::Failed
                },
            };
            (runs[0].item.experiment_id, summary)
        })
        .collect()
}
