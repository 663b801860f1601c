//! Files that become items of datasets.

use async_trait::async_trait;
use uuid::Uuid;

use crate::{Scope, StoreResult};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadFormat {
    /// Comma-separated values below a row of names.
    Csv,
    /// One array of objects.
    Json,
    /// An object on each line.
    JsonLines,
}

/// A file that has arrived and waits to become items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingUpload {
    /// UUID of version 7.
    pub id: Uuid,
    /// Its workspace, and the user who has sent it.
    pub scope: Scope,
    /// Dataset that the items go to.
    pub dataset: Uuid,
    /// What the file holds.
    pub format: UploadFormat,
    /// So many items are stored already.
    pub items: u64,
}

/// A file that nothing needs any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpentUpload {
    /// The upload.
    pub id: Uuid,
    /// Its workspace.
    pub workspace: Uuid,
}

/// Keeps account of uploads. The file itself is kept elsewhere, under a key that follows from workspace and id; there
/// is none without a record here.
///
/// An upload is receiving, then waiting, then spent. The dataset is `processing` from the second step on and
/// `completed` or `failed` after it, so that no dataset stays `processing` without an upload that waits.
#[async_trait]
pub trait DatasetUploadStore {
    /// Announces a file that is about to arrive.
    ///
    /// # Errors
    /// Only technical ones.
    async fn begin_dataset_upload(&self, scope: &Scope, id: Uuid) -> StoreResult<()>;

    /// Lets a file that has arrived wait for its turn.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound) for the dataset.
    async fn accept_dataset_upload(
        &self,
        scope: &Scope,
        id: Uuid,
        dataset: Uuid,
        format: UploadFormat,
    ) -> StoreResult<()>;

    /// The oldest waiting upload of all workspaces.
    ///
    /// # Errors
    /// Only technical ones.
    async fn waiting_dataset_upload(&self) -> StoreResult<Option<WaitingUpload>>;

    /// Records how many items of a file are stored.
    ///
    /// # Errors
    /// Only technical ones.
    async fn advance_dataset_upload(&self, scope: &Scope, id: Uuid, items: u64) -> StoreResult<()>;

    /// Ends an upload, successfully or not: it is spent. Its dataset gets a new status unless another file waits for
    /// it.
    ///
    /// # Errors
    /// Only technical ones.
    async fn end_dataset_upload(&self, scope: &Scope, id: Uuid, is_complete: bool) -> StoreResult<()>;

    /// Declares uploads that are still receiving spent, of those with ids below `before`: uploads of an earlier
    /// process.
    ///
    /// # Errors
    /// Only technical ones.
    async fn abandon_dataset_uploads(&self, before: Uuid) -> StoreResult<()>;

    /// Uploads whose files are to be deleted, at most so many.
    ///
    /// # Errors
    /// Only technical ones.
    async fn spent_dataset_uploads(&self, limit: u64) -> StoreResult<Vec<SpentUpload>>;

    /// Forgets an upload, after its file was deleted.
    ///
    /// # Errors
    /// Only technical ones.
    async fn forget_dataset_upload(&self, id: Uuid) -> StoreResult<()>;
}
