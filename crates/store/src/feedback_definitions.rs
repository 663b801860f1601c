//! Feedback definitions.

use async_trait::async_trait;

/// Feedback definitions.
#[async_trait]
pub trait FeedbackDefinitionStore {}
