//! Prompts and their versions.

use async_trait::async_trait;
use ferropik_store::PromptStore;

use crate::SqliteStore;

#[async_trait]
impl PromptStore for SqliteStore {}
