//! What assistants report, the welcome wizard, and the failures of reports.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Timestamp, wire, wire_object};

/// The only kind of report failures.
pub const AGENT_INSIGHTS: &str = "agent_insights";

wire_object! {
    /// Body of a report failure.
    pub struct ReportFailureWrite {
        /// Required: `agent_insights`.
        pub r#type: Option<String> = wire::text,
        /// Required: project of the report.
        pub project_id: Option<Uuid> = wire::optional,
        /// Required: at most 255 characters.
        pub reason: Option<String> = wire::text,
        /// More about it.
        pub detail: Option<String> = wire::text,
    }
}

/// A report that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportFailure {
    /// UUID of version 7.
    pub id: Uuid,
    /// Kind of the report.
    pub r#type: String,
    /// Project of the report.
    pub project_id: Uuid,
    /// Why.
    pub reason: String,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// When it was recorded.
    pub created_at: Timestamp,
    /// User that recorded it.
    pub created_by: String,
    /// Latest write.
    pub last_updated_at: Timestamp,
    /// User of the latest write.
    pub last_updated_by: String,
}

wire_object! {
    /// When a project's report is to be written. What is absent goes back to its default.
    pub struct ReportPreferenceWrite {
        /// Whether reports are written; false when absent.
        pub enabled: Option<bool> = wire::optional,
        /// Time of the day, `HH:mm:ss`; `05:00:00` when absent.
        pub schedule_time: Option<String> = wire::text,
        /// At most 5000 characters.
        pub custom_prompt: Option<String> = wire::text,
    }
}

/// When a project's report is to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportPreference {
    /// Project.
    pub project_id: Uuid,
    /// Whether reports are written.
    pub enabled: bool,
    /// Time of the day, `HH:mm:ss`.
    pub schedule_time: String,
    /// What to look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_prompt: Option<String>,
    /// First write.
    pub created_at: Timestamp,
    /// Latest write.
    pub last_updated_at: Timestamp,
}

wire_object! {
    /// What somebody answers in the welcome wizard.
    pub struct WelcomeWizardAnswers {
        /// At most 100 characters.
        pub role: Option<String> = wire::text,
        /// Frameworks.
        pub integrations: Option<Vec<String>> = wire::non_blank_list,
        /// At most 255 characters.
        pub email: Option<String> = wire::text,
        /// Whether to take part in trials.
        pub join_beta_program: Option<bool> = wire::optional,
    }
}

/// Whether a workspace has gone through the welcome wizard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WelcomeWizardStatus {
    /// The answer.
    pub completed: bool,
}
