//! Annotation queues.
