//! Experiments, their items and assertion results.

use async_trait::async_trait;
use ferropik_store::ExperimentStore;

use crate::SqliteStore;

#[async_trait]
impl ExperimentStore for SqliteStore {}
