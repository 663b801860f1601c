//! Comments.

use async_trait::async_trait;
use ferropik_model::Comment;
use uuid::Uuid;

use crate::{Scope, ScoreKind, StoreResult};

/// What a comment is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommentTarget {
    /// A trace.
    Trace(Uuid),
    /// A span.
    Span(Uuid),
    /// A thread, by the id of its record.
    Thread(Uuid),
}

/// A validated comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewComment {
    /// UUID of version 7.
    pub id: Uuid,
    /// Not blank.
    pub text: String,
    /// Annotation queue that it was given in.
    pub source_queue_id: Option<Uuid>,
}

/// Reads and writes comments.
#[async_trait]
pub trait CommentStore {
    /// Stores a comment on an existing entity.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound) when the entity is unknown.
    async fn add_comment(&self, scope: &Scope, target: CommentTarget, comment: NewComment) -> StoreResult<()>;

    /// One comment, if it is on that entity.
    ///
    /// # Errors
    /// Only technical ones.
    async fn comment(&self, scope: &Scope, target: CommentTarget, id: Uuid) -> StoreResult<Option<Comment>>;

    /// Changes the text of a comment on that kind of entity.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound).
    async fn update_comment(&self, scope: &Scope, kind: ScoreKind, id: Uuid, text: String) -> StoreResult<()>;

    /// Deletes comments on that kind of entity; unknown ids are skipped.
    ///
    /// # Errors
    /// Only technical ones.
    async fn delete_comments(&self, scope: &Scope, kind: ScoreKind, ids: Vec<Uuid>) -> StoreResult<()>;
}
