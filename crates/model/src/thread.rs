//! Threads: conversations, made of the traces that carry one `thread_id`.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{AnnotationQueueRef, Comment, FeedbackScore, RawJson, Timestamp, Usage, wire, wire_object};

/// Whether a conversation goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThreadStatus {
    /// Traces may follow.
    #[default]
    Active,
    /// Closed by a client or after the time-out.
    Inactive,
}

impl ThreadStatus {
    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            ThreadStatus::Active => "active",
            ThreadStatus::Inactive => "inactive",
        }
    }
}

wire_object! {
    /// Body of a thread update.
    pub struct ThreadUpdate {
        /// Replaces all tags; an empty list clears them.
        pub tags: Option<Vec<String>> = wire::text_batch,
        /// Tags to add to the stored ones; `tags` is then ignored.
        pub tags_to_add: Option<Vec<String>> = wire::text_batch,
        /// Tags to take from the stored ones; `tags` is then ignored.
        pub tags_to_remove: Option<Vec<String>> = wire::text_batch,
    }
}

/// A thread as read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Thread {
    /// The text that its traces carry as `thread_id`.
    pub id: String,
    /// Project of the thread.
    pub project_id: Uuid,
    /// UUID of version 7 of the stored record.
    pub thread_model_id: Uuid,
    /// Earliest start of its traces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Timestamp>,
    /// Latest end of its traces; absent when none has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Timestamp>,
    /// Milliseconds from start to end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// Input of the trace that started first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_message: Option<RawJson>,
    /// Output of the trace that ended last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message: Option<RawJson>,
    /// Scores of the thread itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub feedback_scores: Vec<FeedbackScore>,
    /// Whether it goes on.
    pub status: ThreadStatus,
    /// Twice the number of traces.
    pub number_of_messages: u64,
    /// Cost in US dollars over all spans; absent when it is not above 0.
    #[serde(
        serialize_with = "crate::decimal::serialize_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub total_estimated_cost: Option<Decimal>,
    /// Token usage over all spans.
    #[serde(skip_serializing_if = "Usage::is_empty")]
    #[schema(value_type = std::collections::BTreeMap<String, i64>)]
    pub usage: Usage,
    /// Labels of the thread itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Comments on the thread itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Comment>,
    /// Deployment name of its traces, empty when unset.
    pub environment: String,
    /// First write of the record.
    pub created_at: Option<Timestamp>,
    /// User of the first write.
    pub created_by: Option<String>,
    /// Latest write of the record.
    pub last_updated_at: Option<Timestamp>,
    /// User of the latest write.
    pub last_updated_by: Option<String>,
    /// Annotation queues that hold the thread.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub annotation_queues: Vec<AnnotationQueueRef>,
}
