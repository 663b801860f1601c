//! Traces: one run of an application, made of spans.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Comment, FeedbackScore, GuardrailValidation, RawJson, Timestamp, Usage, wire, wire_object};

/// Which part of the platform wrote a trace or span. Absent on the wire means unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// An SDK or an exporter.
    Sdk,
    /// An experiment run.
    Experiment,
    /// The playground of the web UI.
    Playground,
    /// An optimization run.
    Optimization,
    /// An online evaluation rule.
    Evaluator,
}

impl Source {
    /// All sources with their wire names.
    pub const ALL: [(Source, &'static str); 5] = [
        (Source::Sdk, "sdk"),
        (Source::Experiment, "experiment"),
        (Source::Playground, "playground"),
        (Source::Optimization, "optimization"),
        (Source::Evaluator, "evaluator"),
    ];

    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Sdk => "sdk",
            Source::Experiment => "experiment",
            Source::Playground => "playground",
            Source::Optimization => "optimization",
            Source::Evaluator => "evaluator",
        }
    }

    /// The source of that exact wire name.
    pub fn from_name(name: &str) -> Option<Source> {
        Source::ALL
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(source, _)| *source)
    }
}

/// Whether a trace is shown in lists. Everything that clients create is `default`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VisibilityMode {
    /// Shown.
    Default,
    /// Left out of lists.
    Hidden,
}

wire_object! {
    /// An error that ended a trace or span.
    #[derive(Eq, Serialize)]
    pub struct ErrorInfo {
        /// Class of the exception, such as `ValueError`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub exception_type: Option<String> = wire::text,
        /// What the exception said.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub message: Option<String> = wire::text,
        /// The stack as text.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub traceback: Option<String> = wire::text,
    }
}

wire_object! {
    /// Body of a trace create. Only `start_time` is required.
    pub struct TraceWrite {
        /// UUID of version 7; generated when absent.
        pub id: Option<Uuid> = wire::optional,
        /// Project, created when missing; blank or absent means `Default Project`.
        pub project_name: Option<String> = wire::text,
        /// Name of the run.
        pub name: Option<String> = wire::text,
        /// When it began.
        pub start_time: Option<Timestamp> = wire::optional,
        /// When it ended; absent while it runs.
        pub end_time: Option<Timestamp> = wire::optional,
        /// Any JSON.
        pub input: Option<RawJson> = wire::json,
        /// Any JSON.
        pub output: Option<RawJson> = wire::json,
        /// Any JSON, normally an object.
        pub metadata: Option<RawJson> = wire::json,
        /// Set of labels.
        pub tags: Option<Vec<String>> = wire::non_blank_list,
        /// The error that ended it.
        pub error_info: Option<ErrorInfo> = wire::optional,
        /// Conversation that it belongs to.
        pub thread_id: Option<String> = wire::text,
        /// Time to first token, milliseconds, at least 0.
        pub ttft: Option<f64> = wire::double,
        /// Who wrote it.
        pub source: Option<Source> = wire::optional,
        /// Deployment name, at most 150 characters.
        pub environment: Option<String> = wire::text,
        /// The client's clock at the time of writing: the newest write of an id wins.
        pub last_updated_at: Option<Timestamp> = wire::optional,
    }
}

wire_object! {
    /// Body of a trace update: absent or null fields (and blank text) keep the stored value.
    pub struct TraceUpdate {
        /// Project of the trace, by name.
        pub project_name: Option<String> = wire::text,
        /// Project of the trace, by id; wins over the name.
        pub project_id: Option<Uuid> = wire::optional,
        /// Name of the run.
        pub name: Option<String> = wire::text,
        /// When it ended.
        pub end_time: Option<Timestamp> = wire::optional,
        /// Replaces the whole input.
        pub input: Option<RawJson> = wire::json,
        /// Replaces the whole output.
        pub output: Option<RawJson> = wire::json,
        /// Replaces the whole metadata.
        pub metadata: Option<RawJson> = wire::json,
        /// Replaces all tags; an empty list clears them.
        pub tags: Option<Vec<String>> = wire::text_batch,
        /// Tags to add to the stored ones; `tags` is then ignored.
        pub tags_to_add: Option<Vec<String>> = wire::text_batch,
        /// Tags to take from the stored ones; `tags` is then ignored.
        pub tags_to_remove: Option<Vec<String>> = wire::text_batch,
        /// The error that ended it.
        pub error_info: Option<ErrorInfo> = wire::optional,
        /// Conversation that it belongs to.
        pub thread_id: Option<String> = wire::text,
        /// Time to first token, milliseconds.
        pub ttft: Option<f64> = wire::double,
        /// Who wrote it.
        pub source: Option<Source> = wire::optional,
        /// Deployment name.
        pub environment: Option<String> = wire::text,
    }
}

/// A trace as read. Fields that a view excludes are absent; counters are then 0.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Trace {
    /// UUID of version 7.
    pub id: Uuid,
    /// Project of the trace.
    pub project_id: Uuid,
    /// Name of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it began; the epoch as long as only updates have arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Timestamp>,
    /// Any JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<RawJson>,
    /// Any JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<RawJson>,
    /// Any JSON; `providers` is its first key when spans name a provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<RawJson>,
    /// Labels; absent when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The error that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_info: Option<ErrorInfo>,
    /// Token usage summed over the spans.
    #[serde(skip_serializing_if = "Usage::is_empty")]
    #[schema(value_type = std::collections::BTreeMap<String, i64>)]
    pub usage: Usage,
    /// First write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Latest write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_at: Option<Timestamp>,
    /// User of the first write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// User of the latest write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_by: Option<String>,
    /// Scores of the trace itself, one element a name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub feedback_scores: Vec<FeedbackScore>,
    /// Scores of all spans of the trace, one element a name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub span_feedback_scores: Vec<FeedbackScore>,
    /// Comments by ascending id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Comment>,
    /// Guardrail results grouped by span.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub guardrails_validations: Vec<GuardrailValidation>,
    /// Cost in US dollars summed over the spans; absent when it is not above 0.
    #[serde(
        serialize_with = "crate::decimal::serialize_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub total_estimated_cost: Option<Decimal>,
    /// Number of spans.
    pub span_count: u64,
    /// Number of spans of type `llm`.
    pub llm_span_count: u64,
    /// Whether any span is of type `tool`.
    pub has_tool_spans: bool,
    /// Milliseconds from start to end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// Time to first token, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttft: Option<f64>,
    /// Conversation that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    /// Whether lists show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility_mode: Option<VisibilityMode>,
    /// Providers of the spans, sorted.
    pub providers: Vec<String>,
    /// The experiment that the trace is an item of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub experiment: Option<ExperimentRef>,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Deployment name, empty when unset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Annotation queues that hold the trace.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub annotation_queues: Vec<AnnotationQueueRef>,
}

/// Link from a trace to the experiment that it is an item of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExperimentRef {
    /// Experiment.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The dataset that it ran over.
    pub dataset_id: Uuid,
    /// The item of that dataset.
    pub dataset_item_id: Uuid,
}

/// Link from a trace or thread to an annotation queue that holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AnnotationQueueRef {
    /// Annotation queue.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// Milliseconds from start to end in whole microseconds; absent for open and for partial rows.
pub(crate) fn duration_millis(start: Timestamp, end: Option<Timestamp>) -> Option<f64> {
    let end = end?;
    if start.is_epoch() {
        return None;
    }
    Some((end.as_nanos().saturating_sub(start.as_nanos()) / 1_000) as f64 / 1_000.0)
}

impl Trace {
    /// Milliseconds from start to end in whole microseconds; absent when the end is missing or the row is partial
    /// (its start is the epoch).
    pub fn duration_between(start: Timestamp, end: Option<Timestamp>) -> Option<f64> {
        duration_millis(start, end)
    }
}
