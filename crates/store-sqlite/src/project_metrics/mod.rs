//! Series of metrics over time.

use async_trait::async_trait;
use ferropik_store::MetricStore;

use crate::SqliteStore;

#[async_trait]
impl MetricStore for SqliteStore {}
