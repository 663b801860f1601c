//! Series of metrics over time.

use async_trait::async_trait;

/// Series of metrics over time.
#[async_trait]
pub trait MetricStore {}
