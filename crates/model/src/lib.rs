//! Domain types of Ferropik and their wire JSON.
//!
//! This crate does no I/O and knows neither HTTP nor SQL. It holds what every other crate agrees on: identifiers
//! ([`id`]), instants ([`Timestamp`]), decimals ([`decimal`]), raw JSON text ([`json`]) and the objects that travel
//! over the wire: traces, spans, threads, feedback scores, comments, attachments, guardrail results and projects.
//!
//! Two conventions hold everywhere:
//!
//! - **Reading is lenient** ([`wire`]): unknown fields are ignored, the last of two equal keys wins, and an explicit
//!   `null` is the same as an absent field.
//! - **Payloads stay text**: `input`, `output` and `metadata` are [`RawJson`], never trees.

pub mod decimal;
pub mod id;
pub mod json;
pub mod wire;

mod agent_configs;
mod annotation_queues;
mod attachment;
mod comment;
mod comparison;
mod dashboards;
mod datasets;
mod environments;
mod experiments;
mod feedback_definitions;
mod guardrail;
mod optimizations;
mod page;
mod project;
mod project_metrics;
mod prompts;
mod reports;
mod retention;
mod score;
mod span;
mod stats;
mod thread;
mod time;
mod trace;
mod usage;
mod workspace;

pub use agent_configs::*;
pub use annotation_queues::*;
pub use attachment::{Attachment, AttachmentEntity, NewAttachment};
pub use comment::{Comment, CommentWrite};
pub use comparison::*;
pub use dashboards::*;
pub use datasets::*;
pub use environments::*;
pub use experiments::*;
pub use feedback_definitions::*;
pub use guardrail::{GuardrailCheck, GuardrailOutcome, GuardrailResult, GuardrailValidation};
pub use json::RawJson;
pub use optimizations::*;
pub use page::Page;
pub use project::{ErrorCount, Project, ProjectDetails, ProjectStats, ProjectUpdate, ProjectWrite, Visibility};
pub use project_metrics::*;
pub use prompts::*;
pub use reports::*;
pub use retention::*;
pub use score::{
    AuthorScore, FeedbackScore, NamedScore, ScoreDelete, ScoreItem, ScoreSource, ScoreWrite, ThreadScoreDelete,
    ThreadScoreItem,
};
pub use span::{Span, SpanType, SpanUpdate, SpanWrite};
pub use stats::{Percentiles, Stat, StatValue, Stats};
pub use thread::{Thread, ThreadStatus, ThreadUpdate};
pub use time::{ParseTimestampError, Timestamp};
pub use trace::{AnnotationQueueRef, ErrorInfo, ExperimentRef, Source, Trace, TraceUpdate, TraceWrite, VisibilityMode};
pub use usage::*;
pub use workspace::WorkspaceConfiguration;

/// Token usage of a span, or its sum over the spans of a trace: key (such as `prompt_tokens`) to count.
pub type Usage = indexmap::IndexMap<String, i64>;
