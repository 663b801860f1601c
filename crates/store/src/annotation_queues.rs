//! Annotation queues.

use async_trait::async_trait;

/// Annotation queues.
#[async_trait]
pub trait AnnotationQueueStore {}
