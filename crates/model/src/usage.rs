//! How much is used, for operators, and what has happened in a project lately.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Timestamp, wire, wire_object};

/// Traces of a workspace on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkspaceTraceCount {
    /// Id of the workspace.
    pub workspace: String,
    /// How many.
    pub trace_count: u64,
}

/// Spans of a workspace on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkspaceSpanCount {
    /// Id of the workspace.
    pub workspace: String,
    /// How many.
    pub span_count: u64,
}

/// Things that a user has made in a workspace on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserCount {
    /// Id of the workspace.
    pub workspace_id: String,
    /// Who has made them.
    pub user: String,
    /// How many.
    pub count: u64,
}

/// Spans that a user has made in a project on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProjectUserCount {
    /// Id of the workspace.
    pub workspace_id: String,
    /// Project.
    pub project_id: Uuid,
    /// Its name.
    pub project_name: String,
    /// Who has made them.
    pub user: String,
    /// How many.
    pub count: u64,
}

wire_object! {
    /// Which projects an operator asks for.
    pub struct ProjectsOfWorkspaces {
        /// Required: ids of workspaces.
        pub workspace_ids: Option<Vec<String>> = wire::text_batch,
        /// Only these projects.
        pub project_ids: Option<Vec<Uuid>> = wire::batch,
        /// Part of the name, in any case.
        pub name: Option<String> = wire::text,
        /// How many at most.
        pub limit: Option<i64> = wire::optional,
    }
}

/// A project of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkspaceProject {
    /// Id of the workspace.
    pub workspace_id: String,
    /// Project.
    pub project_id: Uuid,
    /// Its name.
    pub name: String,
}

/// Kinds of activities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActivityType {
    /// Traces of a day.
    TraceDaily,
    /// An experiment.
    Experiment,
    /// A dataset or a version of it.
    DatasetVersion,
    /// An evaluation suite or a version of it.
    TestSuiteVersion,
    /// An optimization.
    Optimization,
    /// A version of a prompt.
    PromptVersion,
}

/// Something that has happened in a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Activity {
    /// What it is.
    pub r#type: ActivityType,
    /// Id of the event.
    pub id: Uuid,
    /// What to show.
    pub name: String,
    /// What it happened to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<Uuid>,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// When.
    pub created_at: Timestamp,
}
