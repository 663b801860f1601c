//! What Ferropik asks of a store: one trait for each area, their parameter and row types, and the rules that every
//! store shares. No SQL, no HTTP.
//!
//! Invariants that an implementation keeps:
//!
//! - **Scope.** Every call names the workspace; nothing reaches across.
//! - **Acknowledged means durable.** A write returns after the commit that holds it, and any later read sees it.
//! - **All or nothing.** A write that fails, for whatever reason, leaves nothing behind.
//! - **Derived values are exact.** Aggregates (per trace, per thread, per hour) change in the transaction of their
//!   cause.

pub mod merge;

mod agent_configs;
mod annotation_queues;
mod attachments;
mod comments;
mod comparison;
mod dashboards;
mod dataset_exports;
mod dataset_uploads;
mod datasets;
mod environments;
mod error;
mod experiments;
mod feedback_definitions;
mod guardrails;
mod listing;
mod optimizations;
mod otel;
mod project_metrics;
mod projects;
mod prompts;
mod reports;
mod retention;
mod scope;
mod scores;
mod selection;
mod spans;
mod threads;
mod traces;
mod usage;
mod workspaces;

use std::sync::Arc;

pub use agent_configs::*;
pub use annotation_queues::*;
pub use attachments::{AttachmentOwner, AttachmentStore};
pub use comments::{CommentStore, CommentTarget, NewComment};
pub use comparison::*;
pub use dashboards::*;
pub use dataset_exports::*;
pub use dataset_uploads::*;
pub use datasets::*;
pub use environments::*;
pub use error::{Conflict, StoreError, StoreResult};
pub use experiments::*;
pub use feedback_definitions::*;
pub use guardrails::{GuardrailStore, NewGuardrail};
pub use listing::Listing;
pub use optimizations::*;
pub use otel::*;
pub use project_metrics::*;
pub use projects::{ProjectList, ProjectStore};
pub use prompts::*;
pub use reports::*;
pub use retention::*;
pub use scope::{Access, Scope};
pub use scores::{NewScore, ScoreKind, ScoreStore, ScoreTarget, ScoredEntity};
pub use selection::{ExcludedFields, List, Listed, Scan, Selection, View, ViewField};
pub use spans::{NewSpan, SpanPatch, SpanPricer, SpanSelection, SpanStore};
pub use threads::{ClosedThread, ThreadStore};
pub use traces::{NewTrace, TracePatch, TraceStore};
pub use usage::*;
pub use workspaces::WorkspaceStore;

/// Everything that the server needs of a store.
pub trait Store:
    AttachmentStore
    + CommentStore
    + GuardrailStore
    + ProjectStore
    + ScoreStore
    + SpanStore
    + ThreadStore
    + TraceStore
    + DatasetStore
    + DatasetExportStore
    + DatasetUploadStore
    + ExperimentStore
    + ComparisonStore
    + OptimizationStore
    + OtelStore
    + PromptStore
    + AgentConfigStore
    + FeedbackDefinitionStore
    + AnnotationQueueStore
    + DashboardStore
    + RetentionStore
    + ReportStore
    + UsageStore
    + MetricStore
    + EnvironmentStore
    + WorkspaceStore
    + Send
    + Sync
{
}

impl<T> Store for T where
    T: AttachmentStore
        + CommentStore
        + GuardrailStore
        + ProjectStore
        + ScoreStore
        + SpanStore
        + ThreadStore
        + TraceStore
        + DatasetStore
        + DatasetExportStore
        + DatasetUploadStore
        + ExperimentStore
        + ComparisonStore
        + OptimizationStore
        + OtelStore
        + PromptStore
        + AgentConfigStore
        + FeedbackDefinitionStore
        + AnnotationQueueStore
        + DashboardStore
        + RetentionStore
        + ReportStore
        + UsageStore
        + MetricStore
        + EnvironmentStore
        + WorkspaceStore
        + Send
        + Sync
{
}

/// A store behind a pointer, as the server holds it.
pub type SharedStore = Arc<dyn Store>;

/// What a write leaves to do outside of the store: keys in the object store that nothing refers to any more.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[must_use = "unreferenced objects must be deleted"]
pub struct Leftovers {
    /// Keys to delete from the object store.
    pub object_keys: Vec<String>,
}
