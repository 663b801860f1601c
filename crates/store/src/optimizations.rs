//! Optimizations.

use async_trait::async_trait;

/// Optimizations.
#[async_trait]
pub trait OptimizationStore {}
