//! Agent configurations.

use async_trait::async_trait;

/// Agent configurations.
#[async_trait]
pub trait AgentConfigStore {}
