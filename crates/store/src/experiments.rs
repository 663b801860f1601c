//! Experiments, their items and assertion results.

use async_trait::async_trait;

/// Experiments, their items and assertion results.
#[async_trait]
pub trait ExperimentStore {}
