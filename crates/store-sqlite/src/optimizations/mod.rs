//! Optimizations.

use async_trait::async_trait;
use ferropik_store::OptimizationStore;

use crate::SqliteStore;

#[async_trait]
impl OptimizationStore for SqliteStore {}
