//! Fields of experiments, of the view that compares their items, and of optimizations.

use super::{
    COMPLETION_TOKENS, FieldSpec, PROMPT_TOKENS, SCORES, TOTAL_TOKENS, USAGE_MAP, both, by_key, filter_only, sort_only,
};
use crate::field::{Field, FieldType};

const METADATA: FieldSpec = filter_only(
    "metadata",
    Field::Metadata,
    FieldType::Dictionary,
    "value inside the metadata; the key is its path",
);
const DATASET_ID: FieldSpec = filter_only("dataset_id", Field::DatasetId, FieldType::String, "dataset");
const PROJECT_ID: FieldSpec = filter_only("project_id", Field::ProjectId, FieldType::String, "project");

pub(super) static EXPERIMENT: &[FieldSpec] = &[
    sort_only("id", Field::Id, FieldType::StringExact, "id"),
    sort_only("name", Field::Name, FieldType::String, "name"),
    sort_only("created_at", Field::CreatedAt, FieldType::DateTime, "creation"),
    sort_only(
        "last_updated_at",
        Field::LastUpdatedAt,
        FieldType::DateTime,
        "last update",
    ),
    sort_only("created_by", Field::CreatedBy, FieldType::String, "creator"),
    sort_only(
        "last_updated_by",
        Field::LastUpdatedBy,
        FieldType::String,
        "author of the last update",
    ),
    both("tags", Field::Tags, FieldType::List, "tags"),
    sort_only("trace_count", Field::TraceCount, FieldType::Number, "number of traces"),
    sort_only(
        "total_estimated_cost",
        Field::TotalEstimatedCost,
        FieldType::Number,
        "cost in US dollars over all traces",
    ),
    sort_only(
        "total_estimated_cost_avg",
        Field::TotalEstimatedCostAvg,
        FieldType::Number,
        "mean cost of a trace in US dollars",
    ),
    SCORES,
    by_key(
        "experiment_scores.*",
        both(
            "experiment_scores",
            Field::ExperimentScores,
            FieldType::FeedbackScoresNumber,
            "score of the whole experiment; the key is its name",
        ),
    ),
    by_key(
        "duration.*",
        sort_only(
            "duration",
            Field::DurationQuantile,
            FieldType::Number,
            "quantile of the durations in milliseconds: `p50`, `p90` or `p99`",
        ),
    ),
    sort_only(
        "pass_rate",
        Field::PassRate,
        FieldType::Number,
        "share of items that passed",
    ),
    METADATA,
    DATASET_ID,
    PROJECT_ID,
    filter_only(
        "prompt_ids",
        Field::PromptIds,
        FieldType::List,
        "prompts whose versions the experiment used",
    ),
];

/// Names that are not here reach into JSON when the filter says of which type the value is.
pub(super) static EXPERIMENT_ITEM: &[FieldSpec] = &[
    both("id", Field::Id, FieldType::StringExact, "dataset item"),
    sort_only(
        "description",
        Field::Description,
        FieldType::String,
        "description of the dataset item",
    ),
    sort_only("tags", Field::Tags, FieldType::List, "tags of the dataset item"),
    both("created_at", Field::CreatedAt, FieldType::DateTime, "creation"),
    both(
        "last_updated_at",
        Field::LastUpdatedAt,
        FieldType::DateTime,
        "last update",
    ),
    both("created_by", Field::CreatedBy, FieldType::String, "creator"),
    both(
        "last_updated_by",
        Field::LastUpdatedBy,
        FieldType::String,
        "author of the last update",
    ),
    both(
        "duration",
        Field::Duration,
        FieldType::Number,
        "milliseconds between start and end of the trace",
    ),
    SCORES,
    by_key(
        "data.*",
        sort_only("data", Field::Data, FieldType::Dictionary, "column of the dataset item"),
    ),
    by_key(
        "output.*",
        both(
            "output",
            Field::Output,
            FieldType::String,
            "output of the trace as compact JSON text",
        ),
    ),
    by_key(
        "input.*",
        sort_only(
            "input",
            Field::Input,
            FieldType::Dictionary,
            "value inside the input of the trace",
        ),
    ),
    by_key(
        "metadata.*",
        sort_only(
            "metadata",
            Field::Metadata,
            FieldType::Dictionary,
            "value inside the metadata of the trace",
        ),
    ),
    sort_only("comments", Field::Comments, FieldType::String, "comments on the trace"),
    both(
        "total_estimated_cost",
        Field::TotalEstimatedCost,
        FieldType::Number,
        "cost of the trace in US dollars",
    ),
    USAGE_MAP,
    COMPLETION_TOKENS,
    PROMPT_TOKENS,
    TOTAL_TOKENS,
    filter_only("source", Field::Source, FieldType::String, "origin of the dataset item"),
    filter_only(
        "trace_id",
        Field::TraceId,
        FieldType::String,
        "trace that the dataset item was made from",
    ),
    filter_only(
        "span_id",
        Field::SpanId,
        FieldType::String,
        "span that the dataset item was made from",
    ),
];

pub(super) static OPTIMIZATION: &[FieldSpec] = &[
    METADATA,
    DATASET_ID,
    PROJECT_ID,
    filter_only("status", Field::Status, FieldType::Enum, "status"),
];
