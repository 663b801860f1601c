//! Prompts and their versions.

use async_trait::async_trait;

/// Prompts and their versions.
#[async_trait]
pub trait PromptStore {}
