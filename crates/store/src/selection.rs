//! Which rows a read is about, and which of their fields it wants.

use ferropik_model::Timestamp;
use ferropik_query::{Filter, Sort, TextSearch};
use uuid::Uuid;

/// Rows of one project.
#[derive(Debug, Clone)]
pub struct Selection {
    /// The project.
    pub project: Uuid,
    /// All conditions must hold.
    pub filter: Filter,
    /// Text that any searchable field must contain.
    pub search: Option<TextSearch>,
    /// Earliest time part of the id (inclusive, in milliseconds).
    pub from: Option<Timestamp>,
    /// Latest time part of the id (inclusive, in milliseconds).
    pub to: Option<Timestamp>,
    /// Only items of this annotation queue; scores and comments are then limited to those given in it.
    pub annotation_queue: Option<Uuid>,
}

impl Selection {
    /// All rows of a project.
    pub fn all(project: Uuid) -> Selection {
        Selection {
            project,
            filter: Filter::default(),
            search: None,
            from: None,
            to: None,
            annotation_queue: None,
        }
    }
}

/// Which page of a selection, and in which order.
#[derive(Debug, Clone)]
pub struct List {
    /// From 1.
    pub page: u64,
    /// At least 1.
    pub size: u64,
    /// Order; `None` is the default order of the entity.
    pub sort: Option<Sort>,
    /// Which fields.
    pub view: View,
}

/// A piece of a selection in descending id order, for streams.
#[derive(Debug, Clone)]
pub struct Scan {
    /// Only ids below this one.
    pub before: Option<Uuid>,
    /// How many rows at most.
    pub limit: usize,
    /// The piece also ends when its payloads exceed about this many bytes (it holds at least one row).
    pub max_bytes: usize,
    /// Which fields.
    pub view: View,
}

/// One page of rows and how many rows match in all.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    /// The rows of the page.
    pub rows: Vec<T>,
    /// Number of matching rows on all pages.
    pub total: u64,
}

/// Which fields of a row are wanted, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct View {
    /// Whether `input` and `output` are cut to their first bytes, see
    /// [`ferropik_model::json::TRUNCATION_LIMIT`].
    pub truncate: bool,
    /// Fields that are left out.
    pub exclude: ExcludedFields,
}

/// A field that a view can leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ViewField {
    /// `name`
    Name,
    /// `type`
    Type,
    /// `start_time`
    StartTime,
    /// `end_time`
    EndTime,
    /// `input`
    Input,
    /// `output`
    Output,
    /// `metadata`
    Metadata,
    /// `model`
    Model,
    /// `provider`
    Provider,
    /// `tags`
    Tags,
    /// `error_info`
    ErrorInfo,
    /// `usage`
    Usage,
    /// `created_at`
    CreatedAt,
    /// `created_by`
    CreatedBy,
    /// `last_updated_by`
    LastUpdatedBy,
    /// `feedback_scores` (of a trace: also those of its spans)
    FeedbackScores,
    /// `span_feedback_scores`
    SpanFeedbackScores,
    /// `comments`
    Comments,
    /// `guardrails_validations`
    GuardrailsValidations,
    /// `total_estimated_cost`
    TotalEstimatedCost,
    /// `total_estimated_cost_version`
    TotalEstimatedCostVersion,
    /// `span_count`
    SpanCount,
    /// `llm_span_count`
    LlmSpanCount,
    /// `has_tool_spans`
    HasToolSpans,
    /// `duration`
    Duration,
    /// `ttft`
    Ttft,
    /// `thread_id`
    ThreadId,
    /// `visibility_mode`
    VisibilityMode,
    /// `providers`: accepted, but still returned
    Providers,
    /// `experiment`
    Experiment,
    /// `source`
    Source,
    /// `environment`
    Environment,
    /// `annotation_queues`
    AnnotationQueues,
}

impl ViewField {
    /// Wire names of the fields that a list of traces can leave out.
    pub const OF_TRACES: &'static [(&'static str, ViewField)] = &[
        ("name", ViewField::Name),
        ("start_time", ViewField::StartTime),
        ("end_time", ViewField::EndTime),
        ("input", ViewField::Input),
        ("output", ViewField::Output),
        ("metadata", ViewField::Metadata),
        ("tags", ViewField::Tags),
        ("error_info", ViewField::ErrorInfo),
        ("usage", ViewField::Usage),
        ("created_at", ViewField::CreatedAt),
        ("created_by", ViewField::CreatedBy),
        ("last_updated_by", ViewField::LastUpdatedBy),
        ("feedback_scores", ViewField::FeedbackScores),
        ("span_feedback_scores", ViewField::SpanFeedbackScores),
        ("comments", ViewField::Comments),
        ("guardrails_validations", ViewField::GuardrailsValidations),
        ("total_estimated_cost", ViewField::TotalEstimatedCost),
        ("span_count", ViewField::SpanCount),
        ("llm_span_count", ViewField::LlmSpanCount),
        ("has_tool_spans", ViewField::HasToolSpans),
        ("duration", ViewField::Duration),
        ("ttft", ViewField::Ttft),
        ("thread_id", ViewField::ThreadId),
        ("visibility_mode", ViewField::VisibilityMode),
        ("providers", ViewField::Providers),
        ("experiment", ViewField::Experiment),
        ("source", ViewField::Source),
        ("environment", ViewField::Environment),
        ("annotation_queues", ViewField::AnnotationQueues),
    ];

    /// Wire names of the fields that a list of spans can leave out.
    pub const OF_SPANS: &'static [(&'static str, ViewField)] = &[
        ("name", ViewField::Name),
        ("type", ViewField::Type),
        ("start_time", ViewField::StartTime),
        ("end_time", ViewField::EndTime),
        ("input", ViewField::Input),
        ("output", ViewField::Output),
        ("metadata", ViewField::Metadata),
        ("model", ViewField::Model),
        ("provider", ViewField::Provider),
        ("tags", ViewField::Tags),
        ("usage", ViewField::Usage),
        ("error_info", ViewField::ErrorInfo),
        ("created_at", ViewField::CreatedAt),
        ("created_by", ViewField::CreatedBy),
        ("last_updated_by", ViewField::LastUpdatedBy),
        ("feedback_scores", ViewField::FeedbackScores),
        ("comments", ViewField::Comments),
        ("total_estimated_cost", ViewField::TotalEstimatedCost),
        ("total_estimated_cost_version", ViewField::TotalEstimatedCostVersion),
        ("duration", ViewField::Duration),
        ("ttft", ViewField::Ttft),
        ("source", ViewField::Source),
        ("environment", ViewField::Environment),
    ];
}

/// A set of [`ViewField`]s.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExcludedFields(u64);

impl ExcludedFields {
    /// Nothing is left out.
    pub const NONE: ExcludedFields = ExcludedFields(0);

    /// The set with one more field.
    #[must_use]
    pub fn with(self, field: ViewField) -> ExcludedFields {
        ExcludedFields(self.0 | (1 << field as u8))
    }

    /// Whether the field is left out.
    pub fn contains(self, field: ViewField) -> bool {
        self.0 & (1 << field as u8) != 0
    }
}
