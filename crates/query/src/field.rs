//! Entities, their semantic fields and the types that decide which operators a field takes.

use std::fmt;

use crate::operator::{Operator, TextMode};

/// What is filtered, sorted or searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entity {
    /// Traces.
    Trace,
    /// Spans.
    Span,
    /// Threads: the traces of one conversation.
    Thread,
    /// Datasets.
    Dataset,
    /// Items of a dataset.
    DatasetItem,
    /// Experiments.
    Experiment,
    /// Rows of the view that compares experiments: a dataset item with an experiment item and its trace. Filters also
    /// take names outside the field table that reach into JSON, see [`crate::RawFilter::type_name`].
    ExperimentItem,
    /// Optimizations.
    Optimization,
    /// Prompts.
    Prompt,
    /// Versions of a prompt.
    PromptVersion,
    /// Annotation queues.
    AnnotationQueue,
    /// Dashboards.
    Dashboard,
}

impl Entity {
    /// All entities.
    pub const ALL: [Entity; 12] = [
        Entity::Trace,
        Entity::Span,
        Entity::Thread,
        Entity::Dataset,
        Entity::DatasetItem,
        Entity::Experiment,
        Entity::ExperimentItem,
        Entity::Optimization,
        Entity::Prompt,
        Entity::PromptVersion,
        Entity::AnnotationQueue,
        Entity::Dashboard,
    ];

    /// The name in lower case, words separated by spaces.
    pub const fn as_str(self) -> &'static str {
        match self {
            Entity::Trace => "trace",
            Entity::Span => "span",
            Entity::Thread => "thread",
            Entity::Dataset => "dataset",
            Entity::DatasetItem => "dataset item",
            Entity::Experiment => "experiment",
            Entity::ExperimentItem => "experiment item",
            Entity::Optimization => "optimization",
            Entity::Prompt => "prompt",
            Entity::PromptVersion => "prompt version",
            Entity::AnnotationQueue => "annotation queue",
            Entity::Dashboard => "dashboard",
        }
    }
}

/// A semantic field, independent of the entity and of the name that clients use.
///
/// Several client names may lead to one field: `input` tests the JSON text of [`Field::Input`] as a whole,
/// `input_json` a value inside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// Id as lower-case text with hyphens; of a thread, the `thread_id` text that clients chose; of an experiment item,
    /// the id of its dataset item.
    Id,
    /// UUID of a thread's stored record.
    ThreadModelId,
    /// Trace that a span belongs to. Of a thread (as a list): the ids of its traces. Of a dataset item: the trace that
    /// it was made from.
    TraceId,
    /// Span that a dataset item was made from.
    SpanId,
    /// Parent of a span.
    ParentSpanId,
    /// Thread of a trace.
    ThreadId,
    /// Id of the experiment that a trace is an item of. Sorting is by the experiment's name.
    ExperimentId,
    /// Experiments that a trace is linked to (list).
    ExperimentIds,
    /// Name.
    Name,
    /// Description.
    Description,
    /// Type of a span, dataset, prompt version or dashboard.
    Type,
    /// Input, compact JSON text. Of a thread (as a list): the inputs of its traces.
    Input,
    /// Output, compact JSON text. Of a thread (as a list): the outputs of its traces.
    Output,
    /// Metadata, compact JSON text.
    Metadata,
    /// First message of a thread, compact JSON text.
    FirstMessage,
    /// Last message of a thread, compact JSON text.
    LastMessage,
    /// Columns of a dataset item, compact JSON text of an object.
    Data,
    /// Tags (list). Of datasets, prompts and prompt versions as text: the JSON text of the list.
    Tags,
    /// Error details, compact JSON text; missing or empty when there was no error.
    ErrorInfo,
    /// Exception type inside the error details.
    ErrorType,
    /// `passed` or `failed` over all guardrail checks; missing when there were none.
    Guardrails,
    /// Model of a span.
    Model,
    /// Provider of a span.
    Provider,
    /// Start.
    StartTime,
    /// End.
    EndTime,
    /// Creation.
    CreatedAt,
    /// Last update.
    LastUpdatedAt,
    /// Creation of a dataset's newest experiment.
    LastCreatedExperimentAt,
    /// Creation of a dataset's newest optimization.
    LastCreatedOptimizationAt,
    /// Creator.
    CreatedBy,
    /// Author of the last update.
    LastUpdatedBy,
    /// Milliseconds between start and end.
    Duration,
    /// Quantile of an experiment's durations in milliseconds, under the keys `p50`, `p90` and `p99`.
    DurationQuantile,
    /// Milliseconds to the first token.
    Ttft,
    /// Cost in US dollars.
    TotalEstimatedCost,
    /// Mean cost of an experiment's traces in US dollars.
    TotalEstimatedCostAvg,
    /// Share of an experiment's items that passed.
    PassRate,
    /// Number of traces of an experiment.
    TraceCount,
    /// Number of spans.
    SpanCount,
    /// Number of spans of type `llm`.
    LlmSpanCount,
    /// Number of messages in a thread.
    NumberOfMessages,
    /// Number of versions of a prompt.
    VersionCount,
    /// Token usage under one key.
    Usage(UsageKey),
    /// Feedback scores of the entity itself, one aggregated value per name.
    FeedbackScores,
    /// Feedback scores of all spans of a trace, one aggregated value per name.
    SpanFeedbackScores,
    /// Scores of a whole experiment, one value per name.
    ExperimentScores,
    /// Comments on a trace, as one text; only in sorting.
    Comments,
    /// Annotation queues that hold the entity (list of ids).
    AnnotationQueueIds,
    /// `default` or `hidden`.
    VisibilityMode,
    /// Environment; empty when unset. Of a thread: the shown one as text, those of its traces as a list.
    Environment,
    /// Origin; missing, empty or `unknown` when the client named none. Of a thread (as a list): those of its traces.
    Source,
    /// Status of a thread (`active` or `inactive`) or of an optimization.
    Status,
    /// Dataset of an experiment or optimization.
    DatasetId,
    /// Project.
    ProjectId,
    /// Prompts whose versions an experiment used (list of ids).
    PromptIds,
    /// Structure of a prompt's template.
    TemplateStructure,
    /// Template of a prompt version.
    Template,
    /// Commit of a prompt version.
    Commit,
    /// What a prompt version changes.
    ChangeDescription,
    /// Number of a prompt version with its `v`.
    VersionNumber,
    /// Scope of an annotation queue or dashboard.
    Scope,
    /// Instructions of an annotation queue.
    Instructions,
    /// Feedback definitions that an annotation queue offers (list of names).
    FeedbackDefinitionNames,
    /// Stands in the field tables for the client name `custom`, which parsing replaces by the field that its key
    /// names. Never occurs in a condition.
    Custom,
}

impl Field {
    /// Whether the field's text is JSON.
    pub const fn is_json(self) -> bool {
        matches!(
            self,
            Field::Input
                | Field::Output
                | Field::Metadata
                | Field::Data
                | Field::FirstMessage
                | Field::LastMessage
                | Field::ErrorInfo
        )
    }

    /// Whether number tests treat a missing value as zero. Otherwise it matches nothing.
    pub const fn missing_is_zero(self) -> bool {
        !matches!(self, Field::Ttft)
    }

    /// How case-insensitive text tests read the field.
    pub(crate) const fn folding_mode(self) -> TextMode {
        if self.is_json() {
            TextMode::Json
        } else {
            TextMode::Insensitive
        }
    }
}

/// A key of the usage map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UsageKey {
    /// `completion_tokens`
    CompletionTokens,
    /// `prompt_tokens`
    PromptTokens,
    /// `total_tokens`
    TotalTokens,
    /// Any other key; only in sorting, where [`crate::Sort::key`] names it.
    Other,
}

impl UsageKey {
    /// The key that clients use, `None` for [`UsageKey::Other`].
    pub const fn name(self) -> Option<&'static str> {
        match self {
            UsageKey::CompletionTokens => Some("completion_tokens"),
            UsageKey::PromptTokens => Some("prompt_tokens"),
            UsageKey::TotalTokens => Some("total_tokens"),
            UsageKey::Other => None,
        }
    }

    /// The key of that name.
    pub fn from_name(name: &str) -> UsageKey {
        [
            UsageKey::CompletionTokens,
            UsageKey::PromptTokens,
            UsageKey::TotalTokens,
        ]
        .into_iter()
        .find(|key| key.name() == Some(name))
        .unwrap_or(UsageKey::Other)
    }
}

/// The type of a filter field: it decides the operators and how the value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// Text, case-insensitive.
    String,
    /// Text, case-sensitive.
    StringExact,
    /// Instant.
    DateTime,
    /// Decimal number.
    Number,
    /// List of texts.
    List,
    /// Text of a record of management, case-insensitive; without an order.
    StringState,
    /// Instant of a record of management.
    DateTimeState,
    /// Value at a path inside JSON of a record of management.
    DictionaryState,
    /// Text of one property of a JSON object.
    Map,
    /// Value at a path inside JSON.
    Dictionary,
    /// Aggregated feedback score of one name.
    FeedbackScoresNumber,
    /// Error details, present or not.
    ErrorContainer,
    /// One of a few words.
    Enum,
    /// The origin of a row, where unknown counts as `sdk`.
    EnumLegacy,
    /// Membership of a list of ids.
    StringList,
    /// The key names the real field.
    Custom,
}

impl FieldType {
    /// The name in error messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            FieldType::String => "STRING",
            FieldType::StringExact => "STRING_EXACT",
            FieldType::DateTime => "DATE_TIME",
            FieldType::Number => "NUMBER",
            FieldType::List => "LIST",
            FieldType::Dictionary => "DICTIONARY",
            FieldType::StringState => "STRING_STATE_DB",
            FieldType::DateTimeState => "DATE_TIME_STATE_DB",
            FieldType::DictionaryState => "DICTIONARY_STATE_DB",
            FieldType::Map => "MAP",
            FieldType::FeedbackScoresNumber => "FEEDBACK_SCORES_NUMBER",
            FieldType::ErrorContainer => "ERROR_CONTAINER",
            FieldType::Enum => "ENUM",
            FieldType::EnumLegacy => "ENUM_LEGACY",
            FieldType::StringList => "STRING_LIST",
            FieldType::Custom => "CUSTOM",
        }
    }

    /// The operators that the type takes.
    pub const fn operators(self) -> &'static [Operator] {
        use Operator::{
            Contains, EndsWith, Equal, Greater, GreaterEqual, In, IsEmpty, IsNotEmpty, Less, LessEqual, NotContains,
            NotEqual, NotIn, StartsWith,
        };
        match self {
            FieldType::String | FieldType::StringExact => &[
                Contains,
                NotContains,
                StartsWith,
                EndsWith,
                Equal,
                NotEqual,
                Greater,
                Less,
            ],
            FieldType::StringState | FieldType::Map => &[Equal, NotEqual, Contains, NotContains, StartsWith, EndsWith],
            FieldType::DateTime | FieldType::DateTimeState | FieldType::Number => {
                &[Equal, NotEqual, Greater, GreaterEqual, Less, LessEqual]
            }
            FieldType::List => &[Contains, NotContains, Equal, NotEqual, IsEmpty, IsNotEmpty],
            // A custom filter takes what its target takes, which is checked once the key is resolved.
            FieldType::Dictionary | FieldType::DictionaryState | FieldType::Custom => &[
                Contains,
                NotContains,
                StartsWith,
                EndsWith,
                Equal,
                NotEqual,
                Greater,
                GreaterEqual,
                Less,
                LessEqual,
                IsEmpty,
                IsNotEmpty,
            ],
            FieldType::FeedbackScoresNumber => &[
                Equal,
                NotEqual,
                Greater,
                GreaterEqual,
                Less,
                LessEqual,
                IsEmpty,
                IsNotEmpty,
            ],
            FieldType::ErrorContainer => &[IsEmpty, IsNotEmpty],
            FieldType::Enum => &[Equal, NotEqual, In, NotIn, IsEmpty, IsNotEmpty],
            FieldType::EnumLegacy => &[Equal, NotEqual],
            FieldType::StringList => &[In, NotIn],
        }
    }

    /// Whether a condition of this type needs a key.
    pub const fn needs_key(self) -> bool {
        matches!(
            self,
            FieldType::Map
                | FieldType::Dictionary
                | FieldType::DictionaryState
                | FieldType::FeedbackScoresNumber
                | FieldType::Custom
        )
    }

    /// Whether values of this type are URL-decoded once more when they come from a client.
    pub(crate) const fn is_url_decoded(self) -> bool {
        !matches!(
            self,
            FieldType::String
                | FieldType::StringExact
                | FieldType::StringState
                | FieldType::StringList
                | FieldType::Enum
        )
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
