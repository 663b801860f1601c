//! Fields of traces, spans and threads.

use super::{
    COMPLETION_TOKENS, FieldSpec, PROMPT_TOKENS, SCORES, TOTAL_TOKENS, USAGE_MAP, both, filter_only, of_traces,
    sort_only,
};
use crate::field::{Field, FieldType};

const INPUT_JSON: FieldSpec = filter_only(
    "input_json",
    Field::Input,
    FieldType::Dictionary,
    "value inside the input; the key is its path",
);
const OUTPUT_JSON: FieldSpec = filter_only(
    "output_json",
    Field::Output,
    FieldType::Dictionary,
    "value inside the output; the key is its path",
);
const ERROR_TYPE: FieldSpec = filter_only(
    "error_type",
    Field::ErrorType,
    FieldType::String,
    "exception type of the error",
);
const SOURCE: FieldSpec = filter_only(
    "source",
    Field::Source,
    FieldType::EnumLegacy,
    "origin; unknown counts as `sdk`",
);
const CUSTOM: FieldSpec = filter_only(
    "custom",
    Field::Custom,
    FieldType::Custom,
    "the key starts with `input`, `output` or `metadata`; alone it is the whole text, with a path a value inside",
);
const QUEUES: FieldSpec = filter_only(
    "annotation_queue_ids",
    Field::AnnotationQueueIds,
    FieldType::List,
    "annotation queues that hold it",
);

pub(super) static TRACE: &[FieldSpec] = &[
    both("id", Field::Id, FieldType::StringExact, "id"),
    both("name", Field::Name, FieldType::String, "name"),
    both("input", Field::Input, FieldType::String, "input as compact JSON text"),
    both(
        "output",
        Field::Output,
        FieldType::String,
        "output as compact JSON text",
    ),
    both("start_time", Field::StartTime, FieldType::DateTime, "start"),
    both("end_time", Field::EndTime, FieldType::DateTime, "end"),
    both(
        "duration",
        Field::Duration,
        FieldType::Number,
        "milliseconds between start and end; 0 while open",
    ),
    both(
        "ttft",
        Field::Ttft,
        FieldType::Number,
        "milliseconds to the first token",
    ),
    both(
        "metadata",
        Field::Metadata,
        FieldType::Dictionary,
        "value inside the metadata; the key is its path",
    ),
    both("thread_id", Field::ThreadId, FieldType::StringExact, "thread"),
    sort_only("span_count", Field::SpanCount, FieldType::Number, "number of spans"),
    both(
        "llm_span_count",
        Field::LlmSpanCount,
        FieldType::Number,
        "number of spans of type `llm`",
    ),
    USAGE_MAP,
    COMPLETION_TOKENS,
    PROMPT_TOKENS,
    TOTAL_TOKENS,
    both(
        "total_estimated_cost",
        Field::TotalEstimatedCost,
        FieldType::Number,
        "cost in US dollars over all spans",
    ),
    both("tags", Field::Tags, FieldType::List, "tags"),
    both(
        "error_info",
        Field::ErrorInfo,
        FieldType::ErrorContainer,
        "error details",
    ),
    sort_only("created_by", Field::CreatedBy, FieldType::String, "creator"),
    SCORES,
    both(
        "experiment_id",
        Field::ExperimentId,
        FieldType::StringExact,
        "experiment; sorts by the experiment's name",
    ),
    both("environment", Field::Environment, FieldType::Enum, "environment"),
    INPUT_JSON,
    OUTPUT_JSON,
    filter_only(
        "created_at",
        Field::CreatedAt,
        FieldType::DateTime,
        "creation of the stored record",
    ),
    filter_only(
        "last_updated_at",
        Field::LastUpdatedAt,
        FieldType::DateTime,
        "last update",
    ),
    filter_only(
        "guardrails",
        Field::Guardrails,
        FieldType::String,
        "`passed` or `failed` over all guardrail checks",
    ),
    ERROR_TYPE,
    QUEUES,
    filter_only(
        "span_feedback_scores",
        Field::SpanFeedbackScores,
        FieldType::FeedbackScoresNumber,
        "aggregated feedback score over the spans; the key is its name",
    ),
    filter_only(
        "visibility_mode",
        Field::VisibilityMode,
        FieldType::Enum,
        "`default` or `hidden`",
    ),
    SOURCE,
    filter_only(
        "experiment_ids",
        Field::ExperimentIds,
        FieldType::StringList,
        "experiments",
    ),
    CUSTOM,
];

pub(super) static SPAN: &[FieldSpec] = &[
    both("id", Field::Id, FieldType::StringExact, "id"),
    both("name", Field::Name, FieldType::String, "name"),
    both(
        "type",
        Field::Type,
        FieldType::Enum,
        "`general`, `tool`, `llm` or `guardrail`",
    ),
    both(
        "trace_id",
        Field::TraceId,
        FieldType::StringExact,
        "trace that the span belongs to",
    ),
    sort_only(
        "parent_span_id",
        Field::ParentSpanId,
        FieldType::StringExact,
        "parent span",
    ),
    both("input", Field::Input, FieldType::String, "input as compact JSON text"),
    both(
        "output",
        Field::Output,
        FieldType::String,
        "output as compact JSON text",
    ),
    both(
        "metadata",
        Field::Metadata,
        FieldType::Dictionary,
        "value inside the metadata; the key is its path",
    ),
    both("start_time", Field::StartTime, FieldType::DateTime, "start"),
    both("end_time", Field::EndTime, FieldType::DateTime, "end"),
    both(
        "duration",
        Field::Duration,
        FieldType::Number,
        "milliseconds between start and end; 0 while open",
    ),
    both(
        "ttft",
        Field::Ttft,
        FieldType::Number,
        "milliseconds to the first token",
    ),
    USAGE_MAP,
    COMPLETION_TOKENS,
    PROMPT_TOKENS,
    TOTAL_TOKENS,
    both("tags", Field::Tags, FieldType::List, "tags"),
    both(
        "created_at",
        Field::CreatedAt,
        FieldType::DateTime,
        "creation of the stored record",
    ),
    both(
        "last_updated_at",
        Field::LastUpdatedAt,
        FieldType::DateTime,
        "last update",
    ),
    both("model", Field::Model, FieldType::String, "model"),
    both("provider", Field::Provider, FieldType::String, "provider"),
    both(
        "total_estimated_cost",
        Field::TotalEstimatedCost,
        FieldType::Number,
        "cost in US dollars",
    ),
    both(
        "error_info",
        Field::ErrorInfo,
        FieldType::ErrorContainer,
        "error details",
    ),
    sort_only("created_by", Field::CreatedBy, FieldType::String, "creator"),
    SCORES,
    both("environment", Field::Environment, FieldType::Enum, "environment"),
    INPUT_JSON,
    OUTPUT_JSON,
    ERROR_TYPE,
    SOURCE,
    CUSTOM,
];

pub(super) static THREAD: &[FieldSpec] = &[
    both(
        "id",
        Field::Id,
        FieldType::StringExact,
        "the thread id that clients chose",
    ),
    both(
        "start_time",
        Field::StartTime,
        FieldType::DateTime,
        "start of the first trace",
    ),
    both("end_time", Field::EndTime, FieldType::DateTime, "end of the last trace"),
    both(
        "duration",
        Field::Duration,
        FieldType::Number,
        "milliseconds between start and end; 0 while open",
    ),
    both(
        "number_of_messages",
        Field::NumberOfMessages,
        FieldType::Number,
        "number of messages",
    ),
    both(
        "last_updated_at",
        Field::LastUpdatedAt,
        FieldType::DateTime,
        "last update",
    ),
    sort_only("created_by", Field::CreatedBy, FieldType::String, "creator"),
    both(
        "created_at",
        Field::CreatedAt,
        FieldType::DateTime,
        "creation of the stored record",
    ),
    USAGE_MAP,
    sort_only(
        "total_estimated_cost",
        Field::TotalEstimatedCost,
        FieldType::Number,
        "cost in US dollars",
    ),
    SCORES,
    both("status", Field::Status, FieldType::Enum, "`active` or `inactive`"),
    both("tags", Field::Tags, FieldType::List, "tags"),
    of_traces(both(
        "environment",
        Field::Environment,
        FieldType::Enum,
        "environment; filters hold when they hold for one of the traces",
    )),
    filter_only(
        "first_message",
        Field::FirstMessage,
        FieldType::String,
        "first input as compact JSON text",
    ),
    filter_only(
        "last_message",
        Field::LastMessage,
        FieldType::String,
        "last output as compact JSON text",
    ),
    QUEUES,
    of_traces(filter_only(
        "source",
        Field::Source,
        FieldType::EnumLegacy,
        "origin of one of the traces; unknown counts as `sdk`",
    )),
];
