//! Environments: the deployment names of a workspace.

use async_trait::async_trait;
use ferropik_model::{Environment, EnvironmentWrite};
use uuid::Uuid;

use crate::{Scope, StoreResult};

/// Reads and writes environments. Names are compared without case.
#[async_trait]
pub trait EnvironmentStore {
    /// All environments of the workspace, at most [`Environment::MAX_PER_WORKSPACE`], oldest first.
    ///
    /// # Errors
    /// Only technical ones.
    async fn environments(&self, scope: &Scope) -> StoreResult<Vec<Environment>>;

    /// An environment by id.
    ///
    /// # Errors
    /// Only technical ones.
    async fn environment(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<Environment>>;

    /// Creates an environment under that id; the one in `environment` does not count. Its name must be there.
    ///
    /// # Errors
    /// [`Conflict::NameTaken`](crate::Conflict::NameTaken), [`Conflict::Exists`](crate::Conflict::Exists) for the id,
    /// [`Conflict::LimitReached`](crate::Conflict::LimitReached).
    async fn create_environment(&self, scope: &Scope, id: Uuid, environment: EnvironmentWrite) -> StoreResult<()>;

    /// Changes what is there in `update`, but for the id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound), [`Conflict::NameTaken`](crate::Conflict::NameTaken).
    async fn update_environment(&self, scope: &Scope, id: Uuid, update: EnvironmentWrite) -> StoreResult<()>;

    /// Deletes environments. Unknown ids are skipped; traces and prompt versions keep the names.
    ///
    /// # Errors
    /// Only technical ones.
    async fn delete_environments(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<()>;
}
