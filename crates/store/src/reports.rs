//! Report failures and preferences, the welcome wizard, and what an assistant keeps for a user.

use async_trait::async_trait;
use ferropik_model::{ReportFailure, ReportPreference};
use uuid::Uuid;

use crate::{Listed, Scope, StoreResult};

/// A validated report failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReportFailure {
    /// Kind of the report.
    pub kind: String,
    /// Project of the report; need not exist.
    pub project: Uuid,
    /// Why.
    pub reason: String,
    /// More about it.
    pub detail: Option<String>,
}

/// Validated preferences of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReportPreference {
    /// Whether reports are written.
    pub enabled: bool,
    /// Time of the day, `HH:mm:ss`.
    pub schedule_time: String,
    /// What to look at.
    pub custom_prompt: Option<String>,
}

/// Reads and writes what belongs to assistants and their reports.
#[async_trait]
pub trait ReportStore {
    /// Records a failure and answers its id.
    ///
    /// # Errors
    /// Only technical ones.
    async fn add_report_failure(&self, scope: &Scope, failure: NewReportFailure) -> StoreResult<Uuid>;

    /// One page of failures, newest first; of one kind or project, or of all.
    ///
    /// # Errors
    /// Only technical ones.
    async fn report_failures(
        &self,
        scope: &Scope,
        kind: Option<String>,
        project: Option<Uuid>,
        page: u64,
        size: u64,
    ) -> StoreResult<Listed<ReportFailure>>;

    /// The preferences of a project's reports, if anybody has set them.
    ///
    /// # Errors
    /// Only technical ones.
    async fn report_preference(&self, scope: &Scope, project: Uuid) -> StoreResult<Option<ReportPreference>>;

    /// Sets the preferences of a project's reports.
    ///
    /// # Errors
    /// Only technical ones.
    async fn set_report_preference(
        &self,
        scope: &Scope,
        project: Uuid,
        preference: NewReportPreference,
    ) -> StoreResult<ReportPreference>;

    /// Whether the workspace has gone through the welcome wizard.
    ///
    /// # Errors
    /// Only technical ones.
    async fn is_welcomed(&self, scope: &Scope) -> StoreResult<bool>;

    /// Notes the answers of the welcome wizard, a JSON object. The first ones stay.
    ///
    /// # Errors
    /// Only technical ones.
    async fn set_welcomed(&self, scope: &Scope, answers: String) -> StoreResult<()>;

    /// The bytes that an assistant keeps for the user of the scope.
    ///
    /// # Errors
    /// Only technical ones.
    async fn assistant_state(&self, scope: &Scope) -> StoreResult<Option<Vec<u8>>>;

    /// Keeps bytes for the user of the scope, or forgets them.
    ///
    /// # Errors
    /// Only technical ones.
    async fn set_assistant_state(&self, scope: &Scope, state: Option<Vec<u8>>) -> StoreResult<()>;
}
