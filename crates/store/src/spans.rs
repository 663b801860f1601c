//! Spans.

use std::sync::Arc;

use async_trait::async_trait;
use ferropik_model::{NewAttachment, Source, Span, SpanType, SpanUpdate, SpanWrite, Stats, Usage};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{Leftovers, List, Listed, Scan, Scope, Selection, StoreResult, View};

/// A validated span on its way into the store.
#[derive(Debug, Clone)]
pub struct NewSpan {
    /// UUID of version 7.
    pub id: Uuid,
    /// An existing project.
    pub project: Uuid,
    /// UUID of version 7; the trace may be unknown yet.
    pub trace_id: Uuid,
    /// The body; `start_time` is present. `id`, `project_name`, `trace_id` and `total_estimated_cost` in it are not
    /// looked at.
    pub span: SpanWrite,
    /// Cost in US dollars, 0 when unknown.
    pub cost: Decimal,
    /// Whether the server computed the cost (then a later update may compute it anew).
    pub cost_is_estimated: bool,
    /// Files that were taken out of the payloads. Earlier ones of the same origin are replaced.
    pub attachments: Vec<NewAttachment>,
}

/// A validated change of one span.
#[derive(Clone)]
pub struct SpanPatch {
    /// UUID of version 7.
    pub id: Uuid,
    /// An existing project, which must be the one of the stored span.
    pub project: Uuid,
    /// Trace of the span, which must be the stored one.
    pub trace_id: Uuid,
    /// The body. `project_name`, `project_id` and `trace_id` in it are not looked at; `parent_span_id` must be the
    /// stored one.
    pub update: SpanUpdate,
    /// Cost that the new metadata names, if any.
    pub metadata_cost: Option<Decimal>,
    /// Computes a cost anew from what is stored and what changes.
    pub pricer: Arc<dyn SpanPricer>,
    /// Files that were taken out of the payloads of the update. They replace earlier ones of the same fields.
    pub attachments: Vec<NewAttachment>,
}

/// Prices a span. Implemented above the store, called inside of the transaction that changes the span.
pub trait SpanPricer: Send + Sync {
    /// Cost in US dollars, 0 when the model has no price.
    fn price(&self, model: Option<&str>, provider: Option<&str>, usage: &Usage) -> Decimal;
}

/// Spans of a project, optionally of one trace and one type.
#[derive(Debug, Clone)]
pub struct SpanSelection {
    /// What traces and spans share.
    pub base: Selection,
    /// Only spans of this trace.
    pub trace_id: Option<Uuid>,
    /// Only spans of this type.
    pub span_type: Option<SpanType>,
}

/// Reads and writes spans. Payload fields are returned as stored, with references to attachments in place.
#[async_trait]
pub trait SpanStore {
    /// Stores one span. Merges into a partial row; a complete row of the same project, trace and parent stays as it is.
    ///
    /// # Errors
    /// [`StoreError::Conflict`](crate::StoreError::Conflict) with `OtherProject`, `OtherTrace` or `OtherParent`.
    async fn create_span(&self, scope: &Scope, span: NewSpan) -> StoreResult<Leftovers>;

    /// Stores whole rows; for each id the row with the newest `last_updated_at` stays, ties go to the later one.
    ///
    /// # Errors
    /// Only technical ones.
    async fn upsert_spans(&self, scope: &Scope, spans: Vec<NewSpan>) -> StoreResult<Leftovers>;

    /// Changes one span, or leaves a partial row when there is none.
    ///
    /// # Errors
    /// [`StoreError::Conflict`](crate::StoreError::Conflict), [`StoreError::TagLimit`](crate::StoreError::TagLimit).
    async fn update_span(&self, scope: &Scope, patch: SpanPatch) -> StoreResult<Leftovers>;

    /// Applies one change to all existing ones of `ids`. With `merge_tags` the tags of the update are added.
    ///
    /// # Errors
    /// [`StoreError::TagLimit`](crate::StoreError::TagLimit): then nothing has changed.
    async fn update_spans(
        &self,
        scope: &Scope,
        ids: Vec<Uuid>,
        update: SpanUpdate,
        merge_tags: bool,
    ) -> StoreResult<()>;

    /// One span, with the name of its project.
    ///
    /// # Errors
    /// Only technical ones.
    async fn span(&self, scope: &Scope, id: Uuid, view: View) -> StoreResult<Option<Span>>;

    /// One page of spans; default order is descending trace id, parent id and id.
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn spans(&self, scope: &Scope, selection: SpanSelection, list: List) -> StoreResult<Listed<Span>>;

    /// The next piece of a stream of spans in descending id order.
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn scan_spans(&self, scope: &Scope, selection: SpanSelection, scan: Scan) -> StoreResult<Vec<Span>>;

    /// Statistics in the order of the wire; empty when nothing matches.
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn span_stats(&self, scope: &Scope, selection: SpanSelection) -> StoreResult<Stats>;

    /// Whether the project has a span, optionally of one source (`sdk` counts unknown sources too).
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn span_exists(&self, scope: &Scope, project: Uuid, source: Option<Source>) -> StoreResult<bool>;
}
