//! Traces.

use async_trait::async_trait;
use ferropik_model::{NewAttachment, Source, Stats, Trace, TraceUpdate, TraceWrite};
use uuid::Uuid;

use crate::{Leftovers, List, Listed, Scan, Scope, Selection, StoreResult, View};

/// A validated trace on its way into the store.
#[derive(Debug, Clone)]
pub struct NewTrace {
    /// UUID of version 7.
    pub id: Uuid,
    /// An existing project.
    pub project: Uuid,
    /// The body; `start_time` is present. `id` and `project_name` in it are not looked at.
    pub trace: TraceWrite,
    /// Files that were taken out of the payloads. Earlier ones of the same origin are replaced.
    pub attachments: Vec<NewAttachment>,
}

/// A validated change of one trace.
#[derive(Debug, Clone)]
pub struct TracePatch {
    /// UUID of version 7.
    pub id: Uuid,
    /// An existing project, which must be the one of the stored trace.
    pub project: Uuid,
    /// The body. `project_name` and `project_id` in it are not looked at.
    pub update: TraceUpdate,
    /// Files that were taken out of the payloads of the update. They replace earlier ones of the same fields.
    pub attachments: Vec<NewAttachment>,
}

/// Reads and writes traces. Payload fields are returned as stored, with references to attachments in place.
#[async_trait]
pub trait TraceStore {
    /// Stores one trace. Merges into a partial row that an earlier update left.
    ///
    /// # Errors
    /// [`Conflict::Exists`](crate::Conflict::Exists) or [`Conflict::OtherProject`](crate::Conflict::OtherProject).
    async fn create_trace(&self, scope: &Scope, trace: NewTrace) -> StoreResult<Leftovers>;

    /// Stores whole rows; for each id the row with the newest `last_updated_at` stays, ties go to the later one.
    /// Merges into partial rows. Thread records and environments that the traces name are created.
    ///
    /// # Errors
    /// Only technical ones.
    async fn upsert_traces(&self, scope: &Scope, traces: Vec<NewTrace>) -> StoreResult<Leftovers>;

    /// Changes one trace, or leaves a partial row when there is none.
    ///
    /// # Errors
    /// [`Conflict::OtherProject`](crate::Conflict::OtherProject), [`StoreError::TagLimit`](crate::StoreError::TagLimit).
    async fn update_trace(&self, scope: &Scope, patch: TracePatch) -> StoreResult<Leftovers>;

    /// Applies one change to all existing ones of `ids`. With `merge_tags` the tags of the update are added.
    ///
    /// # Errors
    /// [`StoreError::TagLimit`](crate::StoreError::TagLimit): then nothing has changed.
    async fn update_traces(
        &self,
        scope: &Scope,
        ids: Vec<Uuid>,
        update: TraceUpdate,
        merge_tags: bool,
    ) -> StoreResult<()>;

    /// Deletes traces with their spans, scores, comments and attachments. Unknown ids are skipped. With a project
    /// only traces of that project.
    ///
    /// # Errors
    /// Only technical ones.
    async fn delete_traces(&self, scope: &Scope, ids: Vec<Uuid>, project: Option<Uuid>) -> StoreResult<Leftovers>;

    /// One trace.
    ///
    /// # Errors
    /// Only technical ones.
    async fn trace(&self, scope: &Scope, id: Uuid, view: View) -> StoreResult<Option<Trace>>;

    /// One page of traces; default order is descending id.
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn traces(&self, scope: &Scope, selection: Selection, list: List) -> StoreResult<Listed<Trace>>;

    /// The next piece of a stream of traces in descending id order.
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn scan_traces(&self, scope: &Scope, selection: Selection, scan: Scan) -> StoreResult<Vec<Trace>>;

    /// Statistics in the order of the wire; empty when nothing matches.
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn trace_stats(&self, scope: &Scope, selection: Selection) -> StoreResult<Stats>;

    /// Whether the project has a trace, optionally of one source (`sdk` counts unknown sources too).
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn trace_exists(&self, scope: &Scope, project: Uuid, source: Option<Source>) -> StoreResult<bool>;
}
