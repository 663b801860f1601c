//! Annotation queues.

use async_trait::async_trait;
use ferropik_model::{AnnotationQueue, AnnotationQueueUpdate, QueueAutomation, QueueItem, QueueScope, RawJson};
use uuid::Uuid;

use crate::{Listed, Listing, Scope, StoreResult};

/// A validated annotation queue.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAnnotationQueue {
    /// UUID of version 7.
    pub id: Uuid,
    /// Project of its items; need not exist.
    pub project: Uuid,
    /// Not blank.
    pub name: String,
    /// For lists.
    pub description: String,
    /// For the people who annotate.
    pub instructions: String,
    /// What its items are.
    pub scope: QueueScope,
    /// Whether the people may comment.
    pub comments_enabled: bool,
    /// Names of the feedback definitions that they score with.
    pub feedback_definition_names: Vec<String>,
    /// How many people look at each item, from 1.
    pub annotators_per_item: i64,
    /// Seconds for which an item is reserved, from 1.
    pub lock_timeout_seconds: i64,
    /// What goes into the queue by itself.
    pub automation: Option<QueueAutomation>,
    /// How items are shown.
    pub annotator_view: Option<RawJson>,
}

/// What decides whether somebody may reserve an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemAnnotators {
    /// Users that have annotated the item in the queue.
    pub users: Vec<String>,
    /// How many people look at each item.
    pub annotators_per_item: i64,
    /// Seconds for which an item is reserved.
    pub lock_timeout_seconds: i64,
}

/// Reads and writes annotation queues.
///
/// Scores and comments belong to a queue when they were given in it and, scores, when their name is one of the queue's
/// feedback definitions. Traces and threads leave their queues when they are deleted.
#[async_trait]
pub trait AnnotationQueueStore {
    /// Creates queues. One that exists is changed instead, but for its scope and its items.
    ///
    /// # Errors
    /// Only technical ones.
    async fn create_annotation_queues(&self, scope: &Scope, queues: Vec<NewAnnotationQueue>) -> StoreResult<()>;

    /// Changes a queue.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound).
    async fn update_annotation_queue(&self, scope: &Scope, id: Uuid, update: AnnotationQueueUpdate) -> StoreResult<()>;

    /// One queue.
    ///
    /// # Errors
    /// Only technical ones.
    async fn annotation_queue(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<AnnotationQueue>>;

    /// One page of queues.
    ///
    /// # Errors
    /// Only technical ones.
    async fn annotation_queues(&self, scope: &Scope, listing: Listing) -> StoreResult<Listed<AnnotationQueue>>;

    /// Deletes queues with their items; scores and comments stay. Unknown ids are skipped.
    ///
    /// # Errors
    /// Only technical ones.
    async fn delete_annotation_queues(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<()>;

    /// Adds items to a queue: ids of traces, or of records of threads, which need not exist. Those that are in it stay
    /// as they are.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound) when the queue is unknown.
    async fn add_queue_items(&self, scope: &Scope, id: Uuid, items: Vec<Uuid>) -> StoreResult<()>;

    /// Takes items out of a queue.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound) when the queue is unknown.
    async fn remove_queue_items(&self, scope: &Scope, id: Uuid, items: Vec<Uuid>) -> StoreResult<()>;

    /// Those of the items that are in a queue, in their order.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound) when the queue is unknown.
    async fn queue_items(&self, scope: &Scope, id: Uuid, items: Vec<Uuid>) -> StoreResult<Vec<QueueItem>>;

    /// Who has annotated an item in a queue, which need not hold it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound) when the queue is unknown.
    async fn item_annotators(&self, scope: &Scope, id: Uuid, item: Uuid) -> StoreResult<ItemAnnotators>;
}
