//! Projects.

use async_trait::async_trait;
use ferropik_model::{Project, ProjectStats, ProjectUpdate, Visibility};
use ferropik_query::Filter;
use uuid::Uuid;

use crate::{Listed, Scope, StoreResult};

/// Which page of the projects of a workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectList {
    /// From 1.
    pub page: u64,
    /// At least 1.
    pub size: u64,
    /// Case-insensitive part of the name.
    pub name: Option<String>,
    /// One of `id`, `name`, `last_updated_at`, `created_at`, `last_updated_trace_at`, and whether descending;
    /// `None` is descending id.
    pub sort: Option<(String, bool)>,
}

/// Reads and writes projects.
#[async_trait]
pub trait ProjectStore {
    /// Creates a project.
    ///
    /// # Errors
    /// [`Conflict::NameTaken`](crate::Conflict::NameTaken).
    async fn create_project(
        &self,
        scope: &Scope,
        name: &str,
        visibility: Visibility,
        description: Option<String>,
    ) -> StoreResult<Project>;

    /// Ids of the projects of these names (compared without case), creating the missing ones as private. The answer
    /// is in the order of the names.
    ///
    /// # Errors
    /// Only technical ones.
    async fn ensure_projects(&self, scope: &Scope, names: &[&str]) -> StoreResult<Vec<Uuid>>;

    /// A project by id.
    ///
    /// # Errors
    /// Only technical ones.
    async fn project(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<Project>>;

    /// A project by name, compared without case.
    ///
    /// # Errors
    /// Only technical ones.
    async fn project_by_name(&self, scope: &Scope, name: &str) -> StoreResult<Option<Project>>;

    /// One page of projects.
    ///
    /// # Errors
    /// Only technical ones.
    async fn projects(&self, scope: &Scope, list: ProjectList) -> StoreResult<Listed<Project>>;

    /// Changes a project.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound), [`Conflict::NameTaken`](crate::Conflict::NameTaken).
    async fn update_project(&self, scope: &Scope, id: Uuid, update: ProjectUpdate) -> StoreResult<()>;

    /// Deletes projects at once and their contents soon after, in small batches. Unknown ids are skipped.
    ///
    /// # Errors
    /// Only technical ones.
    async fn delete_projects(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<()>;

    /// Statistics of the projects, in their order; `filter` is a filter of traces.
    ///
    /// # Errors
    /// Only technical ones.
    async fn project_stats(
        &self,
        scope: &Scope,
        projects: Vec<Uuid>,
        filter: Filter,
        from: Option<ferropik_model::Timestamp>,
        to: Option<ferropik_model::Timestamp>,
    ) -> StoreResult<Vec<ProjectStats>>;

    /// Distinct usage keys of the spans with a value above 0, sorted.
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn token_usage_names(&self, scope: &Scope, project: Uuid) -> StoreResult<Vec<String>>;
}
