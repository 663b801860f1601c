//! Experiments, their items and verdicts on assertions.

use async_trait::async_trait;
use ferropik_model::{
    EvaluationMethod, ExecutionPolicy, Experiment, ExperimentItem, ExperimentItemDetails, ExperimentScoreName,
    ExperimentStatus, ExperimentType, ExperimentUpdate, NamedScore, Percentiles, RawJson, Timestamp,
};
use ferropik_query::{Filter, Path, Sort};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{Leftovers, Listed, NewScore, NewSpan, NewTrace, Scope, StoreResult};

/// A validated experiment on its way into the store.
#[derive(Debug, Clone)]
pub struct NewExperiment {
    /// UUID of version 7.
    pub id: Uuid,
    /// Name of the dataset; created in the project when the workspace has none of that name.
    pub dataset_name: String,
    /// An existing project, if any.
    pub project: Option<Uuid>,
    /// Not blank.
    pub name: String,
    /// As it was given.
    pub metadata: Option<RawJson>,
    /// Each once.
    pub tags: Vec<String>,
    /// What it is for.
    pub kind: ExperimentType,
    /// How it is judged.
    pub method: EvaluationMethod,
    /// Optimization that it is a trial of.
    pub optimization: Option<Uuid>,
    /// How far it is.
    pub status: ExperimentStatus,
    /// Scores of the whole experiment.
    pub scores: Vec<NamedScore>,
    /// Prompt versions that it used.
    pub prompt_versions: Vec<Uuid>,
    /// Version of the dataset; the latest when absent.
    pub dataset_version: Option<Uuid>,
}

/// What has become of a new experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExperimentCreation {
    /// It is stored.
    Created {
        /// Whether its dataset belongs to another project than the one that was named.
        dataset_elsewhere: bool,
    },
    /// There is one of that id; nothing has changed.
    Exists,
    /// A prompt version does not exist; nothing has changed.
    UnknownPromptVersion,
    /// The dataset has no such version; nothing has changed.
    UnknownDatasetVersion,
}

/// A validated item of an experiment on its way into the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewExperimentItem {
    /// UUID of version 7. An item of that id is replaced.
    pub id: Uuid,
    /// Experiment, which may be unknown yet.
    pub experiment: Uuid,
    /// Dataset item, which may be unknown yet.
    pub item: Uuid,
    /// Trace, which may be unknown yet.
    pub trace: Uuid,
    /// An existing project, if one was named.
    pub project: Option<Uuid>,
    /// Overrides the policy of the dataset item.
    pub policy: Option<ExecutionPolicy>,
}

/// What has become of new items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemCreation {
    /// They are stored.
    Stored,
    /// An experiment belongs to another workspace; nothing has changed.
    ForeignExperiment,
    /// A dataset item belongs to another workspace; nothing has changed.
    ForeignDatasetItem,
}

/// Which experiments. All conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct ExperimentSelection {
    /// Case-insensitive part of the name.
    pub name: Option<String>,
    /// Of this dataset.
    pub dataset: Option<Uuid>,
    /// Its own project or that of one of its traces.
    pub project: Option<Uuid>,
    /// Of one of these types.
    pub types: Option<Vec<ExperimentType>>,
    /// Trials of this optimization.
    pub optimization: Option<Uuid>,
    /// Linked to a version of this prompt.
    pub prompt: Option<Uuid>,
    /// One of these.
    pub ids: Option<Vec<Uuid>>,
    /// Whose dataset was deleted.
    pub dataset_deleted: bool,
    /// In no existing project.
    pub project_deleted: bool,
    /// Filter of experiments.
    pub filter: Filter,
}

/// A page of experiments.
#[derive(Debug, Clone, Default)]
pub struct ExperimentList {
    /// Which ones.
    pub selection: ExperimentSelection,
    /// From 1.
    pub page: u64,
    /// At least 1.
    pub size: u64,
    /// Order; `None` is descending id.
    pub sort: Option<Sort>,
}

/// What experiments are grouped by.
#[derive(Debug, Clone)]
pub enum GroupBy {
    /// The dataset.
    Dataset,
    /// The project.
    Project,
    /// Each tag.
    Tags,
    /// The scalar that the path leads to in the metadata.
    Metadata(Path),
}

/// The value of one experiment on one level of groups.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupValue {
    /// Something with an id; the name is absent when it was deleted.
    Entity(Option<Uuid>, Option<String>),
    /// A text.
    Text(String),
}

/// One experiment as groups see it.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupedExperiment {
    /// For each level the values that it is under, at least one.
    pub values: Vec<Vec<GroupValue>>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Distinct traces.
    pub trace_count: u64,
    /// Sum of their costs in US dollars.
    pub cost: Decimal,
    /// The same for an item.
    pub cost_avg: Decimal,
    /// Durations of the traces in milliseconds; absent without items.
    pub duration: Option<Percentiles>,
    /// Mean of each score over the traces that have it.
    pub feedback_scores: Vec<NamedScore>,
    /// Scores of the whole experiment.
    pub experiment_scores: Vec<NamedScore>,
    /// Passing and judged items; none but of evaluation suites.
    pub passes: Option<(u64, u64)>,
}

/// A run that is recorded as a whole.
#[derive(Debug, Clone)]
pub struct BulkItem {
    /// The item; its experiment is that of the upload.
    pub item: NewExperimentItem,
    /// The trace, with `source` set.
    pub trace: NewTrace,
    /// Whether lists leave the trace out.
    pub hidden: bool,
    /// Spans of the trace.
    pub spans: Vec<NewSpan>,
    /// Scores of the trace.
    pub scores: Vec<NewScore>,
}

/// What an experiment and its dataset belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExperimentPlace {
    /// Dataset.
    pub dataset_id: Uuid,
    /// Name of the dataset, also of a deleted one.
    pub dataset_name: String,
    /// Its own project: id and name.
    pub project: Option<(Uuid, String)>,
}

/// Reads and writes experiments.
#[async_trait]
pub trait ExperimentStore {
    /// Stores an experiment, pinned to a version of its dataset, which is created when missing.
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn create_experiment(&self, scope: &Scope, experiment: NewExperiment) -> StoreResult<ExperimentCreation>;

    /// One experiment.
    ///
    /// # Errors
    /// Only technical ones.
    async fn experiment(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<Experiment>>;

    /// What an experiment belongs to.
    ///
    /// # Errors
    /// Only technical ones.
    async fn experiment_place(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<ExperimentPlace>>;

    /// One page of experiments.
    ///
    /// # Errors
    /// Only technical ones.
    async fn experiments(&self, scope: &Scope, list: ExperimentList) -> StoreResult<Listed<Experiment>>;

    /// The next experiments of a stream in descending id order, those before an id.
    ///
    /// # Errors
    /// Only technical ones.
    async fn scan_experiments(
        &self,
        scope: &Scope,
        selection: ExperimentSelection,
        before: Option<Uuid>,
        limit: usize,
    ) -> StoreResult<Vec<Experiment>>;

    /// Changes the existing ones of `ids`; with `merge_tags` the tags of the update are added. Answers how many there
    /// are.
    ///
    /// # Errors
    /// [`StoreError::TagLimit`](crate::StoreError::TagLimit): then nothing has changed.
    async fn update_experiments(
        &self,
        scope: &Scope,
        ids: Vec<Uuid>,
        update: ExperimentUpdate,
        merge_tags: bool,
    ) -> StoreResult<usize>;

    /// Notes that experiments have stopped producing items, and with `cancel` that they were stopped. Unknown ids are
    /// skipped.
    ///
    /// # Errors
    /// Only technical ones.
    async fn finish_experiments(&self, scope: &Scope, ids: Vec<Uuid>, cancel: bool) -> StoreResult<()>;

    /// Deletes experiments with their items. Unknown ids are skipped.
    ///
    /// # Errors
    /// Only technical ones.
    async fn delete_experiments(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<()>;

    /// The experiments of a selection as groups see them, newest first.
    ///
    /// # Errors
    /// Only technical ones.
    async fn grouped_experiments(
        &self,
        scope: &Scope,
        selection: ExperimentSelection,
        levels: Vec<GroupBy>,
    ) -> StoreResult<Vec<GroupedExperiment>>;

    /// Names of the scores of the traces of experiments, sorted: of some, of those of a project, or of all. With ids
    /// also the names of the scores of the experiments themselves.
    ///
    /// # Errors
    /// Only technical ones.
    async fn experiment_score_names(
        &self,
        scope: &Scope,
        ids: Option<Vec<Uuid>>,
        project: Option<Uuid>,
    ) -> StoreResult<Vec<ExperimentScoreName>>;

    /// Stores items.
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn put_experiment_items(&self, scope: &Scope, items: Vec<NewExperimentItem>) -> StoreResult<ItemCreation>;

    /// One item.
    ///
    /// # Errors
    /// Only technical ones.
    async fn experiment_item(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<ExperimentItem>>;

    /// Deletes items. Unknown ids are skipped.
    ///
    /// # Errors
    /// Only technical ones.
    async fn delete_experiment_items(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<()>;

    /// The next items of a stream in descending id order, those before an id: of the experiments of exactly that name,
    /// or else of those whose name contains it in any case. Reading ends early beyond `max_bytes` of payloads.
    ///
    /// # Errors
    /// Only technical ones.
    async fn scan_experiment_items(
        &self,
        scope: &Scope,
        experiment_name: String,
        project: Option<Uuid>,
        scan: crate::Scan,
    ) -> StoreResult<Vec<ExperimentItemDetails>>;

    /// Stores runs with their traces, spans and scores at once. The experiment exists already.
    ///
    /// # Errors
    /// Only technical ones.
    async fn record_experiment_items(
        &self,
        scope: &Scope,
        items: Vec<BulkItem>,
    ) -> StoreResult<(ItemCreation, Leftovers)>;
}
