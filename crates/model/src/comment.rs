//! Comments of people on traces, spans and threads.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Timestamp, wire, wire_object};

wire_object! {
    /// Body of a comment create or update.
    pub struct CommentWrite {
        /// Required, not blank.
        pub text: Option<String> = wire::text,
        /// Annotation queue that it was given in.
        pub source_queue_id: Option<Uuid> = wire::optional,
    }
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Comment {
    /// UUID of version 7.
    pub id: Uuid,
    /// What was said.
    pub text: String,
    /// Annotation queue that it was given in; absent on a read by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_queue_id: Option<Uuid>,
    /// First write.
    pub created_at: Timestamp,
    /// Latest write.
    pub last_updated_at: Timestamp,
    /// User of the first write.
    pub created_by: String,
    /// User of the latest write.
    pub last_updated_by: String,
}
