//! Reports, report failures and the welcome wizard.

use async_trait::async_trait;

/// Reports, report failures and the welcome wizard.
#[async_trait]
pub trait ReportStore {}
