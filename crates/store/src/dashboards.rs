//! Dashboards, insights views and saved queries.

use async_trait::async_trait;

/// Dashboards, insights views and saved queries.
#[async_trait]
pub trait DashboardStore {}
