//! How much is used, for operators, and what has happened in a project lately.

use async_trait::async_trait;
use ferropik_model::{Activity, ProjectUserCount, Timestamp, UserCount, WorkspaceProject};
use uuid::Uuid;

use crate::{Scope, StoreResult};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageKind {
    /// Traces, by the time in their ids.
    Traces,
    /// Spans, by the time in their ids.
    Spans,
    /// Experiments, by their creation.
    Experiments,
    /// Datasets, by their creation.
    Datasets,
}

/// Which projects an operator asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectSearch {
    /// Of these workspaces.
    pub workspaces: Vec<Uuid>,
    /// Only these, if any are given.
    pub projects: Option<Vec<Uuid>>,
    /// Part of the name, in any case.
    pub name: Option<String>,
    /// How many at most.
    pub limit: usize,
}

/// Counts what there is. The calls without a scope are for operators and look at all workspaces.
#[async_trait]
pub trait UsageStore {
    /// Traces or spans of each workspace from `start` to `end` (exclusive, whole hours), of workspaces that have any.
    /// Rollups answer it.
    ///
    /// # Errors
    /// Only technical ones.
    async fn count_by_workspace(
        &self,
        kind: UsageKind,
        start: Timestamp,
        end: Timestamp,
    ) -> StoreResult<Vec<(Uuid, u64)>>;

    /// What each user has made in each workspace from `start` to `end` (exclusive). For traces and spans all of that
    /// time are looked at.
    ///
    /// # Errors
    /// Only technical ones.
    async fn count_by_user(&self, kind: UsageKind, start: Timestamp, end: Timestamp) -> StoreResult<Vec<UserCount>>;

    /// Spans that each user has made in each project from `start` to `end` (exclusive).
    ///
    /// # Errors
    /// Only technical ones.
    async fn count_spans_by_project(&self, start: Timestamp, end: Timestamp) -> StoreResult<Vec<ProjectUserCount>>;

    /// Projects of workspaces, in the order of their names.
    ///
    /// # Errors
    /// Only technical ones.
    async fn projects_of_workspaces(&self, search: ProjectSearch) -> StoreResult<Vec<WorkspaceProject>>;

    /// What has happened in a project, at most the newest `limit` of each kind, newest first. Nothing for an unknown
    /// project. Traces and datasets are told of the last 30 days before `now`.
    ///
    /// # Errors
    /// Only technical ones.
    async fn activities(
        &self,
        scope: &Scope,
        project: Uuid,
        now: Timestamp,
        limit: usize,
    ) -> StoreResult<Vec<Activity>>;
}
