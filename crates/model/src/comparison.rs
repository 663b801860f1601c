//! Items of experiments side by side: the runs that each dataset item has in several experiments.

use indexmap::IndexMap;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Column, DatasetItem, ExperimentItemDetails, RunStatus};

/// A dataset item with its runs in the experiments that are compared.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ComparedItem {
    /// The item as the experiment saw it; without data when it is in no version any more.
    #[serde(flatten)]
    pub item: DatasetItem,
    /// Its runs, at least one: by experiment in the order of the request, then by age.
    pub experiment_items: Vec<ExperimentItemDetails>,
    /// By experiment, how many of its runs passed; only experiments that judged one.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schema(value_type = std::collections::BTreeMap<Uuid, RunSummary>)]
    pub run_summaries_by_experiment: IndexMap<Uuid, RunSummary>,
}

/// How the runs of an item in one experiment went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct RunSummary {
    /// Runs whose assertions all passed.
    pub passed_runs: u64,
    /// All runs.
    pub total_runs: u64,
    /// Whether enough runs passed.
    pub status: RunStatus,
}

/// Columns without the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Columns {
    /// Sorted by name.
    pub columns: Vec<Column>,
}
