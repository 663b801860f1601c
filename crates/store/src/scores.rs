//! Feedback scores.

use async_trait::async_trait;
use ferropik_model::{ScoreSource, SpanType};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{Scope, StoreResult};

/// What kinds of rows carry scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScoreKind {
    /// Traces.
    Trace,
    /// Spans.
    Span,
    /// Threads.
    Thread,
}

/// What is scored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScoreTarget {
    /// A trace.
    Trace(Uuid),
    /// A span.
    Span(Uuid),
    /// A thread, by its text id; the record is created when missing.
    Thread(String),
}

/// A target and the project it belongs to as long as the store does not know the target itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoredEntity {
    /// What is scored.
    pub target: ScoreTarget,
    /// An existing project.
    pub project: Uuid,
}

/// A validated score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewScore {
    /// Not blank.
    pub name: String,
    /// Label of a categorical score.
    pub category_name: Option<String>,
    /// −999999999.999999999 to 999999999.999999999; digits beyond the 9th after the point are cut off.
    pub value: Decimal,
    /// Why.
    pub reason: Option<String>,
    /// Who gave it.
    pub source: ScoreSource,
    /// Annotation queue that it was given in.
    pub source_queue_id: Option<Uuid>,
}

/// Reads and writes feedback scores. The author is always the user of the scope.
#[async_trait]
pub trait ScoreStore {
    /// Stores scores, replacing those of the same entity, name, author and queue. Entities may be unknown yet.
    ///
    /// # Errors
    /// Only technical ones.
    async fn put_scores(&self, scope: &Scope, scores: Vec<(ScoredEntity, NewScore)>) -> StoreResult<()>;

    /// Stores one score of an existing trace or span.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound).
    async fn put_score_of_existing(&self, scope: &Scope, target: ScoreTarget, score: NewScore) -> StoreResult<()>;

    /// Deletes the scores of these names; without an author those of all authors, without a queue those that were
    /// given in none. Nothing happens when there are none. `project` is looked at for threads only.
    ///
    /// # Errors
    /// Only technical ones.
    async fn delete_scores(
        &self,
        scope: &Scope,
        target: ScoreTarget,
        project: Option<Uuid>,
        names: Vec<String>,
        author: Option<String>,
        source_queue_id: Option<Uuid>,
    ) -> StoreResult<()>;

    /// Distinct names, sorted, of one kind of rows or of all; of one project, of some, or (`None`) of the whole
    /// workspace. `span_type` narrows spans.
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn score_names(
        &self,
        scope: &Scope,
        kind: Option<ScoreKind>,
        projects: Option<Vec<Uuid>>,
        span_type: Option<SpanType>,
    ) -> StoreResult<Vec<String>>;
}
