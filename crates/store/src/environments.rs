//! Environments: the deployment names of a workspace.

use async_trait::async_trait;

/// Reads and writes environments.
#[async_trait]
pub trait EnvironmentStore {}
