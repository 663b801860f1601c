//! Fields of datasets and dataset items.

use super::{FieldSpec, both, filter_only};
use crate::field::{Field, FieldType};

pub(super) static DATASET: &[FieldSpec] = &[
    both("id", Field::Id, FieldType::StringState, "id"),
    both("name", Field::Name, FieldType::StringState, "name"),
    both("description", Field::Description, FieldType::StringState, "description"),
    both("tags", Field::Tags, FieldType::StringState, "tags as JSON text"),
    both("created_at", Field::CreatedAt, FieldType::DateTimeState, "creation"),
    both(
        "last_updated_at",
        Field::LastUpdatedAt,
        FieldType::DateTimeState,
        "last update",
    ),
    both("created_by", Field::CreatedBy, FieldType::StringState, "creator"),
    both(
        "last_updated_by",
        Field::LastUpdatedBy,
        FieldType::StringState,
        "author of the last update",
    ),
    both(
        "last_created_experiment_at",
        Field::LastCreatedExperimentAt,
        FieldType::DateTimeState,
        "creation of the newest experiment",
    ),
    both(
        "last_created_optimization_at",
        Field::LastCreatedOptimizationAt,
        FieldType::DateTimeState,
        "creation of the newest optimization",
    ),
    filter_only("type", Field::Type, FieldType::Enum, "type"),
];

pub(super) static DATASET_ITEM: &[FieldSpec] = &[
    filter_only("id", Field::Id, FieldType::StringExact, "id"),
    filter_only(
        "data",
        Field::Data,
        FieldType::Map,
        "text of one column; the key is its exact name",
    ),
    filter_only(
        "full_data",
        Field::Data,
        FieldType::String,
        "all columns as compact JSON text",
    ),
    filter_only("source", Field::Source, FieldType::String, "origin"),
    filter_only(
        "trace_id",
        Field::TraceId,
        FieldType::String,
        "trace that the item was made from",
    ),
    filter_only(
        "span_id",
        Field::SpanId,
        FieldType::String,
        "span that the item was made from",
    ),
    filter_only("created_at", Field::CreatedAt, FieldType::DateTime, "creation"),
    filter_only(
        "last_updated_at",
        Field::LastUpdatedAt,
        FieldType::DateTime,
        "last update",
    ),
    filter_only("created_by", Field::CreatedBy, FieldType::String, "creator"),
    filter_only(
        "last_updated_by",
        Field::LastUpdatedBy,
        FieldType::String,
        "author of the last update",
    ),
    filter_only("tags", Field::Tags, FieldType::List, "tags"),
];
