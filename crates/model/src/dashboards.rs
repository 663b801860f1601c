//! Dashboards and insights views, and the queries that their charts may keep.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{RawJson, Timestamp, wire, wire_object};

/// What a dashboard is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DashboardType {
    /// Projects.
    #[default]
    MultiProject,
    /// Experiments.
    Experiments,
}

/// Where a dashboard is shown. A dashboard of one scope is unknown in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DashboardScope {
    /// Among the dashboards.
    Workspace,
    /// Among the insights views.
    Insights,
}

wire_object! {
    /// Body of a create of a dashboard.
    pub struct DashboardWrite {
        /// Project that it belongs to; wins over the name.
        pub project_id: Option<Uuid> = wire::optional,
        /// Project by name; created when missing.
        pub project_name: Option<String> = wire::text,
        /// Required, not blank, at most 120 characters, not unique.
        pub name: Option<String> = wire::text,
        /// `multi_project` when absent.
        pub r#type: Option<DashboardType> = wire::optional,
        /// At most 1000 characters.
        pub description: Option<String> = wire::text,
        /// Required: any JSON, kept as it is.
        pub config: Option<RawJson> = wire::json,
    }
}

wire_object! {
    /// Body of a change of a dashboard: absent fields keep the stored value.
    pub struct DashboardUpdate {
        /// Not blank, at most 120 characters.
        pub name: Option<String> = wire::text,
        /// What it is about.
        pub r#type: Option<DashboardType> = wire::optional,
        /// At most 1000 characters.
        pub description: Option<String> = wire::text,
        /// Any JSON; replaces the stored one as a whole.
        pub config: Option<RawJson> = wire::json,
    }
}

/// A dashboard or an insights view.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Dashboard {
    /// UUID of version 7.
    pub id: Uuid,
    /// Workspace.
    pub workspace_id: Uuid,
    /// Project that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<Uuid>,
    /// Name.
    pub name: String,
    /// The name as part of a URL, unique in the workspace.
    pub slug: String,
    /// What it is about.
    pub r#type: DashboardType,
    /// Where it is shown.
    pub scope: DashboardScope,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Sections and widgets, as the client has written them.
    pub config: RawJson,
    /// First write.
    pub created_at: Timestamp,
    /// User of the first write.
    pub created_by: String,
    /// Latest write.
    pub last_updated_at: Timestamp,
    /// User of the latest write.
    pub last_updated_by: String,
}

wire_object! {
    /// Body of a create of a saved query.
    pub struct SavedQueryWrite {
        /// UUID of version 7; made by the server when absent.
        pub id: Option<Uuid> = wire::optional,
        /// Project that it belongs to.
        pub project_id: Option<Uuid> = wire::optional,
        /// Required: holds `{{window_start}}` and `{{window_end}}`.
        pub sql: Option<String> = wire::text,
    }
}

/// A query that a chart may refer to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SavedQuery {
    /// UUID of version 7.
    pub id: Uuid,
    /// Project that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<Uuid>,
    /// Its text.
    pub sql: String,
    /// When it was saved.
    pub created_at: Timestamp,
    /// User that saved it.
    pub created_by: String,
}
