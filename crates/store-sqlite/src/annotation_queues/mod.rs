//! Annotation queues.

use async_trait::async_trait;
use ferropik_store::AnnotationQueueStore;

use crate::SqliteStore;

#[async_trait]
impl AnnotationQueueStore for SqliteStore {}
