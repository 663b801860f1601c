//! Feedback definitions.

use async_trait::async_trait;
use ferropik_store::FeedbackDefinitionStore;

use crate::SqliteStore;

#[async_trait]
impl FeedbackDefinitionStore for SqliteStore {}
