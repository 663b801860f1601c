//! The table of fields per entity: names, types, sortability. Declared once, used by parsing, sorting and the docs.
//!
//! The order of the sortable fields is the order in which list responses name them.

mod datasets;
mod experiments;
mod management;
mod prompts;
mod tracing;

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
    /// The name that list responses report as sortable, of a map `<name>.*`. Means nothing when the field is not.
    pub sortable_as: &'static str,
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
        sortable_as: name,
        any_of: false,
        summary,
    }
}

const fn filter_only(name: &'static str, field: Field, kind: FieldType, summary: &'static str) -> FieldSpec {
    FieldSpec {
        sort: SortKind::No,
        ..both(name, field, kind, summary)
    }
}

const fn sort_only(name: &'static str, field: Field, kind: FieldType, summary: &'static str) -> FieldSpec {
    FieldSpec {
        filterable: false,
        ..both(name, field, kind, summary)
    }
}

/// Sort by the keys of a map; `listed` is `<name>.*`.
const fn by_key(listed: &'static str, spec: FieldSpec) -> FieldSpec {
    FieldSpec {
        sort: SortKind::ByKey,
        sortable_as: listed,
        ..spec
    }
}

/// Filter on the values that a thread's traces have.
const fn of_traces(spec: FieldSpec) -> FieldSpec {
    FieldSpec { any_of: true, ..spec }
}

const USAGE_MAP: FieldSpec = by_key(
    "usage.*",
    sort_only(
        "usage",
        Field::Usage(UsageKey::Other),
        FieldType::Number,
        "token usage under any key",
    ),
);

const SCORES: FieldSpec = by_key(
    "feedback_scores.*",
    both(
        "feedback_scores",
        Field::FeedbackScores,
        FieldType::FeedbackScoresNumber,
        "aggregated feedback score; the key is its name",
    ),
);

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

/// All fields of an entity.
pub fn fields(entity: Entity) -> &'static [FieldSpec] {
    match entity {
        Entity::Trace => tracing::TRACE,
        Entity::Span => tracing::SPAN,
        Entity::Thread => tracing::THREAD,
        Entity::Dataset => datasets::DATASET,
        Entity::DatasetItem => datasets::DATASET_ITEM,
        Entity::Experiment => experiments::EXPERIMENT,
        Entity::ExperimentItem => experiments::EXPERIMENT_ITEM,
        Entity::Optimization => experiments::OPTIMIZATION,
        Entity::Prompt => prompts::PROMPT,
        Entity::PromptVersion => prompts::PROMPT_VERSION,
        Entity::AnnotationQueue => management::ANNOTATION_QUEUE,
        Entity::Dashboard => management::DASHBOARD,
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
        .filter(|spec| spec.sortable())
        .map(|spec| spec.sortable_as)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn sortable_names_are_exact() {
        for (entity, expected) in [
            (
                Entity::Trace,
                "id, name, input, output, start_time, end_time, duration, ttft, metadata, thread_id, span_count, \
                 llm_span_count, usage.*, total_estimated_cost, tags, error_info, created_by, feedback_scores.*, \
                 experiment_id, environment",
            ),
            (
                Entity::Span,
                "id, name, type, trace_id, parent_span_id, input, output, metadata, start_time, end_time, duration, \
                 ttft, usage.*, tags, created_at, last_updated_at, model, provider, total_estimated_cost, \
                 error_info, created_by, feedback_scores.*, environment",
            ),
            (
                Entity::Thread,
                "id, start_time, end_time, duration, number_of_messages, last_updated_at, created_by, created_at, \
                 usage.*, total_estimated_cost, feedback_scores.*, status, tags, environment",
            ),
            (
                Entity::Dataset,
                "id, name, description, tags, created_at, last_updated_at, created_by, last_updated_by, \
                 last_created_experiment_at, last_created_optimization_at",
            ),
            (Entity::DatasetItem, ""),
            (
                Entity::Experiment,
                "id, name, created_at, last_updated_at, created_by, last_updated_by, tags, trace_count, \
                 total_estimated_cost, total_estimated_cost_avg, feedback_scores.*, experiment_scores.*, duration.*, \
                 pass_rate",
            ),
            (
                Entity::ExperimentItem,
                "id, description, tags, created_at, last_updated_at, created_by, last_updated_by, duration, \
                 feedback_scores.*, data.*, output.*, input.*, metadata.*, comments, total_estimated_cost, usage.*",
            ),
            (Entity::Optimization, ""),
            (
                Entity::Prompt,
                "id, name, description, created_at, last_updated_at, created_by, last_updated_by, version_count, tags",
            ),
            (
                Entity::PromptVersion,
                "id, commit, template, change_description, type, tags, created_at, created_by",
            ),
            (
                Entity::AnnotationQueue,
                "id, project_id, name, description, instructions, created_at, last_updated_at, created_by, \
                 last_updated_by",
            ),
            (
                Entity::Dashboard,
                "id, name, description, type, created_at, last_updated_at, created_by, last_updated_by",
            ),
        ] {
            assert_eq!(sortable_names(entity).join(", "), expected, "{entity:?}");
        }
    }

    #[test]
    fn listed_names_follow_from_names() {
        for entity in Entity::ALL {
            for spec in fields(entity).iter().filter(|spec| spec.sortable()) {
                let suffix = if spec.sort == SortKind::ByKey { ".*" } else { "" };
                assert_eq!(spec.sortable_as, format!("{}{suffix}", spec.name));
            }
        }
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
        for (entity, count) in [
            (Entity::Trace, 32),
            (Entity::Span, 28),
            (Entity::Thread, 15),
            (Entity::Dataset, 11),
            (Entity::DatasetItem, 11),
            (Entity::Experiment, 7),
            (Entity::ExperimentItem, 15),
            (Entity::Optimization, 4),
            (Entity::Prompt, 10),
            (Entity::PromptVersion, 10),
            (Entity::AnnotationQueue, 11),
            (Entity::Dashboard, 9),
        ] {
            let filterable = fields(entity).iter().filter(|spec| spec.filterable);
            assert_eq!(filterable.count(), count, "{entity:?}");
        }
        assert!(field_spec(Entity::Trace, "span_count").is_none());
        assert!(field_spec(Entity::Thread, "usage.total_tokens").is_none());
        assert!(field_spec(Entity::Thread, "input").is_none());
        assert!(field_spec(Entity::ExperimentItem, "data").is_none());
    }
}
