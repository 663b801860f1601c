//! Datasets, their versions and items.

mod exports;
mod uploads;

use async_trait::async_trait;
use ferropik_store::DatasetStore;

use crate::SqliteStore;

#[async_trait]
impl DatasetStore for SqliteStore {}
