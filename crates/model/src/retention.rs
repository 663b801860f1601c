//! Retention rules: how long traces are kept.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Timestamp, wire, wire_object};

/// How long traces are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum RetentionPeriod {
    /// 14 days.
    #[serde(rename = "short_14d")]
    Short,
    /// 60 days.
    #[serde(rename = "base_60d")]
    Base,
    /// 400 days.
    #[serde(rename = "extended_400d")]
    Extended,
    /// For ever.
    #[serde(rename = "unlimited")]
    Unlimited,
}

impl RetentionPeriod {
    /// Days; none for ever.
    pub const fn days(self) -> Option<i64> {
        match self {
            RetentionPeriod::Short => Some(14),
            RetentionPeriod::Base => Some(60),
            RetentionPeriod::Extended => Some(400),
            RetentionPeriod::Unlimited => None,
        }
    }
}

/// What a rule is about. A rule of a project goes before one of the workspace, and that before one of the organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RetentionLevel {
    /// All projects for which there is nothing more special.
    Organization,
    /// The projects of the workspace.
    Workspace,
    /// One project.
    Project,
}

wire_object! {
    /// Body of a create of a retention rule.
    pub struct RetentionRuleWrite {
        /// Project that it is about; not together with `organization_level`.
        pub project_id: Option<Uuid> = wire::optional,
        /// Whether it is about the organization.
        pub organization_level: Option<bool> = wire::optional,
        /// Required: how long traces are kept.
        pub retention: Option<RetentionPeriod> = wire::optional,
        /// Whether it applies to what is too old already; true when absent.
        pub apply_to_past: Option<bool> = wire::optional,
    }
}

/// A retention rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RetentionRule {
    /// UUID of version 7.
    pub id: Uuid,
    /// Workspace.
    pub workspace_id: Uuid,
    /// Project that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<Uuid>,
    /// What it is about.
    pub level: RetentionLevel,
    /// How long traces are kept.
    pub retention: RetentionPeriod,
    /// Whether it applies to what was too old when it was made.
    pub apply_to_past: bool,
    /// Whether it is in force.
    pub enabled: bool,
    /// First write.
    pub created_at: Timestamp,
    /// User of the first write.
    pub created_by: String,
    /// Latest write.
    pub last_updated_at: Timestamp,
    /// User of the latest write.
    pub last_updated_by: String,
    /// While it catches up with the past: the trace that it has come to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catch_up_cursor: Option<Uuid>,
    /// Whether everything that was too old when it was made has been deleted.
    pub catch_up_done: bool,
}
