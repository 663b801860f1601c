//! Exports of datasets to files: what was asked for, what is under way, what can be downloaded.

use std::time::Duration;

use async_trait::async_trait;
use ferropik_model::DatasetExportJob;
use uuid::Uuid;

use crate::{Scope, StoreResult};

/// An export that is about to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedExport {
    /// The export.
    pub id: Uuid,
    /// Its workspace, and the user who asked for it.
    pub scope: Scope,
    /// The dataset.
    pub dataset: Uuid,
    /// Its version; none when it had none.
    pub version: Option<Uuid>,
}

/// An export that is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiredExport {
    /// The export.
    pub id: Uuid,
    /// Its workspace.
    pub workspace: Uuid,
}

/// Keeps exports. An export goes from pending to processing to completed or failed; one that was under way when the
/// server ended is begun anew.
#[async_trait]
pub trait DatasetExportStore {
    /// Asks for an export of the latest version of a dataset. One of that version that has not ended is answered
    /// instead of a new one. `id` and `lifetime` are those of a new one.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound) for the dataset.
    async fn start_dataset_export(
        &self,
        scope: &Scope,
        id: Uuid,
        dataset: Uuid,
        lifetime: Duration,
    ) -> StoreResult<DatasetExportJob>;

    /// The newest exports, newest first.
    ///
    /// # Errors
    /// Only technical ones.
    async fn dataset_exports(&self, scope: &Scope, limit: u64) -> StoreResult<Vec<DatasetExportJob>>;

    /// One export.
    ///
    /// # Errors
    /// Only technical ones.
    async fn dataset_export(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<DatasetExportJob>>;

    /// Records that someone has seen how an export ended; the first time counts.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound).
    async fn view_dataset_export(&self, scope: &Scope, id: Uuid) -> StoreResult<()>;

    /// The oldest pending export of all workspaces, which is now processing.
    ///
    /// # Errors
    /// Only technical ones.
    async fn claim_dataset_export(&self) -> StoreResult<Option<ClaimedExport>>;

    /// Ends an export that is processing: with where its file is, or with why there is none. Nothing happens to one
    /// that has expired meanwhile; the answer is then false.
    ///
    /// # Errors
    /// Only technical ones.
    async fn end_dataset_export(&self, scope: &Scope, id: Uuid, outcome: Result<String, String>) -> StoreResult<bool>;

    /// Makes all exports that are processing pending again. Only while none is written.
    ///
    /// # Errors
    /// Only technical ones.
    async fn requeue_dataset_exports(&self) -> StoreResult<()>;

    /// Exports whose time is over, at most so many.
    ///
    /// # Errors
    /// Only technical ones.
    async fn expired_dataset_exports(&self, limit: u64) -> StoreResult<Vec<ExpiredExport>>;

    /// Forgets exports, after their files were deleted.
    ///
    /// # Errors
    /// Only technical ones.
    async fn forget_dataset_exports(&self, ids: Vec<Uuid>) -> StoreResult<()>;
}
