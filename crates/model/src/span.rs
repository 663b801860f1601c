//! Spans: the steps of a trace.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Comment, ErrorInfo, FeedbackScore, RawJson, Source, Timestamp, Usage, wire, wire_object};

/// What a span does. Read in any case. Absent on the wire means unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpanType {
    /// Anything that is none of the others.
    General,
    /// A tool call.
    Tool,
    /// A call of a language model.
    Llm,
    /// A guardrail check.
    Guardrail,
}

impl SpanType {
    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            SpanType::General => "general",
            SpanType::Tool => "tool",
            SpanType::Llm => "llm",
            SpanType::Guardrail => "guardrail",
        }
    }

    /// The type of that name, in any case.
    pub fn from_name(name: &str) -> Option<SpanType> {
        [SpanType::General, SpanType::Tool, SpanType::Llm, SpanType::Guardrail]
            .into_iter()
            .find(|span_type| span_type.as_str().eq_ignore_ascii_case(name))
    }
}

impl<'de> Deserialize<'de> for SpanType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(deserializer)?;
        SpanType::from_name(&name).ok_or_else(|| {
            serde::de::Error::custom(format_args!(
                "Cannot deserialize value of type `SpanType` from String \"{name}\": not one of [general, tool, llm, guardrail]"
            ))
        })
    }
}

wire_object! {
    /// Body of a span create. `trace_id` and `start_time` are required.
    pub struct SpanWrite {
        /// UUID of version 7; generated when absent.
        pub id: Option<Uuid> = wire::optional,
        /// Project, created when missing; blank or absent means `Default Project`.
        pub project_name: Option<String> = wire::text,
        /// Trace of the span; may be written later.
        pub trace_id: Option<Uuid> = wire::optional,
        /// Enclosing span; absent for root spans.
        pub parent_span_id: Option<Uuid> = wire::optional,
        /// Name of the step.
        pub name: Option<String> = wire::text,
        /// What the span does.
        pub r#type: Option<SpanType> = wire::optional,
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
        /// Model that was called.
        pub model: Option<String> = wire::text,
        /// Who serves the model.
        pub provider: Option<String> = wire::text,
        /// Set of labels.
        pub tags: Option<Vec<String>> = wire::non_blank_list,
        /// Token usage.
        #[schema(value_type = Option<std::collections::BTreeMap<String, i64>>)]
        pub usage: Option<Usage> = wire::usage,
        /// The error that ended it.
        pub error_info: Option<ErrorInfo> = wire::optional,
        /// Cost in US dollars, at least 0; computed from model, provider and usage when absent.
        #[schema(value_type = Option<f64>)]
        pub total_estimated_cost: Option<Decimal> = wire::decimal,
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
    /// Body of a span update: absent or null fields (and blank text) keep the stored value. `trace_id` is required.
    pub struct SpanUpdate {
        /// Project of the span, by name.
        pub project_name: Option<String> = wire::text,
        /// Project of the span, by id; wins over the name.
        pub project_id: Option<Uuid> = wire::optional,
        /// Trace of the span; must be the stored one.
        pub trace_id: Option<Uuid> = wire::optional,
        /// Enclosing span; must be the stored one, absent for root spans.
        pub parent_span_id: Option<Uuid> = wire::optional,
        /// Name of the step.
        pub name: Option<String> = wire::text,
        /// What the span does.
        pub r#type: Option<SpanType> = wire::optional,
        /// When it ended.
        pub end_time: Option<Timestamp> = wire::optional,
        /// Replaces the whole input.
        pub input: Option<RawJson> = wire::json,
        /// Replaces the whole output.
        pub output: Option<RawJson> = wire::json,
        /// Replaces the whole metadata.
        pub metadata: Option<RawJson> = wire::json,
        /// Model that was called.
        pub model: Option<String> = wire::text,
        /// Who serves the model.
        pub provider: Option<String> = wire::text,
        /// Replaces all tags; an empty list clears them.
        pub tags: Option<Vec<String>> = wire::text_batch,
        /// Tags to add to the stored ones; `tags` is then ignored.
        pub tags_to_add: Option<Vec<String>> = wire::text_batch,
        /// Tags to take from the stored ones; `tags` is then ignored.
        pub tags_to_remove: Option<Vec<String>> = wire::text_batch,
        /// Replaces the usage; an empty object clears it.
        #[schema(value_type = Option<std::collections::BTreeMap<String, i64>>)]
        pub usage: Option<Usage> = wire::usage,
        /// Cost in US dollars; sets it by hand, 0 removes it.
        #[schema(value_type = Option<f64>)]
        pub total_estimated_cost: Option<Decimal> = wire::decimal,
        /// The error that ended it.
        pub error_info: Option<ErrorInfo> = wire::optional,
        /// Time to first token, milliseconds.
        pub ttft: Option<f64> = wire::double,
        /// Who wrote it.
        pub source: Option<Source> = wire::optional,
        /// Deployment name.
        pub environment: Option<String> = wire::text,
    }
}

/// A span as read. Fields that a view excludes are absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Span {
    /// UUID of version 7.
    pub id: Uuid,
    /// Name of the project; only on a read by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_name: Option<String>,
    /// Project of the span.
    pub project_id: Uuid,
    /// Trace of the span.
    pub trace_id: Uuid,
    /// Enclosing span; absent for root spans.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_span_id: Option<Uuid>,
    /// Name of the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the span does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<SpanType>,
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
    /// Any JSON; `provider` is its first key when the span names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<RawJson>,
    /// Model that was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Who serves the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Labels; absent when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Token usage.
    #[serde(skip_serializing_if = "Usage::is_empty")]
    #[schema(value_type = std::collections::BTreeMap<String, i64>)]
    pub usage: Usage,
    /// The error that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_info: Option<ErrorInfo>,
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
    /// Scores of the span, one element a name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub feedback_scores: Vec<FeedbackScore>,
    /// Comments by ascending id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Comment>,
    /// Cost in US dollars; absent when it is not above 0.
    #[serde(
        serialize_with = "crate::decimal::serialize_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub total_estimated_cost: Option<Decimal>,
    /// `1.1` when the server computed the cost; absent when a client supplied it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_estimated_cost_version: Option<String>,
    /// Milliseconds from start to end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// Time to first token, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttft: Option<f64>,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Deployment name, empty when unset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
}
