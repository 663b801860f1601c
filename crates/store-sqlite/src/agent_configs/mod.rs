//! Agent configurations.

use async_trait::async_trait;
use ferropik_store::AgentConfigStore;

use crate::SqliteStore;

#[async_trait]
impl AgentConfigStore for SqliteStore {}
