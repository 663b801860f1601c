//! Fields of prompts and their versions.

use super::{FieldSpec, both, filter_only};
use crate::field::{Field, FieldType};

const ID: FieldSpec = both("id", Field::Id, FieldType::StringState, "id");
const TAGS: FieldSpec = both("tags", Field::Tags, FieldType::StringState, "tags as JSON text");
const CREATED_AT: FieldSpec = both("created_at", Field::CreatedAt, FieldType::DateTimeState, "creation");
const CREATED_BY: FieldSpec = both("created_by", Field::CreatedBy, FieldType::StringState, "creator");

pub(super) static PROMPT: &[FieldSpec] = &[
    ID,
    both("name", Field::Name, FieldType::StringState, "name"),
    both("description", Field::Description, FieldType::StringState, "description"),
    CREATED_AT,
    both(
        "last_updated_at",
        Field::LastUpdatedAt,
        FieldType::DateTimeState,
        "last update",
    ),
    CREATED_BY,
    both(
        "last_updated_by",
        Field::LastUpdatedBy,
        FieldType::StringState,
        "author of the last update",
    ),
    both(
        "version_count",
        Field::VersionCount,
        FieldType::Number,
        "number of versions",
    ),
    TAGS,
    filter_only(
        "template_structure",
        Field::TemplateStructure,
        FieldType::StringState,
        "`text` or `chat`",
    ),
];

pub(super) static PROMPT_VERSION: &[FieldSpec] = &[
    ID,
    both("commit", Field::Commit, FieldType::StringState, "commit"),
    both("template", Field::Template, FieldType::StringState, "template"),
    both(
        "change_description",
        Field::ChangeDescription,
        FieldType::StringState,
        "what the version changes",
    ),
    both("type", Field::Type, FieldType::Enum, "`mustache` or `jinja2`"),
    TAGS,
    CREATED_AT,
    CREATED_BY,
    filter_only(
        "version_number",
        Field::VersionNumber,
        FieldType::StringState,
        "number of the version, as in `v3`",
    ),
    filter_only(
        "metadata",
        Field::Metadata,
        FieldType::DictionaryState,
        "value inside the metadata; the key is its path",
    ),
];
