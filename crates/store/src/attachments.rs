//! Records of attachments. The bytes are in an object store; only keys and sizes are here.

use async_trait::async_trait;
use ferropik_model::{Attachment, AttachmentEntity, NewAttachment};
use uuid::Uuid;

use crate::{Leftovers, Listed, Scope, StoreResult};

/// The trace or span that a file belongs to. It may be unknown yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttachmentOwner {
    /// Trace or span.
    pub entity: AttachmentEntity,
    /// Its id.
    pub id: Uuid,
}

/// Reads and writes records of attachments.
#[async_trait]
pub trait AttachmentStore {
    /// Records a file; one of the same name is replaced, and its bytes are left over when they have another key.
    ///
    /// # Errors
    /// Only technical ones.
    async fn put_attachment(
        &self,
        scope: &Scope,
        owner: AttachmentOwner,
        project: Uuid,
        attachment: NewAttachment,
    ) -> StoreResult<Leftovers>;

    /// One page of the files of an owner by descending name. `project` narrows to files recorded under it.
    ///
    /// # Errors
    /// Only technical ones.
    async fn attachments(
        &self,
        scope: &Scope,
        owner: AttachmentOwner,
        project: Option<Uuid>,
        page: u64,
        size: u64,
    ) -> StoreResult<Listed<Attachment>>;

    /// One file by name.
    ///
    /// # Errors
    /// Only technical ones.
    async fn attachment(
        &self,
        scope: &Scope,
        owner: AttachmentOwner,
        file_name: &str,
    ) -> StoreResult<Option<Attachment>>;

    /// Forgets files by name.
    ///
    /// # Errors
    /// Only technical ones.
    async fn delete_attachments(
        &self,
        scope: &Scope,
        owner: AttachmentOwner,
        file_names: Vec<String>,
    ) -> StoreResult<Leftovers>;
}
