//! Dashboards, insights views and saved queries.

use async_trait::async_trait;
use ferropik_store::DashboardStore;

use crate::SqliteStore;

#[async_trait]
impl DashboardStore for SqliteStore {}
