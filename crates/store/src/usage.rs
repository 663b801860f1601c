//! Counts of what workspaces hold, and what happened in projects.

use async_trait::async_trait;

/// Counts of what workspaces hold, and what happened in projects.
#[async_trait]
pub trait UsageStore {}
