//! The table of fields per entity: names, types, sortability. Declared once, used by parsing, sorting and the docs.

use crate::field::{Entity, Field, FieldType, UsageKey};

/// How a field takes part in sorting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKind {
    /// Not sortable.
    No,
    /// Sortable under its name.
    Plain,
    /// A map: sortable under `<name>.<key>`, listed as `<name>.*`.
    ByKey,
}

/// One field of an entity.
#[derive(Debug, Clone, Copy)]
pub struct FieldSpec {
    /// The name that clients use.
    pub name: &'static str,
    /// What it means.
    pub field: Field,
    /// The type, for filters.
    pub kind: FieldType,
    /// Whether filters know the name.
    pub filterable: bool,
    /// Whether and how sorting knows the name.
    pub sort: SortKind,
    /// The record has several values of this field, and a filter holds when it holds for one of them.
    pub any_of: bool,
    /// One line for the documentation.
    pub summary: &'static str,
}

impl FieldSpec {
    /// Whether the field can be sorted by.
    pub const fn sortable(&self) -> bool {
        !matches!(self.sort, SortKind::No)
    }
}

/// Filter and sort.
const fn both(name: &'static str, field: Field, kind: FieldType, summary: &'static str) -> FieldSpec {
    FieldSpec {
        name,
        field,
        kind,
        filterable: true,
        sort: SortKind::Plain,
        any_of: false,
        summary,
    }
}

const fn filter_only(name: &'static str, field: Field, kind: FieldType, summary: &'static str) -> FieldSpec {
    FieldSpec {
        name,
        field,
        kind,
        filterable: true,
        sort: SortKind::No,
        any_of: false,
        summary,
    }
}

const fn sort_only(name: &'static str, field: Field, kind: FieldType, summary: &'static str) -> FieldSpec {
    FieldSpec {
        name,
        field,
        kind,
        filterable: false,
        sort: SortKind::Plain,
        any_of: false,
        summary,
    }
}

/// Filter on the values that a thread's traces have.
const fn of_traces(spec: FieldSpec) -> FieldSpec {
    FieldSpec { any_of: true, ..spec }
}

const USAGE_MAP: FieldSpec = FieldSpec {
    name: "usage",
    field: Field::Usage(UsageKey::Other),
    kind: FieldType::Number,
    filterable: false,
    sort: SortKind::ByKey,
    any_of: false,
    summary: "token usage under any key",
};

const SCORES: FieldSpec = FieldSpec {
    name: "feedback_scores",
    field: Field::FeedbackScores,
    kind: FieldType::FeedbackScoresNumber,
    filterable: true,
    sort: SortKind::ByKey,
    any_of: false,
    summary: "aggregated feedback score; the key is its name",
};

const COMPLETION_TOKENS: FieldSpec = filter_only(
    "usage.completion_tokens",
    Field::Usage(UsageKey::CompletionTokens),
    FieldType::Number,
    "completion tokens",
);
const PROMPT_TOKENS: FieldSpec = filter_only(
    "usage.prompt_tokens",
    Field::Usage(UsageKey::PromptTokens),
    FieldType::Number,
    "prompt tokens",
);
const TOTAL_TOKENS: FieldSpec = filter_only(
    "usage.total_tokens",
    Field::Usage(UsageKey::TotalTokens),
    FieldType::Number,
    "all tokens",
);
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

// The order of the sortable fields is the order in which list responses name them.

static TRACE: &[FieldSpec] = &[
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

static SPAN: &[FieldSpec] = &[
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

static THREAD: &[FieldSpec] = &[
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

/// All fields of an entity.
pub fn fields(entity: Entity) -> &'static [FieldSpec] {
    match entity {
        Entity::Trace => TRACE,
        Entity::Span => SPAN,
        Entity::Thread => THREAD,
    }
}

/// The filterable field of that name.
pub fn field_spec(entity: Entity, name: &str) -> Option<&'static FieldSpec> {
    fields(entity).iter().find(|spec| spec.filterable && spec.name == name)
}

/// The names that a list response reports as sortable, in its order; maps as `<name>.*`.
pub fn sortable_names(entity: Entity) -> Vec<&'static str> {
    fields(entity)
        .iter()
        .filter_map(|spec| match (spec.sort, spec.field) {
            (SortKind::No, _) => None,
            (SortKind::Plain, _) => Some(spec.name),
            (SortKind::ByKey, Field::Usage(_)) => Some("usage.*"),
            (SortKind::ByKey, _) => Some("feedback_scores.*"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn joined(entity: Entity) -> String {
        sortable_names(entity).join(", ")
    }

    #[test]
    fn sortable_names_are_exact() {
        assert_eq!(
            joined(Entity::Trace),
            "id, name, input, output, start_time, end_time, duration, ttft, metadata, thread_id, span_count, \
             llm_span_count, usage.*, total_estimated_cost, tags, error_info, created_by, feedback_scores.*, \
             experiment_id, environment"
        );
        assert_eq!(
            joined(Entity::Span),
            "id, name, type, trace_id, parent_span_id, input, output, metadata, start_time, end_time, duration, ttft, \
             usage.*, tags, created_at, last_updated_at, model, provider, total_estimated_cost, error_info, created_by, \
             feedback_scores.*, environment"
        );
        assert_eq!(
            joined(Entity::Thread),
            "id, start_time, end_time, duration, number_of_messages, last_updated_at, created_by, created_at, usage.*, \
             total_estimated_cost, feedback_scores.*, status, tags, environment"
        );
    }

    #[test]
    fn names_are_unique() {
        for entity in Entity::ALL {
            let names: HashSet<_> = fields(entity).iter().map(|spec| spec.name).collect();
            assert_eq!(names.len(), fields(entity).len());
        }
    }

    #[test]
    fn filterable_names_are_complete() {
        let count = |entity| fields(entity).iter().filter(|spec| spec.filterable).count();
        assert_eq!(count(Entity::Trace), 32);
        assert_eq!(count(Entity::Span), 28);
        assert_eq!(count(Entity::Thread), 15);
        assert!(field_spec(Entity::Trace, "span_count").is_none());
        assert!(field_spec(Entity::Thread, "usage.total_tokens").is_none());
        assert!(field_spec(Entity::Thread, "input").is_none());
    }
}
