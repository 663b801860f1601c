//! Counts of what workspaces hold, and what happened in projects.

use async_trait::async_trait;
use ferropik_store::UsageStore;

use crate::SqliteStore;

#[async_trait]
impl UsageStore for SqliteStore {}
