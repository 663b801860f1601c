//! Reports, report failures and the welcome wizard.

use async_trait::async_trait;
use ferropik_store::ReportStore;

use crate::SqliteStore;

#[async_trait]
impl ReportStore for SqliteStore {}
