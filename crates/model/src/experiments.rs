//! Experiments: runs over the items of a dataset, and what they add up to.

use indexmap::IndexMap;
use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::{Deserialize, Deserializer};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Comment, DatasetVersionSummary, ExecutionPolicy, FeedbackScore, NamedScore, Percentiles, RawJson, ScoreWrite,
    SpanWrite, Timestamp, TraceWrite, Usage, VisibilityMode,
};
use crate::{wire, wire_object};

/// What an experiment is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExperimentType {
    /// A run that people look at.
    #[default]
    Regular,
    /// A trial of an optimization.
    Trial,
    /// A trial over a part of the dataset.
    MiniBatch,
    /// A trial of a changed prompt.
    Mutation,
}

/// How an experiment is judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvaluationMethod {
    /// By scores.
    #[default]
    Dataset,
    /// By assertions that pass or fail.
    EvaluationSuite,
}

/// How far an experiment is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExperimentStatus {
    /// Items are still being produced.
    Running,
    /// Done; also what unknown texts are read as.
    #[default]
    Completed,
    /// Stopped.
    Cancelled,
    /// Stopped by an error.
    Failed,
}

impl<'de> Deserialize<'de> for ExperimentStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ExperimentStatus, D::Error> {
        Ok(match String::deserialize(deserializer)?.as_str() {
            "running" => ExperimentStatus::Running,
            "cancelled" => ExperimentStatus::Cancelled,
            "failed" => ExperimentStatus::Failed,
            _ => ExperimentStatus::Completed,
        })
    }
}

wire_object! {
    /// A score of a whole experiment, as clients write it.
    pub struct ExperimentScoreWrite {
        /// Required, not blank.
        pub name: Option<String> = wire::text,
        /// Required.
        #[schema(value_type = Option<f64>)]
        pub value: Option<Decimal> = wire::decimal,
    }
}

wire_object! {
    /// Names a prompt version.
    pub struct PromptVersionLink {
        /// The prompt version.
        pub id: Option<Uuid> = wire::optional,
        /// The same, as some clients spell it.
        pub prompt_version_id: Option<Uuid> = wire::optional,
    }
}

wire_object! {
    /// Body of an experiment create.
    pub struct ExperimentWrite {
        /// UUID of version 7; generated when absent. An id that exists changes nothing.
        pub id: Option<Uuid> = wire::optional,
        /// Dataset; required, created when missing.
        pub dataset_name: Option<String> = wire::text,
        /// Generated when blank.
        pub name: Option<String> = wire::text,
        /// Project, by id; wins over the name.
        pub project_id: Option<Uuid> = wire::optional,
        /// Project, by name; created when missing.
        pub project_name: Option<String> = wire::text,
        /// Any JSON, normally an object.
        pub metadata: Option<RawJson> = wire::json,
        /// At most 50 labels of at most 100 characters.
        pub tags: Option<Vec<String>> = wire::text_batch,
        /// `regular` when absent.
        pub r#type: Option<ExperimentType> = wire::optional,
        /// `dataset` when absent.
        pub evaluation_method: Option<EvaluationMethod> = wire::optional,
        /// Optimization that it is a trial of.
        pub optimization_id: Option<Uuid> = wire::optional,
        /// `completed` when absent.
        pub status: Option<ExperimentStatus> = wire::optional,
        /// Scores of the whole experiment.
        pub experiment_scores: Option<Vec<ExperimentScoreWrite>> = wire::list,
        /// Prompt versions that it used.
        pub prompt_versions: Option<Vec<PromptVersionLink>> = wire::list,
        /// The only prompt version that it used; older clients.
        pub prompt_version: Option<PromptVersionLink> = wire::optional,
        /// Version of the dataset; the latest when absent.
        pub dataset_version_id: Option<Uuid> = wire::optional,
    }
}

wire_object! {
    /// Body of an experiment update: absent fields keep the stored value.
    pub struct ExperimentUpdate {
        /// Not blank.
        pub name: Option<String> = wire::text,
        /// Replaces the whole metadata.
        pub metadata: Option<RawJson> = wire::json,
        /// Replaces all tags; an empty list clears them.
        pub tags: Option<Vec<String>> = wire::text_batch,
        /// Tags to add to the stored ones; `tags` is then ignored.
        pub tags_to_add: Option<Vec<String>> = wire::text_batch,
        /// Tags to take from the stored ones; `tags` is then ignored.
        pub tags_to_remove: Option<Vec<String>> = wire::text_batch,
        /// What the experiment is for.
        pub r#type: Option<ExperimentType> = wire::optional,
        /// How far it is.
        pub status: Option<ExperimentStatus> = wire::optional,
        /// Replaces all scores; an empty list clears them.
        pub experiment_scores: Option<Vec<ExperimentScoreWrite>> = wire::list,
    }
}

wire_object! {
    /// One update of many experiments.
    pub struct ExperimentBatchUpdate {
        /// 1 to 1000 ids; unknown ones are skipped.
        pub ids: Option<Vec<Uuid>> = wire::batch,
        /// What changes; required.
        pub update: Option<ExperimentUpdate> = wire::optional,
        /// Whether `tags` are added to the stored ones.
        pub merge_tags: Option<bool> = wire::optional,
    }
}

/// A prompt version that an experiment used. Both names of the id are on the wire: clients know one or the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExperimentPrompt {
    /// Prompt version.
    pub id: Uuid,
    /// Prompt version.
    pub prompt_version_id: Uuid,
    /// Its commit.
    pub commit: String,
    /// Its number, such as `v2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_number: Option<String>,
    /// The prompt.
    pub prompt_id: Uuid,
    /// Name of the prompt.
    pub prompt_name: String,
}

/// An experiment as read, with what its traces add up to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Experiment {
    /// UUID of version 7.
    pub id: Uuid,
    /// Name of the dataset; absent when it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset_name: Option<String>,
    /// Dataset.
    pub dataset_id: Uuid,
    /// Its own project, else that of its first trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<Uuid>,
    /// Name of that project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_name: Option<String>,
    /// Name.
    pub name: String,
    /// As it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<RawJson>,
    /// Labels; absent when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What it is for.
    pub r#type: ExperimentType,
    /// How it is judged.
    pub evaluation_method: EvaluationMethod,
    /// How far it is.
    pub status: ExperimentStatus,
    /// Optimization that it is a trial of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimization_id: Option<Uuid>,
    /// Distinct traces of its items.
    pub trace_count: u64,
    /// By name, the mean over the traces that have the score; absent when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub feedback_scores: Vec<NamedScore>,
    /// Scores of the whole experiment as written; absent when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub experiment_scores: Vec<NamedScore>,
    /// Comments on its traces; absent when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Comment>,
    /// Durations of its traces in milliseconds; zeros when none has ended.
    pub duration: Percentiles,
    /// Sum of the costs of its traces in US dollars; absent when it is not above 0.
    #[serde(
        serialize_with = "crate::decimal::serialize_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub total_estimated_cost: Option<Decimal>,
    /// The same for an item; absent when it is not above 0.
    #[serde(
        serialize_with = "crate::decimal::serialize_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub total_estimated_cost_avg: Option<Decimal>,
    /// Mean token usage by key over the items that have the key.
    #[schema(value_type = std::collections::BTreeMap<String, f64>)]
    pub usage: IndexMap<String, f64>,
    /// The first of `prompt_versions`; for older clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_version: Option<ExperimentPrompt>,
    /// Prompt versions that it used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prompt_versions: Vec<ExperimentPrompt>,
    /// Version of the dataset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset_version_id: Option<Uuid>,
    /// More about that version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset_version_summary: Option<DatasetVersionSummary>,
    /// Passing items divided by judged ones; of evaluation suites only, absent when no item was judged.
    #[serde(
        serialize_with = "crate::decimal::serialize_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub pass_rate: Option<Decimal>,
    /// Passing items; of evaluation suites only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed_count: Option<u64>,
    /// Items with an assertion; of evaluation suites only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_count: Option<u64>,
    /// By assertion, the share of the traces that passed it; of evaluation suites only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assertion_scores: Vec<NamedScore>,
    /// First write.
    pub created_at: Timestamp,
    /// Latest write.
    pub last_updated_at: Timestamp,
    /// User of the first write.
    pub created_by: String,
    /// User of the latest write.
    pub last_updated_by: String,
    /// When it stopped producing items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
}

wire_object! {
    /// An item of an experiment: one run of a dataset item.
    pub struct ExperimentItemWrite {
        /// UUID of version 7; generated when absent. An item of that id is replaced.
        pub id: Option<Uuid> = wire::optional,
        /// Required; may be created later.
        pub experiment_id: Option<Uuid> = wire::optional,
        /// Required; may be created later.
        pub dataset_item_id: Option<Uuid> = wire::optional,
        /// Required; may arrive later.
        pub trace_id: Option<Uuid> = wire::optional,
        /// Project, created when missing; that of the trace when absent.
        pub project_name: Option<String> = wire::text,
        /// Overrides the policy of the dataset item.
        pub execution_policy: Option<ExecutionPolicy> = wire::optional,
    }
}

wire_object! {
    /// Items of experiments.
    pub struct ExperimentItemBatch {
        /// 1 to 1000 items.
        pub experiment_items: Option<Vec<ExperimentItemWrite>> = wire::batch,
    }
}

/// An item of an experiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExperimentItem {
    /// UUID of version 7.
    pub id: Uuid,
    /// Experiment.
    pub experiment_id: Uuid,
    /// Dataset item.
    pub dataset_item_id: Uuid,
    /// Trace.
    pub trace_id: Uuid,
    /// The project that was named, else that of the trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<Uuid>,
    /// First write.
    pub created_at: Timestamp,
    /// Latest write.
    pub last_updated_at: Timestamp,
    /// User of the first write.
    pub created_by: String,
    /// User of the latest write.
    pub last_updated_by: String,
}

/// The verdict on one assertion about a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AssertionResult {
    /// The assertion.
    pub value: String,
    /// Whether all judges let it pass.
    pub passed: bool,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Whether a run passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// All assertions passed.
    Passed,
    /// Some assertion failed.
    Failed,
}

/// An item of an experiment with what its trace holds.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ExperimentItemDetails {
    /// The item.
    #[serde(flatten)]
    pub item: ExperimentItem,
    /// Input of the trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<RawJson>,
    /// Output of the trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<RawJson>,
    /// Metadata of the trace; only where runs are compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_metadata: Option<RawJson>,
    /// Scores of the trace, one element a name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub feedback_scores: Vec<FeedbackScore>,
    /// Comments on the trace.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Comment>,
    /// Cost of the trace in US dollars; absent when it is not above 0.
    #[serde(
        serialize_with = "crate::decimal::serialize_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub total_estimated_cost: Option<Decimal>,
    /// Milliseconds that the trace took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// Token usage summed over the spans of the trace.
    #[serde(skip_serializing_if = "Usage::is_empty")]
    #[schema(value_type = std::collections::BTreeMap<String, i64>)]
    pub usage: Usage,
    /// Whether lists show the trace; absent as long as it has not arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_visibility_mode: Option<VisibilityMode>,
    /// Description of the dataset item; only where runs are compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How often the item runs and how many runs must pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_policy: Option<ExecutionPolicy>,
    /// Verdicts on the assertions; absent when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assertion_results: Vec<AssertionResult>,
    /// Whether all assertions passed; absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<RunStatus>,
}

/// Where a score of an experiment comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExperimentScoreKind {
    /// Feedback scores of its traces.
    FeedbackScores,
    /// Scores of the whole experiment.
    ExperimentScores,
}

/// Name of a score of experiments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct ExperimentScoreName {
    /// Name.
    pub name: String,
    /// Where it comes from.
    pub r#type: ExperimentScoreKind,
}

/// Groups of experiments by the text of their value, in the order of the first experiment.
pub type ExperimentGroups = IndexMap<String, ExperimentGroup>;

/// A group of experiments.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct ExperimentGroup {
    /// What to show instead of the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What the experiments of the group add up to; absent when it was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggregations: Option<GroupAggregations>,
    /// Groups inside of it; empty in the innermost ones.
    #[schema(value_type = std::collections::BTreeMap<String, ExperimentGroup>, no_recursion)]
    pub groups: ExperimentGroups,
}

/// What the experiments of a group add up to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct GroupAggregations {
    /// Experiments.
    pub experiment_count: u64,
    /// Sum of their traces.
    pub trace_count: u64,
    /// Sum of their costs.
    #[serde(serialize_with = "crate::decimal::serialize")]
    #[schema(value_type = f64)]
    pub total_estimated_cost: Decimal,
    /// Mean of their costs per item.
    #[serde(serialize_with = "crate::decimal::serialize")]
    #[schema(value_type = f64)]
    pub total_estimated_cost_avg: Decimal,
    /// Means of their percentiles; absent when none has items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<DecimalPercentiles>,
    /// Mean of each score over the experiments that have it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub feedback_scores: Vec<NamedScore>,
    /// Mean of each score over the experiments that have it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub experiment_scores: Vec<NamedScore>,
    /// Mean pass rate over the experiments that have one.
    #[serde(
        serialize_with = "crate::decimal::serialize_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub pass_rate_avg: Option<Decimal>,
    /// Sum of their passing items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed_count_sum: Option<u64>,
    /// Sum of their judged items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_count_sum: Option<u64>,
}

/// Percentiles as exact decimals, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct DecimalPercentiles {
    /// Median.
    #[serde(serialize_with = "crate::decimal::serialize")]
    #[schema(value_type = f64)]
    pub p50: Decimal,
    /// 90th percentile.
    #[serde(serialize_with = "crate::decimal::serialize")]
    #[schema(value_type = f64)]
    pub p90: Decimal,
    /// 99th percentile.
    #[serde(serialize_with = "crate::decimal::serialize")]
    #[schema(value_type = f64)]
    pub p99: Decimal,
}

/// What a verdict is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum AssertedEntity {
    /// A trace.
    Trace,
    /// A span.
    Span,
    /// A thread, which takes no verdicts.
    Thread,
}

wire_object! {
    /// A verdict on an assertion.
    pub struct AssertionItem {
        /// What it is about; UUID of version 7; required. It may arrive later.
        pub entity_id: Option<Uuid> = wire::optional,
        /// Project while the entity is unknown; `Default Project` when absent.
        pub project_name: Option<String> = wire::text,
        /// The assertion; required, not blank.
        pub name: Option<String> = wire::text,
        /// Required.
        pub status: Option<RunVerdict> = wire::optional,
        /// Why.
        pub reason: Option<String> = wire::text,
        /// Who judged; required.
        pub source: Option<crate::ScoreSource> = wire::optional,
    }
}

/// Whether an assertion holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunVerdict {
    /// It does.
    Passed,
    /// It does not.
    Failed,
}

wire_object! {
    /// Verdicts on assertions.
    pub struct AssertionBatch {
        /// What they are about; required.
        pub entity_type: Option<AssertedEntity> = wire::optional,
        /// 1 to 1000 verdicts.
        pub assertion_results: Option<Vec<AssertionItem>> = wire::batch,
    }
}

wire_object! {
    /// Which experiments to stream.
    pub struct ExperimentStreamRequest {
        /// Part of the name, in any case; required.
        pub name: Option<String> = wire::text,
        /// 1 to 2000, by default 500.
        pub limit: Option<i64> = wire::optional,
        /// Only experiments with a lower id.
        pub last_retrieved_id: Option<Uuid> = wire::optional,
        /// Only experiments of this project.
        pub project_name: Option<String> = wire::text,
    }
}

wire_object! {
    /// Which items of experiments to stream.
    pub struct ExperimentItemStreamRequest {
        /// The name, or part of it in any case when no experiment has exactly that name; required.
        pub experiment_name: Option<String> = wire::text,
        /// 1 to 2000, by default 500.
        pub limit: Option<i64> = wire::optional,
        /// Only items with a lower id.
        pub last_retrieved_id: Option<Uuid> = wire::optional,
        /// Whether payloads are cut to their first bytes.
        pub truncate: Option<bool> = wire::optional,
        /// Only experiments of this project.
        pub project_name: Option<String> = wire::text,
    }
}

wire_object! {
    /// A run with everything that belongs to it.
    pub struct ExperimentRunWrite {
        /// Required; may be created later.
        pub dataset_item_id: Option<Uuid> = wire::optional,
        /// What the task answered: a trace with this output is made. Excludes `trace`.
        pub evaluate_task_result: Option<RawJson> = wire::json,
        /// The trace of the run.
        pub trace: Option<TraceWrite> = wire::optional,
        /// At most 100 spans of the trace.
        pub spans: Option<Vec<SpanWrite>> = wire::batch,
        /// At most 100 scores of the trace.
        pub feedback_scores: Option<Vec<ScoreWrite>> = wire::batch,
    }
}

wire_object! {
    /// Runs to record in one go.
    pub struct ExperimentRunBatch {
        /// Name for a new experiment; required.
        pub experiment_name: Option<String> = wire::text,
        /// Dataset; required, created when missing.
        pub dataset_name: Option<String> = wire::text,
        /// Experiment to add to; created when missing, new when absent.
        pub experiment_id: Option<Uuid> = wire::optional,
        /// Project; created when missing.
        pub project_name: Option<String> = wire::text,
        /// 1 to 1000 runs.
        pub items: Option<Vec<ExperimentRunWrite>> = wire::batch,
    }
}
