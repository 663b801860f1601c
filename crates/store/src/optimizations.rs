//! Optimizations.

use async_trait::async_trait;
use ferropik_model::{ErrorInfo, Optimization, OptimizationStatus, OptimizationUpdate, RawJson, Timestamp};
use ferropik_query::Filter;
use uuid::Uuid;

use crate::{Listed, Scope, StoreResult};

/// A validated optimization on its way into the store.
#[derive(Debug, Clone)]
pub struct NewOptimization {
    /// UUID of version 7. An optimization of that id is changed.
    pub id: Uuid,
    /// Name; none keeps the stored one.
    pub name: Option<String>,
    /// Name for an optimization that is new and has none.
    pub spare_name: String,
    /// Name of the dataset; created in the project when the workspace has none of that name.
    pub dataset_name: String,
    /// Name of the score to raise.
    pub objective: String,
    /// How far it is.
    pub status: OptimizationStatus,
    /// An existing project, if any.
    pub project: Option<Uuid>,
    /// Any JSON.
    pub metadata: Option<RawJson>,
    /// Configuration of a studio run; none keeps the stored one.
    pub studio: Option<RawJson>,
    /// Time of the write; now when absent.
    pub updated_at: Option<Timestamp>,
    /// The error that ended it.
    pub error: Option<ErrorInfo>,
}

/// What has become of an update of an optimization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptimizationChange {
    /// It is changed.
    Changed,
    /// There is none of that id.
    Unknown,
    /// A studio run of this status cannot be cancelled.
    NotCancellable(OptimizationStatus),
}

/// A page of optimizations. All conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct OptimizationList {
    /// From 1.
    pub page: u64,
    /// At least 1.
    pub size: u64,
    /// Case-insensitive part of the name.
    pub name: Option<String>,
    /// Case-insensitive part of the name of the dataset.
    pub dataset_name: Option<String>,
    /// Of this dataset.
    pub dataset: Option<Uuid>,
    /// Whose dataset was deleted.
    pub dataset_deleted: bool,
    /// Of this project.
    pub project: Option<Uuid>,
    /// Filter of optimizations.
    pub filter: Filter,
}

/// Reads and writes optimizations.
#[async_trait]
pub trait OptimizationStore {
    /// Stores an optimization, over one of the same id. Answers whether its dataset belongs to another project than the
    /// one that was named.
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn put_optimization(&self, scope: &Scope, optimization: NewOptimization) -> StoreResult<bool>;

    /// One optimization.
    ///
    /// # Errors
    /// Only technical ones.
    async fn optimization(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<Optimization>>;

    /// One page of optimizations in descending id order.
    ///
    /// # Errors
    /// Only technical ones.
    async fn optimizations(&self, scope: &Scope, list: OptimizationList) -> StoreResult<Listed<Optimization>>;

    /// Changes an optimization.
    ///
    /// # Errors
    /// Only technical ones.
    async fn update_optimization(
        &self,
        scope: &Scope,
        id: Uuid,
        update: OptimizationUpdate,
    ) -> StoreResult<OptimizationChange>;

    /// Deletes optimizations; their experiments stay. Unknown ids are skipped.
    ///
    /// # Errors
    /// Only technical ones.
    async fn delete_optimizations(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<()>;
}
