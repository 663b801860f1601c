//! Bytes of attachments in an object store.

use std::fmt::Write;
use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use ferropik_model::AttachmentEntity;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutPayload};
use uuid::Uuid;

use crate::http::error::with_sources;
use crate::http::{ApiError, ApiResult};

/// Bytes that an upload gathers before it writes them out as one part. Smaller files are written at once.
const PART_BYTES: usize = 5 * 1024 * 1024;

/// Longest readable part of a key's last segment.
const MAX_NAME_IN_KEY: usize = 100;

/// How many objects are deleted at a time.
const PARALLEL_DELETES: usize = 8;

/// Bytes of attachments, by key. Cheap to clone.
///
/// A key is written once: a file that replaces another one gets a key of its own, so that readers of the old one are
/// not disturbed and a write that fails half-way leaves the old bytes alone.
#[derive(Debug, Clone)]
pub struct Files(Arc<dyn ObjectStore>);

/// A stored object that is about to be sent.
pub(crate) struct StoredFile {
    /// Which bytes of the object follow.
    pub(crate) range: std::ops::Range<u64>,
    /// Size of the whole object in bytes.
    pub(crate) size: u64,
    /// The bytes.
    pub(crate) bytes: BoxStream<'static, object_store::Result<Bytes>>,
}

impl Files {
    /// Files below a directory, which is created when missing. Writes are on disk when they are acknowledged.
    ///
    /// # Errors
    /// The directory cannot be created or opened.
    pub fn local(directory: &FilePath) -> Result<Files, object_store::Error> {
        std::fs::create_dir_all(directory).map_err(|error| object_store::Error::Generic {
            store: "files",
            source: Box::new(error),
        })?;
        let store = LocalFileSystem::new_with_prefix(directory)?
            .with_fsync(true)
            .with_automatic_cleanup(true);
        Ok(Files(Arc::new(store)))
    }

    /// Files that are gone with the process.
    pub fn in_memory() -> Files {
        Files(Arc::new(InMemory::new()))
    }

    /// A key that was never used before. Nothing of `file_name` but letters, digits, `.`, `-` and `_` gets into it.
    pub fn new_key(workspace: Uuid, project: Uuid, entity: AttachmentEntity, id: Uuid, file_name: &str) -> String {
        let mut key = key_prefix(workspace, project, entity, id);
        // Writing to a string does not fail.
        let _ = write!(key, "{}-", Uuid::now_v7().simple());
        let readable = file_name.chars().map(|letter| match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' => letter,
            _ => '_',
        });
        key.extend(readable.take(MAX_NAME_IN_KEY));
        key
    }

    /// Stores bytes under a new key.
    ///
    /// # Errors
    /// 500, or 507 when the disk is full.
    pub async fn put(&self, key: &str, bytes: Bytes) -> ApiResult<()> {
        self.0
            .put(&Path::from(key), PutPayload::from(bytes))
            .await
            .map_err(|error| write_failure(&error))?;
        Ok(())
    }

    /// Stores bytes as they come under a new key and answers their number. `look` gets the first bytes, up to a few
    /// kilobytes. A failed upload leaves nothing behind.
    ///
    /// # Errors
    /// Those of the stream, and of [`Files::put`].
    pub(crate) async fn put_stream(
        &self,
        key: &str,
        mut chunks: impl Stream<Item = ApiResult<Bytes>> + Unpin,
        look: &mut (dyn FnMut(&[u8]) + Send),
    ) -> ApiResult<u64> {
        let mut gathered = BytesMut::new();
        let mut size = 0_u64;
        let mut upload = None;
        let mut looked = false;
        while let Some(chunk) = chunks.next().await {
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(error) => return Err(abort(upload, error).await),
            };
            size += chunk.len() as u64;
            gathered.extend_from_slice(&chunk);
            if gathered.len() < PART_BYTES {
                continue;
            }
            if !looked {
                look(&gathered);
                looked = true;
            }
            let part = PutPayload::from(std::mem::take(&mut gathered).freeze());
            let parts = match &mut upload {
                Some(parts) => parts,
                None => {
                    let started = self.0.put_multipart(&Path::from(key)).await;
                    upload.insert(started.map_err(|error| write_failure(&error))?)
                }
            };
            if let Err(error) = parts.put_part(part).await {
                return Err(abort(upload, write_failure(&error)).await);
            }
        }
        if !looked {
            look(&gathered);
        }
        let rest = gathered.freeze();
        let Some(mut parts) = upload else {
            self.put(key, rest).await?;
            return Ok(size);
        };
        if !rest.is_empty()
            && let Err(error) = parts.put_part(PutPayload::from(rest)).await
        {
            return Err(abort(Some(parts), write_failure(&error)).await);
        }
        parts.complete().await.map_err(|error| write_failure(&error))?;
        Ok(size)
    }

    /// All bytes of an object, `None` when there is none under the key.
    ///
    /// # Errors
    /// 500.
    pub async fn get(&self, key: &str) -> ApiResult<Option<Bytes>> {
        let found = match self.0.get(&Path::from(key)).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(ApiError::internal(with_sources(&error))),
        };
        found
            .bytes()
            .await
            .map(Some)
            .map_err(|error| ApiError::internal(with_sources(&error)))
    }

    /// An object or a range of it, which must not be empty and must start within it.
    ///
    /// # Errors
    /// 500.
    pub(crate) async fn open(&self, key: &str, range: Option<std::ops::Range<u64>>) -> ApiResult<Option<StoredFile>> {
        let options = GetOptions {
            range: range.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        match self.0.get_opts(&Path::from(key), options).await {
            Ok(found) => Ok(Some(StoredFile {
                range: found.range.clone(),
                size: found.meta.size,
                bytes: found.into_stream(),
            })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(ApiError::internal(with_sources(&error))),
        }
    }

    /// Deletes objects. Failures are logged: an object that stays behind costs space but does no harm.
    pub async fn delete(&self, keys: Vec<String>) {
        if keys.is_empty() {
            return;
        }
        let deletions = futures::stream::iter(keys).map(|key| {
            let store = Arc::clone(&self.0);
            async move {
                match store.delete(&Path::from(key.as_str())).await {
                    Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => tracing::warn!(key, error = with_sources(&error), "file could not be deleted"),
                }
            }
        });
        deletions.buffer_unordered(PARALLEL_DELETES).collect::<Vec<()>>().await;
    }
}

/// Start of the keys of all files of a trace or span.
pub(crate) fn key_prefix(workspace: Uuid, project: Uuid, entity: AttachmentEntity, id: Uuid) -> String {
    let folder = match entity {
        AttachmentEntity::Trace => "traces",
        AttachmentEntity::Span => "spans",
    };
    format!("opik/attachment/workspaces/{workspace}/projects/{project}/{folder}/{id}/files/")
}

async fn abort(upload: Option<Box<dyn object_store::MultipartUpload>>, error: ApiError) -> ApiError {
    if let Some(mut upload) = upload
        && let Err(error) = upload.abort().await
    {
        tracing::warn!(error = with_sources(&error), "unfinished upload could not be removed");
    }
    error
}

fn write_failure(error: &object_store::Error) -> ApiError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(io) = current.downcast_ref::<std::io::Error>()
            && matches!(
                io.kind(),
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
            )
        {
            return ApiError::from(ferropik_store::StoreError::StorageFull);
        }
        cause = current.source();
    }
    ApiError::internal(with_sources(error))
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    fn key(name: &str) -> String {
        Files::new_key(Uuid::nil(), Uuid::nil(), AttachmentEntity::Trace, Uuid::nil(), name)
    }

    #[test]
    fn keys_stay_in_their_folder() {
        for name in ["../../etc/passwd", "a/b", "..", "ä\0\n%2e%2e", &"x".repeat(5000), ""] {
            let key = key(name);
            let segment = key.strip_prefix(&key_prefix(
                Uuid::nil(),
                Uuid::nil(),
                AttachmentEntity::Trace,
                Uuid::nil(),
            ));
            let segment = segment.unwrap();
            assert!(
                !segment.contains('/') && segment.len() <= 140 && segment.is_ascii(),
                "{segment}"
            );
            assert_eq!(Path::from(key.as_str()).as_ref(), key);
        }
        assert_ne!(key("a"), key("a"));
    }

    #[tokio::test]
    async fn large_and_small_uploads_round_trip_on_disk() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::local(directory.path()).unwrap();
        for len in [0, 10, PART_BYTES, 2 * PART_BYTES + 17] {
            let content: Vec<u8> = (0..len).map(|index| (index % 251) as u8).collect();
            let chunks: Vec<ApiResult<Bytes>> = content
                .chunks(100_000)
                .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
                .collect();
            let key = key("upload.bin");
            let mut head = Vec::new();
            let size = files
                .put_stream(&key, stream::iter(chunks), &mut |bytes| head = bytes.to_vec())
                .await
                .unwrap();
            assert_eq!(size, len as u64);
            assert!(content.starts_with(&head));
            assert_eq!(files.get(&key).await.unwrap().unwrap(), content);
            if len > 5 {
                let part = files.open(&key, Some(2..5)).await.unwrap().unwrap();
                let bytes: Vec<Bytes> = part.bytes.map(Result::unwrap).collect().await;
                assert_eq!(
                    (part.range, part.size, bytes.concat()),
                    (2..5, len as u64, content[2..5].to_vec())
                );
            }
            files.delete(vec![key.clone(), key.clone()]).await;
            assert_eq!(files.get(&key).await.unwrap(), None);
        }
    }

    #[tokio::test]
    async fn a_broken_upload_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::local(directory.path()).unwrap();
        let chunks = vec![
            Ok(Bytes::from(vec![1; PART_BYTES])),
            Ok(Bytes::from(vec![1; 10])),
            Err(ApiError::bad_request("cut")),
        ];
        let key = key("x");
        assert!(files.put_stream(&key, stream::iter(chunks), &mut |_| ()).await.is_err());
        assert_eq!(files.get(&key).await.unwrap(), None);
    }
}
