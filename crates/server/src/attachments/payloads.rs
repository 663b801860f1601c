//! Moving files out of payloads before they are stored, and back into them when they are read.

use std::collections::HashMap;

use bytes::Bytes;
use ferropik_model::json::{self, AttachmentField, RawJson};
use ferropik_model::{AttachmentEntity, NewAttachment, Timestamp};
use ferropik_store::{AttachmentOwner, Scope};
use memchr::memmem;
use uuid::Uuid;

use super::Files;
use crate::AppState;
use crate::http::ApiResult;

/// Bytes of files that one answer puts back into its payloads. Beyond it references stay as they are.
const MAX_REINJECTED_BYTES: u64 = 256 * 1024 * 1024;

/// Text that every reference to a file contains.
const REFERENCE_MARK: &[u8] = b"-attachment-";

/// The payload fields of a trace or span.
#[derive(Debug)]
pub struct Payloads<'a> {
    /// `input`
    pub input: &'a mut Option<RawJson>,
    /// `output`
    pub output: &'a mut Option<RawJson>,
    /// `metadata`
    pub metadata: &'a mut Option<RawJson>,
}

impl<'a> Payloads<'a> {
    fn fields(self) -> [(AttachmentField, &'a mut Option<RawJson>); 3] {
        [
            (AttachmentField::Input, self.input),
            (AttachmentField::Output, self.output),
            (AttachmentField::Metadata, self.metadata),
        ]
    }
}

/// Moves large files out of payloads: their bytes are stored when this returns, references are in their place. The
/// caller records what is returned together with the row, or gives the bytes up with
/// [`discard_new`](super::service::discard_new).
///
/// Costs nothing when no payload is long enough to hold such a file.
///
/// # Errors
/// Those of storing files; then none of them is left.
pub async fn extract(
    state: &AppState,
    scope: &Scope,
    project: Uuid,
    entity: AttachmentEntity,
    id: Uuid,
    payloads: Payloads<'_>,
) -> ApiResult<Vec<NewAttachment>> {
    let min_len = state.settings.attachment_min_len;
    let mut recorded = Vec::new();
    for (field, slot) in payloads.fields() {
        let Some(payload) = slot.take_if(|payload| payload.as_str().len() >= min_len) else {
            continue;
        };
        let now = Timestamp::now().as_millis();
        let (payload, files) = tokio::task::spawn_blocking(move || {
            match json::extract_attachments(field, payload.as_str(), min_len, now) {
                Some(extraction) => (RawJson::from_stored(&extraction.text), extraction.files),
                None => (payload, Vec::new()),
            }
        })
        .await?;
        *slot = Some(payload);
        for file in files {
            let object_key = Files::new_key(scope.workspace, project, entity, id, &file.name);
            let size = file.bytes.len() as u64;
            if let Err(error) = state.files.put(&object_key, Bytes::from(file.bytes)).await {
                super::service::discard_new(state, recorded).await;
                return Err(error);
            }
            recorded.push(NewAttachment {
                file_name: file.name,
                mime_type: file.mime_type,
                size,
                object_key,
            });
        }
    }
    Ok(recorded)
}

/// Puts files back into the payloads of one answer. Keeps count of their bytes over all its rows.
pub struct Reinjection<'a> {
    state: &'a AppState,
    scope: &'a Scope,
    bytes_left: u64,
}

impl<'a> Reinjection<'a> {
    /// For a new answer.
    pub fn new(state: &'a AppState, scope: &'a Scope) -> Reinjection<'a> {
        Reinjection {
            state,
            scope,
            bytes_left: MAX_REINJECTED_BYTES,
        }
    }

    /// Replaces the references in the payloads of one row by the files. References to unknown files stay. Costs next
    /// to nothing when there are none.
    ///
    /// # Errors
    /// Those of reading records and files.
    pub async fn apply(&mut self, owner: AttachmentOwner, payloads: Payloads<'_>) -> ApiResult<()> {
        for (_, slot) in payloads.fields() {
            let Some(payload) = slot else { continue };
            if memmem::find(payload.as_str().as_bytes(), REFERENCE_MARK).is_none() {
                continue;
            }
            let files = self.load(owner, payload.as_str()).await?;
            if files.is_empty() {
                continue;
            }
            let text = payload.as_str().to_owned();
            let replaced = tokio::task::spawn_blocking(move || {
                let replaced = json::reinject(&text, &mut |name| files.get(name).map(|bytes| bytes.to_vec()));
                RawJson::from_stored(&replaced)
            })
            .await?;
            *slot = Some(replaced);
        }
        Ok(())
    }

    async fn load(&mut self, owner: AttachmentOwner, text: &str) -> ApiResult<HashMap<String, Bytes>> {
        let mut files = HashMap::new();
        for name in json::attachment_references(text) {
            if files.contains_key(name) {
                continue;
            }
            let Some(record) = self.state.store.attachment(self.scope, owner, name).await? else {
                continue;
            };
            if record.size > self.bytes_left {
                tracing::warn!(
                    name,
                    size = record.size,
                    "answer holds too many files, a reference stays"
                );
                continue;
            }
            let Some(bytes) = self.state.files.get(&record.object_key).await? else {
                continue;
            };
            self.bytes_left -= record.size;
            files.insert(name.to_owned(), bytes);
        }
        Ok(files)
    }
}
