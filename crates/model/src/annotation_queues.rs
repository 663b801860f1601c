//! Annotation queues: traces or threads that people are asked to look at and to score.

use indexmap::IndexMap;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{NamedScore, RawJson, Timestamp, wire, wire_object};

/// What the items of a queue are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueueScope {
    /// Traces.
    Trace,
    /// Threads, by the ids of their records.
    Thread,
}

/// How a condition of a queue compares a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum ScoreComparison {
    /// Above the value.
    #[serde(rename = ">")]
    Above,
    /// Below the value.
    #[serde(rename = "<")]
    Below,
    /// The value.
    #[serde(rename = "=")]
    Equal,
}

/// A condition on the aggregated score of one name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QueueCondition {
    /// Name of the score.
    pub score_name: String,
    /// How it compares.
    pub operator: ScoreComparison,
    /// The value that it is compared with.
    #[serde(
        serialize_with = "crate::decimal::serialize",
        deserialize_with = "crate::decimal::deserialize"
    )]
    #[schema(value_type = f64)]
    pub value: Decimal,
}

/// Conditions that all have to hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QueueConditionGroup {
    /// The conditions; a group without any never holds.
    #[serde(default, deserialize_with = "wire::list_or_empty")]
    pub conditions: Vec<QueueCondition>,
}

/// Groups of conditions, of which one has to hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QueueConditions {
    /// The groups.
    #[serde(default, deserialize_with = "wire::list_or_empty")]
    pub groups: Vec<QueueConditionGroup>,
}

/// Which traces or threads go into a queue by themselves, as soon as their scores fit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QueueAutomation {
    /// Whether anything happens.
    #[serde(default)]
    pub enabled: bool,
    /// What scores have to be like.
    #[serde(default)]
    pub conditions: QueueConditions,
    /// Items up to which the queue is filled; no limit when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items_in_queue: Option<u64>,
}

wire_object! {
    /// The automation of a queue as it is sent. In an update absent fields keep the stored value.
    pub struct QueueAutomationWrite {
        /// Whether anything happens.
        pub enabled: Option<bool> = wire::optional,
        /// What scores have to be like.
        pub conditions: Option<QueueConditions> = wire::optional,
        /// Items up to which the queue is filled.
        pub max_items_in_queue: Option<u64> = wire::optional,
        /// Takes the limit away.
        pub clear_max_items_in_queue: Option<bool> = wire::optional,
    }
}

wire_object! {
    /// Body of a create of an annotation queue.
    pub struct AnnotationQueueWrite {
        /// UUID of version 7; made by the server when absent.
        pub id: Option<Uuid> = wire::optional,
        /// Required; need not exist.
        pub project_id: Option<Uuid> = wire::optional,
        /// Required, not blank, not unique.
        pub name: Option<String> = wire::text,
        /// For lists.
        pub description: Option<String> = wire::text,
        /// For the people who annotate.
        pub instructions: Option<String> = wire::text,
        /// Required: `trace` or `thread`.
        pub scope: Option<QueueScope> = wire::optional,
        /// Whether the people may comment; false when absent.
        pub comments_enabled: Option<bool> = wire::optional,
        /// Names of the feedback definitions that they score with.
        pub feedback_definition_names: Option<Vec<String>> = wire::text_list,
        /// 1 to 1000 people for each item; 1 when absent.
        pub annotators_per_item: Option<i64> = wire::optional,
        /// 1 to 3600 seconds for which an item is reserved; 300 when absent.
        pub lock_timeout_seconds: Option<i64> = wire::optional,
        /// What goes into the queue by itself.
        pub automation: Option<QueueAutomationWrite> = wire::optional,
        /// How items are shown, kept as it is.
        pub annotator_view: Option<RawJson> = wire::json,
    }
}

wire_object! {
    /// Body of a create of several annotation queues.
    pub struct AnnotationQueueBatch {
        /// 1 to 1000 queues.
        pub annotation_queues: Option<Vec<AnnotationQueueWrite>> = wire::batch,
    }
}

wire_object! {
    /// Body of a change of an annotation queue: absent fields keep the stored value.
    pub struct AnnotationQueueUpdate {
        /// Not blank.
        pub name: Option<String> = wire::text,
        /// For lists.
        pub description: Option<String> = wire::text,
        /// For the people who annotate.
        pub instructions: Option<String> = wire::text,
        /// Whether the people may comment.
        pub comments_enabled: Option<bool> = wire::optional,
        /// Names of the feedback definitions that they score with.
        pub feedback_definition_names: Option<Vec<String>> = wire::text_list,
        /// 1 to 1000 people for each item.
        pub annotators_per_item: Option<i64> = wire::optional,
        /// 1 to 3600 seconds for which an item is reserved.
        pub lock_timeout_seconds: Option<i64> = wire::optional,
        /// What goes into the queue by itself.
        pub automation: Option<QueueAutomationWrite> = wire::optional,
        /// How items are shown.
        pub annotator_view: Option<RawJson> = wire::json,
    }
}

/// An annotation queue with its progress. Only scores and comments that were given in the queue count.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AnnotationQueue {
    /// UUID of version 7.
    pub id: Uuid,
    /// Project of its items.
    pub project_id: Uuid,
    /// Name of the project; absent when there is none of that id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_name: Option<String>,
    /// Name.
    pub name: String,
    /// For lists; empty when unset.
    pub description: String,
    /// For the people who annotate; empty when unset.
    pub instructions: String,
    /// What its items are.
    pub scope: QueueScope,
    /// Whether the people may comment.
    pub comments_enabled: bool,
    /// Names of the feedback definitions that they score with.
    pub feedback_definition_names: Vec<String>,
    /// How many people look at each item.
    pub annotators_per_item: i64,
    /// Seconds for which an item is reserved.
    pub lock_timeout_seconds: i64,
    /// What goes into the queue by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automation: Option<QueueAutomation>,
    /// How items are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotator_view: Option<RawJson>,
    /// Who has annotated how many items.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reviewers: Vec<QueueReviewer>,
    /// Means of the scores by name: over each item first, then over the items.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub feedback_scores: Vec<NamedScore>,
    /// Items.
    pub items_count: u64,
    /// First write.
    pub created_at: Timestamp,
    /// User of the first write.
    pub created_by: String,
    /// Latest write.
    pub last_updated_at: Timestamp,
    /// User of the latest write.
    pub last_updated_by: String,
}

/// Somebody who annotates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueueReviewer {
    /// User.
    pub username: String,
    /// Items that the user has scored or commented.
    pub status: u64,
}

/// How an item came into a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueueItemSource {
    /// Somebody has added it.
    Manual,
    /// It fitted the automation.
    Automated,
}

/// An item of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueueItem {
    /// Trace, or record of a thread.
    pub id: Uuid,
    /// How it came into the queue.
    pub source: QueueItemSource,
}

/// Answer to a request for a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueueLock {
    /// Whether the item is reserved for the user now.
    pub acquired: bool,
    /// The item.
    pub item_id: Uuid,
    /// The user that asked.
    pub locked_by: String,
    /// Until when; absent when not acquired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// The locks of a queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueueLocks {
    /// By item, of those that anybody has reserved.
    #[schema(value_type = std::collections::BTreeMap<Uuid, QueueItemLocks>)]
    pub locks: IndexMap<Uuid, QueueItemLocks>,
}

/// The locks of an item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueueItemLocks {
    /// How many there are.
    pub active_locks: u64,
    /// Users that hold them.
    pub locked_by: Vec<String>,
}
