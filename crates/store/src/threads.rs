//! Threads.

use async_trait::async_trait;
use ferropik_model::{Stats, Thread, ThreadStatus, ThreadUpdate};
use uuid::Uuid;

use crate::{Leftovers, List, Listed, Scan, Scope, Selection, StoreResult};

/// A thread that has just been closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedThread {
    /// Workspace of the thread.
    pub workspace: Uuid,
    /// Project of the thread.
    pub project: Uuid,
    /// Its text id.
    pub thread_id: String,
    /// Id of its record.
    pub thread_model_id: Uuid,
}

/// Reads and changes threads. Their rows come from the traces that carry a `thread_id`.
#[async_trait]
pub trait ThreadStore {
    /// One thread.
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn thread(
        &self,
        scope: &Scope,
        project: Uuid,
        thread_id: &str,
        truncate: bool,
    ) -> StoreResult<Option<Thread>>;

    /// One page of threads; default order is descending `last_updated_at`.
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn threads(&self, scope: &Scope, selection: Selection, list: List) -> StoreResult<Listed<Thread>>;

    /// The next piece of a stream of threads in descending order of `thread_model_id`; `scan.before` is such an id.
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn scan_threads(&self, scope: &Scope, selection: Selection, scan: Scan) -> StoreResult<Vec<Thread>>;

    /// Id of the record of a thread.
    ///
    /// # Errors
    /// Only technical ones.
    async fn thread_model_id(&self, scope: &Scope, project: Uuid, thread_id: &str) -> StoreResult<Option<Uuid>>;

    /// Statistics in the order of the wire; empty when nothing matches.
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn thread_stats(&self, scope: &Scope, selection: Selection) -> StoreResult<Stats>;

    /// Whether the project has a thread.
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn thread_exists(&self, scope: &Scope, project: Uuid) -> StoreResult<bool>;

    /// Opens a thread, creating its record when missing.
    ///
    /// # Errors
    /// Only technical ones.
    async fn open_thread(&self, scope: &Scope, project: Uuid, thread_id: &str) -> StoreResult<()>;

    /// Closes threads; answers those that were open.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound) when none of them has a record.
    async fn close_threads(
        &self,
        scope: &Scope,
        project: Uuid,
        thread_ids: Vec<String>,
    ) -> StoreResult<Vec<ClosedThread>>;

    /// Closes the threads of all workspaces that have had no trace for the workspace's time-out, at most `limit` of
    /// them.
    ///
    /// # Errors
    /// Only technical ones.
    async fn close_inactive_threads(&self, default_timeout_secs: u64, limit: usize) -> StoreResult<Vec<ClosedThread>>;

    /// Deletes threads with their traces (and all that belongs to those), scores and comments. Unknown ones are
    /// skipped.
    ///
    /// # Errors
    /// Only technical ones.
    async fn delete_threads(&self, scope: &Scope, project: Uuid, thread_ids: Vec<String>) -> StoreResult<Leftovers>;

    /// Changes the tags of all existing threads among `thread_model_ids`; answers how many there were.
    ///
    /// # Errors
    /// [`StoreError::TagLimit`](crate::StoreError::TagLimit): then nothing has changed.
    async fn update_threads(
        &self,
        scope: &Scope,
        thread_model_ids: Vec<Uuid>,
        update: ThreadUpdate,
        merge_tags: bool,
    ) -> StoreResult<usize>;

    /// Status of a thread.
    ///
    /// # Errors
    /// Only technical ones.
    async fn thread_status(&self, scope: &Scope, project: Uuid, thread_id: &str) -> StoreResult<Option<ThreadStatus>>;
}
