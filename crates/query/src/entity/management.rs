//! Fields of annotation queues and dashboards.

use super::{FieldSpec, both, filter_only};
use crate::field::{Field, FieldType};

pub(super) static ANNOTATION_QUEUE: &[FieldSpec] = &[
    both("id", Field::Id, FieldType::StringExact, "id"),
    both("project_id", Field::ProjectId, FieldType::StringExact, "project"),
    both("name", Field::Name, FieldType::String, "name"),
    both("description", Field::Description, FieldType::String, "description"),
    both(
        "instructions",
        Field::Instructions,
        FieldType::String,
        "instructions for the people who annotate",
    ),
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
    filter_only("scope", Field::Scope, FieldType::Enum, "`trace` or `thread`"),
    filter_only(
        "feedback_definition_names",
        Field::FeedbackDefinitionNames,
        FieldType::List,
        "feedback definitions that are offered",
    ),
];

pub(super) static DASHBOARD: &[FieldSpec] = &[
    both("id", Field::Id, FieldType::StringState, "id"),
    both("name", Field::Name, FieldType::StringState, "name"),
    both("description", Field::Description, FieldType::StringState, "description"),
    both("type", Field::Type, FieldType::Enum, "type"),
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
    filter_only("scope", Field::Scope, FieldType::Enum, "scope"),
];
