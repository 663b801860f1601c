//! Retention rules.

use async_trait::async_trait;
use ferropik_store::RetentionStore;

use crate::SqliteStore;

#[async_trait]
impl RetentionStore for SqliteStore {}
