//! Datasets, their versions and items.

use async_trait::async_trait;

/// Datasets, their versions and items.
#[async_trait]
pub trait DatasetStore {}
