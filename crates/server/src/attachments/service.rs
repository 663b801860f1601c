//! Rules of attachments.

use bytes::Bytes;
use ferropik_model::{Attachment, AttachmentEntity, NewAttachment, Page};
use ferropik_store::{AttachmentOwner, Leftovers, Scope};
use futures::Stream;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::files::{StoredFile, key_prefix};
pub use super::payloads::{Payloads, Reinjection, extract};
use super::range::{Wanted, wanted};
use super::{Files, links};
use crate::AppState;
use crate::http::scope::DEFAULT_WORKSPACE_NAME;
use crate::http::{ApiError, ApiResult};
use crate::projects;

/// Id of every upload: files are sent straight to this server, so there is nothing to tell uploads apart.
pub(super) const DIRECT_UPLOAD_ID: &str = "BEMinIO";

/// Media type of files of which nothing is known.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Longest file name in bytes.
pub(super) const MAX_FILE_NAME: usize = 1024;

/// A file as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct AttachmentItem {
    /// URL of the bytes; needs no headers.
    link: String,
    /// Name.
    file_name: String,
    /// Bytes.
    file_size: u64,
    /// Media type.
    mime_type: String,
}

/// Which file a client uploads.
#[derive(Debug, Clone)]
pub(super) struct Upload<'a> {
    pub(super) owner: AttachmentOwner,
    pub(super) project_name: Option<&'a str>,
    pub(super) file_name: &'a str,
    pub(super) mime_type: Option<&'a str>,
}

/// URL that takes the bytes of an upload.
pub(super) async fn start_upload(
    state: &AppState,
    scope: &Scope,
    upload: &Upload<'_>,
    base: &str,
) -> ApiResult<String> {
    let id = upload.owner.id.to_string();
    let guessed = upload
        .mime_type
        .map(str::to_owned)
        .or_else(|| type_of_name(upload.file_name));
    let mut parameters = vec![("file_name", upload.file_name)];
    if let Some(mime_type) = &guessed {
        parameters.push(("mime_type", mime_type));
    }
    parameters.push(("entity_type", upload.owner.entity.as_str()));
    parameters.push(("entity_id", &id));
    if let Some(name) = upload.project_name {
        parameters.push(("project_name", name));
    }
    let url = links::endpoint_url(base, "upload", &parameters)?;
    projects::service::ensure(state, scope, upload.project_name).await?;
    Ok(url)
}

/// Stores the bytes of a file, then its record. A file of the same name is replaced.
pub(super) async fn store_upload(
    state: &AppState,
    scope: &Scope,
    upload: &Upload<'_>,
    chunks: impl Stream<Item = ApiResult<Bytes>> + Unpin,
) -> ApiResult<()> {
    let project = projects::service::ensure(state, scope, upload.project_name).await?;
    let AttachmentOwner { entity, id } = upload.owner;
    let object_key = Files::new_key(scope.workspace, project, entity, id, upload.file_name);
    let mut sniffed = None;
    let size = state
        .files
        .put_stream(&object_key, chunks, &mut |head| {
            sniffed = infer::get(head).map(|kind| kind.mime_type())
        })
        .await?;
    let mime_type = upload
        .mime_type
        .map(str::to_owned)
        .or_else(|| type_of_name(upload.file_name))
        .or_else(|| sniffed.map(str::to_owned))
        .unwrap_or_else(|| UNKNOWN_TYPE.to_owned());
    let attachment = NewAttachment {
        file_name: upload.file_name.to_owned(),
        mime_type,
        size,
        object_key: object_key.clone(),
    };
    match state
        .store
        .put_attachment(scope, upload.owner, project, attachment)
        .await
    {
        Ok(leftovers) => {
            discard(state, leftovers).await;
            Ok(())
        }
        Err(error) => {
            state.files.delete(vec![object_key]).await;
            Err(error.into())
        }
    }
}

/// One page of the files of a trace or span.
pub(super) async fn list(
    state: &AppState,
    scope: &Scope,
    owner: AttachmentOwner,
    project: Uuid,
    base: &str,
    (page, size): (u64, u64),
) -> ApiResult<Page<AttachmentItem>> {
    // Files are shown under whichever project they were sent: uploads that name none are recorded under the default
    // project although their trace is elsewhere.
    let listed = state.store.attachments(scope, owner, None, page, size).await?;
    let (project, id) = (project.to_string(), owner.id.to_string());
    let mut content = Vec::with_capacity(listed.rows.len());
    for file in listed.rows {
        let parameters = [
            ("workspace_name", DEFAULT_WORKSPACE_NAME),
            ("container_id", &project),
            ("file_name", &file.file_name),
            ("mime_type", &file.mime_type),
            ("entity_type", owner.entity.as_str()),
            ("entity_id", &id),
        ];
        let link = links::endpoint_url(base, "download", &parameters)?;
        content.push(AttachmentItem {
            link,
            file_name: file.file_name,
            file_size: file.size,
            mime_type: file.mime_type,
        });
    }
    Ok(Page::new(page, listed.total, content).sortable_by(Vec::new()))
}

/// A file that is about to be sent.
pub(super) enum Download {
    /// All of it.
    Whole(Attachment, StoredFile),
    /// A part of it.
    Part(Attachment, StoredFile),
    /// The wanted range is beyond its size in bytes.
    Unsatisfiable(u64),
}

/// Opens a file, or the part of it that a `Range` header wants.
pub(super) async fn download(
    state: &AppState,
    scope: &Scope,
    owner: AttachmentOwner,
    project: Uuid,
    file_name: &str,
    range: Option<&str>,
) -> ApiResult<Download> {
    let missing = || {
        let prefix = key_prefix(scope.workspace, project, owner.entity, owner.id);
        ApiError::not_found(format!("File not found for key: {prefix}{file_name}"))
    };
    let record = state
        .store
        .attachment(scope, owner, file_name)
        .await?
        .ok_or_else(missing)?;
    match wanted(range, record.size) {
        Wanted::Unsatisfiable => Ok(Download::Unsatisfiable(record.size)),
        Wanted::Everything => {
            let file = state.files.open(&record.object_key, None).await?.ok_or_else(missing)?;
            Ok(Download::Whole(record, file))
        }
        Wanted::Part(part) => {
            let file = state
                .files
                .open(&record.object_key, Some(part))
                .await?
                .ok_or_else(missing)?;
            Ok(Download::Part(record, file))
        }
    }
}

/// Deletes files by name; unknown ones are skipped.
pub(super) async fn delete(
    state: &AppState,
    scope: &Scope,
    owner: AttachmentOwner,
    file_names: Vec<String>,
) -> ApiResult<()> {
    let leftovers = state.store.delete_attachments(scope, owner, file_names).await?;
    discard(state, leftovers).await;
    Ok(())
}

/// Deletes the bytes that a write left over.
pub async fn discard(state: &AppState, leftovers: Leftovers) {
    state.files.delete(leftovers.object_keys).await;
}

/// Gives up the bytes of files whose record could not be written.
pub async fn discard_new(state: &AppState, attachments: Vec<NewAttachment>) {
    state
        .files
        .delete(
            attachments
                .into_iter()
                .map(|attachment| attachment.object_key)
                .collect(),
        )
        .await;
}

/// Puts files back into the payloads of a single row; see [`Reinjection`] for pages.
///
/// # Errors
/// Those of reading records and files.
pub async fn reinject(
    state: &AppState,
    scope: &Scope,
    owner: AttachmentOwner,
    payloads: Payloads<'_>,
) -> ApiResult<()> {
    Reinjection::new(state, scope).apply(owner, payloads).await
}

/// Whether a file name can be kept.
pub(super) fn is_file_name(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= MAX_FILE_NAME && !name.contains('\0')
}

/// The kind of owner of that wire name, in any case.
pub(super) fn entity_of_name(name: &str) -> Option<AttachmentEntity> {
    [AttachmentEntity::Trace, AttachmentEntity::Span]
        .into_iter()
        .find(|entity| entity.as_str().eq_ignore_ascii_case(name.trim()))
}

fn type_of_name(file_name: &str) -> Option<String> {
    mime_guess::from_path(file_name).first_raw().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_come_from_names() {
        assert_eq!(type_of_name("a.PNG").as_deref(), Some("image/png"));
        assert_eq!(type_of_name("noextension"), None);
        assert_eq!(entity_of_name("SPAN"), Some(AttachmentEntity::Span));
        assert!(!is_file_name(" ") && is_file_name("../x"));
    }
}
