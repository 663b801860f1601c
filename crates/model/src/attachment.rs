//! Attachments: files that belong to a trace or span.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an attachment belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentEntity {
    /// A trace.
    Trace,
    /// A span.
    Span,
}

impl AttachmentEntity {
    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            AttachmentEntity::Trace => "trace",
            AttachmentEntity::Span => "span",
        }
    }
}

/// A file that was taken out of a payload or uploaded, ready to be recorded. Its bytes are in the object store already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    /// Name, unique within the entity; the same name overwrites.
    pub file_name: String,
    /// Media type.
    pub mime_type: String,
    /// Bytes.
    pub size: u64,
    /// Key of the bytes in the object store.
    pub object_key: String,
}

/// A recorded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Name, unique within the entity.
    pub file_name: String,
    /// Media type.
    pub mime_type: String,
    /// Bytes.
    pub size: u64,
    /// Key of the bytes in the object store.
    pub object_key: String,
}
