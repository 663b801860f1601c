//! Projects: the folders of a workspace.

use indexmap::IndexMap;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{NamedScore, Percentiles, Timestamp, wire, wire_object};

/// Who may see a project.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Users of the workspace.
    #[default]
    Private,
    /// Everybody.
    Public,
}

wire_object! {
    /// Body of a project create.
    pub struct ProjectWrite {
        /// Required, not blank, at most 150 characters, unique in the workspace regardless of case.
        pub name: Option<String> = wire::text,
        /// Who may see it.
        pub visibility: Option<Visibility> = wire::optional,
        /// At most 255 characters.
        pub description: Option<String> = wire::text,
    }
}

wire_object! {
    /// Body of a project update: absent fields keep the stored value.
    pub struct ProjectUpdate {
        /// Not blank, at most 150 characters.
        pub name: Option<String> = wire::text,
        /// At most 255 characters; empty text blanks it.
        pub description: Option<String> = wire::text,
        /// Who may see it.
        pub visibility: Option<Visibility> = wire::optional,
    }
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Project {
    /// UUID of version 7.
    pub id: Uuid,
    /// Name, unique in the workspace regardless of case.
    pub name: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// First write.
    pub created_at: Timestamp,
    /// User of the first write.
    pub created_by: String,
    /// Latest write.
    pub last_updated_at: Timestamp,
    /// User of the latest write.
    pub last_updated_by: String,
    /// Latest write of a trace; absent until the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_trace_at: Option<Timestamp>,
}

/// A project with its statistics.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ProjectDetails {
    /// The project.
    #[serde(flatten)]
    pub project: Project,
    /// Its statistics; absent when they were not asked for or there is no trace.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub stats: Option<ProjectStats>,
}

/// Statistics of a project. All but `project_id` are absent when no trace matches.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct ProjectStats {
    /// The project; absent inside [`ProjectDetails`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<Uuid>,
    /// Traces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_count: Option<u64>,
    /// Distinct threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_count: Option<u64>,
    /// Durations in milliseconds over the traces that have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Percentiles>,
    /// Mean cost over the traces with a cost above 0; 0 if there is none.
    #[serde(
        serialize_with = "crate::decimal::serialize_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub total_estimated_cost: Option<Decimal>,
    /// Sum of the costs.
    #[serde(
        serialize_with = "crate::decimal::serialize_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub total_estimated_cost_sum: Option<Decimal>,
    /// Mean usage by key over the traces that have the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, f64>>)]
    pub usage: Option<IndexMap<String, f64>>,
    /// Mean of the trace scores by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feedback_scores: Option<Vec<NamedScore>>,
    /// Failed guardrail results.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guardrails_failed_count: Option<u64>,
    /// Traces with an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_count: Option<ErrorCount>,
}

/// Errors of a project, recent ones (last 7 days) against earlier ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorCount {
    /// All.
    pub count: u64,
    /// Recent ones.
    pub deviation: u64,
    /// `recent / past * 100` in whole numbers; absent when there are no earlier ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deviation_percentage: Option<u64>,
}
