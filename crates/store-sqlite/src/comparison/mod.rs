//! Items of experiments side by side.

use async_trait::async_trait;
use ferropik_store::ComparisonStore;

use crate::SqliteStore;

#[async_trait]
impl ComparisonStore for SqliteStore {}
