//! Dashboards, insights views and saved queries.

use async_trait::async_trait;
use ferropik_model::{Dashboard, DashboardScope, DashboardType, DashboardUpdate, RawJson, SavedQuery};
use uuid::Uuid;

use crate::{Listed, Listing, Scope, StoreResult};

/// A validated dashboard.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDashboard {
    /// Project that it belongs to; need not exist.
    pub project: Option<Uuid>,
    /// Where it is shown.
    pub scope: DashboardScope,
    /// What it is about.
    pub kind: DashboardType,
    /// Not blank.
    pub name: String,
    /// The name as part of a URL, not yet unique: when N slugs of the workspace start with it, `-<N+1>` is appended.
    pub slug: String,
    /// Free text.
    pub description: Option<String>,
    /// Any JSON.
    pub config: RawJson,
}

/// Reads and writes dashboards, insights views and saved queries.
#[async_trait]
pub trait DashboardStore {
    /// Creates a dashboard.
    ///
    /// # Errors
    /// [`Conflict::NameTaken`](crate::Conflict::NameTaken) when the slug is taken even with its number.
    async fn create_dashboard(&self, scope: &Scope, dashboard: NewDashboard) -> StoreResult<Dashboard>;

    /// One dashboard of a scope.
    ///
    /// # Errors
    /// Only technical ones.
    async fn dashboard(&self, scope: &Scope, shown: DashboardScope, id: Uuid) -> StoreResult<Option<Dashboard>>;

    /// One page of the dashboards of a scope.
    ///
    /// # Errors
    /// Only technical ones.
    async fn dashboards(
        &self,
        scope: &Scope,
        shown: DashboardScope,
        listing: Listing,
    ) -> StoreResult<Listed<Dashboard>>;

    /// Changes a dashboard of a scope and answers it. A changed name gets a new slug from `slug`, as on creation; the
    /// slug that it had counts as one of those that are there.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound), [`Conflict::NameTaken`](crate::Conflict::NameTaken).
    async fn update_dashboard(
        &self,
        scope: &Scope,
        shown: DashboardScope,
        id: Uuid,
        update: DashboardUpdate,
        slug: Option<String>,
    ) -> StoreResult<Dashboard>;

    /// Deletes dashboards of a scope; unknown ids are skipped.
    ///
    /// # Errors
    /// Only technical ones.
    async fn delete_dashboards(&self, scope: &Scope, shown: DashboardScope, ids: Vec<Uuid>) -> StoreResult<()>;

    /// Keeps a query.
    ///
    /// # Errors
    /// [`Conflict::Exists`](crate::Conflict::Exists) when there is one of that id.
    async fn save_query(&self, scope: &Scope, id: Uuid, project: Option<Uuid>, sql: String) -> StoreResult<SavedQuery>;

    /// A query that was kept.
    ///
    /// # Errors
    /// Only technical ones.
    async fn saved_query(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<SavedQuery>>;
}
