//! Retention rules.

use async_trait::async_trait;

/// Retention rules.
#[async_trait]
pub trait RetentionStore {}
