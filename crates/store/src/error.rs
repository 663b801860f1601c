//! Why a store says no.

use std::error::Error;

use uuid::Uuid;

/// Result of a store call.
pub type StoreResult<T> = Result<T, StoreError>;

/// Failures of a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The row exists, or belongs to something else.
    #[error("conflict: {0:?}")]
    Conflict(Conflict),
    /// No such project.
    #[error("project not found")]
    ProjectNotFound(Uuid),
    /// No such row; what it is and its id are known to the caller.
    #[error("not found")]
    NotFound,
    /// A tag change would leave an item with too many tags.
    #[error("tag limit exceeded")]
    TagLimit,
    /// The queue of waiting writes is full; worth another try after a moment.
    #[error("too many writes are waiting")]
    Overloaded,
    /// The query did not end within its time limit.
    #[error("query timed out")]
    Timeout,
    /// No space is left on the device.
    #[error("no space is left for the database")]
    StorageFull,
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// The value cannot be stored.
    #[error("{0}")]
    Unrepresentable(String),
    /// Anything else: I/O errors, corruption, bugs.
    #[error("storage failure: {0}")]
    Internal(#[source] Box<dyn Error + Send + Sync>),
}

impl StoreError {
    /// Wraps an unexpected failure.
    pub fn internal(error: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
        StoreError::Internal(error.into())
    }
}

/// Kinds of conflict between a write and the stored row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// A complete row with that id exists.
    Exists,
    /// The stored row is in another project.
    OtherProject,
    /// The stored span is in another trace.
    OtherTrace,
    /// The stored span has another parent.
    OtherParent,
    /// The name is taken.
    NameTaken,
    /// There are as many as there may be.
    LimitReached,
    /// The row has to stay.
    Protected,
}
