//! Workspaces and their settings.

use async_trait::async_trait;
use ferropik_model::WorkspaceConfiguration;
use uuid::Uuid;

use crate::{Scope, StoreResult};

/// Reads and writes what belongs to a workspace as a whole.
#[async_trait]
pub trait WorkspaceStore {
    /// Id of the workspace of that exact name.
    ///
    /// # Errors
    /// Only technical ones.
    async fn workspace_by_name(&self, name: &str) -> StoreResult<Option<Uuid>>;

    /// The stored settings, if any.
    ///
    /// # Errors
    /// Only technical ones.
    async fn workspace_configuration(&self, scope: &Scope) -> StoreResult<Option<WorkspaceConfiguration>>;

    /// Replaces the settings; `None` forgets them.
    ///
    /// # Errors
    /// Only technical ones.
    async fn set_workspace_configuration(
        &self,
        scope: &Scope,
        configuration: Option<WorkspaceConfiguration>,
    ) -> StoreResult<()>;

    /// Whether the store can serve at this moment.
    async fn is_healthy(&self) -> bool;
}
