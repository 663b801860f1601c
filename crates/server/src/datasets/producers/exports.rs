//! Exports of datasets to CSV files, written in the background.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use ferropik_model::{DatasetExportJob, DatasetExportStatus, DatasetItem, id};
use ferropik_query::Filter;
use ferropik_store::{ClaimedExport, DatasetItemList, DatasetItemStream, Scope, StoreError, VersionRef};
use futures::Stream;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::csv_text::{CsvText, UnknownColumn, collect_keys};
use super::key_prefix;
use super::patience::{Halt, patiently, pause};
use crate::AppState;
use crate::attachments::StoredFile;
use crate::datasets::service::no_such_dataset;
use crate::http::{ApiError, ApiResult};

/// How long an export is kept.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Most exports in a list.
const MAX_LISTED: u64 = 1000;

/// Pause between two looks for exports whose time is over.
const EXPIRE_EVERY: Duration = Duration::from_secs(60);

/// Exports that are deleted at a time.
const EXPIRED_AT_A_TIME: u64 = 100;

/// Most items that are read at once.
const MAX_ITEMS: u64 = 1000;

/// Items that are read at once before it is known how large they are.
const FIRST_ITEMS: u64 = 50;

/// About how many bytes of items are read at once.
const PIECE_BYTES: u64 = 4 * 1024 * 1024;

/// Most columns of a file.
const MAX_COLUMNS: usize = 20_000;

/// Longest name of a file without its ending, in characters.
const MAX_NAME_CHARS: usize = 100;

fn key_of(scope: &Scope, export: Uuid) -> String {
    format!("{}{export}.csv", key_prefix(scope, "exports"))
}

fn no_such_export(id: Uuid) -> ApiError {
    ApiError::not_found(format!("Export job not found: '{id}'"))
}

/// Asks for an export; one that is still to be done is answered instead of a new one.
///
/// # Errors
/// 404.
pub(super) async fn start(state: &AppState, scope: &Scope, dataset: Uuid) -> ApiResult<DatasetExportJob> {
    let started = state
        .store
        .start_dataset_export(scope, id::new(), dataset, LIFETIME)
        .await;
    match started {
        Ok(job) => {
            state.wake.exports.notify_one();
            Ok(job)
        }
        Err(StoreError::NotFound) => Err(no_such_dataset()),
        Err(error) => Err(error.into()),
    }
}

/// The exports of the workspace, newest first.
///
/// # Errors
/// Technical ones.
pub(super) async fn list(state: &AppState, scope: &Scope) -> ApiResult<Vec<DatasetExportJob>> {
    Ok(state.store.dataset_exports(scope, MAX_LISTED).await?)
}

/// One export.
///
/// # Errors
/// 404.
pub(super) async fn find(state: &AppState, scope: &Scope, id: Uuid) -> ApiResult<DatasetExportJob> {
    let job = state.store.dataset_export(scope, id).await?;
    job.ok_or_else(|| no_such_export(id))
}

/// Records that someone has seen how an export ended.
///
/// # Errors
/// 404.
pub(super) async fn mark_viewed(state: &AppState, scope: &Scope, id: Uuid) -> ApiResult<()> {
    match state.store.view_dataset_export(scope, id).await {
        Err(StoreError::NotFound) => Err(no_such_export(id)),
        other => Ok(other?),
    }
}

/// The file of an export, and the name to save it under.
///
/// # Errors
/// 400 when there is no file yet, 404.
pub(super) async fn download(state: &AppState, scope: &Scope, id: Uuid) -> ApiResult<(String, StoredFile)> {
    let job = find(state, scope, id).await?;
    if job.status != DatasetExportStatus::Completed {
        return Err(ApiError::bad_request(format!(
            "Export job '{id}' is not ready for download (status: {})",
            job.status.as_str()
        )));
    }
    let key = job.file_path.unwrap_or_else(|| key_of(scope, id));
    let file = state.files.open(&key, None).await?;
    let file = file.ok_or_else(|| no_such_export(id))?;
    Ok((file_name(&job.dataset_name, id), file))
}

/// The name of the dataset as the name of a file.
fn file_name(dataset: &str, export: Uuid) -> String {
    let kept: String = dataset
        .chars()
        .filter(|letter| !letter.is_control() && !matches!(letter, '"' | '\\'))
        .take(MAX_NAME_CHARS)
        .collect();
    match kept.trim() {
        "" => format!("dataset-export-{export}.csv"),
        name => format!("{name}.csv"),
    }
}

/// Writes the exports that are asked for, one after the other, and deletes those whose time is over.
pub(super) async fn run(state: &AppState, stop: &CancellationToken) {
    let requeued = patiently(stop, || state.store.requeue_dataset_exports()).await;
    if matches!(requeued, Err(Halt::Stopped)) {
        return;
    }
    loop {
        expire(state).await;
        let ended = match patiently(stop, || state.store.claim_dataset_export()).await {
            Ok(Some(export)) => work_on(state, stop, &export).await,
            Ok(None) => {
                tokio::select! {
                    () = state.wake.exports.notified() => continue,
                    () = tokio::time::sleep(EXPIRE_EVERY) => continue,
                    () = stop.cancelled() => return,
                }
            }
            Err(halt) => Err(halt),
        };
        match ended {
            Ok(()) => {}
            Err(Halt::Stopped) => return,
            // The reason is in the log already; the store may get better.
            Err(Halt::Failed(_)) => {
                if pause(stop).await.is_err() {
                    return;
                }
            }
        }
    }
}

async fn expire(state: &AppState) {
    loop {
        let expired = match state.store.expired_dataset_exports(EXPIRED_AT_A_TIME).await {
            Ok(expired) => expired,
            Err(error) => {
                tracing::warn!(%error, "expired exports stay until later");
                return;
            }
        };
        if expired.is_empty() {
            return;
        }
        let keys = expired
            .iter()
            .map(|export| key_of(&Scope::new(export.workspace, ""), export.id))
            .collect();
        state.files.delete(keys).await;
        let ids = expired.iter().map(|export| export.id).collect();
        if let Err(error) = state.store.forget_dataset_exports(ids).await {
            tracing::warn!(%error, "expired exports stay until later");
            return;
        }
        if (expired.len() as u64) < EXPIRED_AT_A_TIME {
            return;
        }
    }
}

/// Writes one export and records how it has ended.
async fn work_on(state: &AppState, stop: &CancellationToken, export: &ClaimedExport) -> Result<(), Halt> {
    let key = key_of(&export.scope, export.id);
    let outcome = match write_file(state, stop, export, &key).await {
        Err(Halt::Stopped) => return Err(Halt::Stopped),
        Err(Halt::Failed(reason)) => {
            tracing::warn!(export = %export.id, dataset = %export.dataset, reason, "export failed");
            Err(reason)
        }
        Ok(()) => Ok(key.clone()),
    };
    let is_kept = patiently(stop, || {
        state
            .store
            .end_dataset_export(&export.scope, export.id, outcome.clone())
    })
    .await?;
    if !is_kept || outcome.is_err() {
        state.files.delete(vec![key]).await;
    }
    Ok(())
}

async fn write_file(state: &AppState, stop: &CancellationToken, export: &ClaimedExport, key: &str) -> Result<(), Halt> {
    let known = known_columns(state, stop, export).await?;
    // The store knows the columns of all but extraordinary datasets. Else all items are read to find them.
    if !write_columns(state, stop, export, key, known).await? {
        let all = all_columns(state, stop, export).await?;
        if !write_columns(state, stop, export, key, all).await? {
            return Err(Halt::Failed("The dataset was changed meanwhile".to_owned()));
        }
    }
    // The items of a dataset that is deleted meanwhile just end.
    let dataset = patiently(stop, || state.store.dataset(&export.scope, export.dataset)).await?;
    if dataset.is_none() {
        return Err(Halt::Failed("Dataset not found".to_owned()));
    }
    Ok(())
}

async fn known_columns(
    state: &AppState,
    stop: &CancellationToken,
    export: &ClaimedExport,
) -> Result<Vec<String>, Halt> {
    let Some(version) = export.version else {
        return Ok(Vec::new());
    };
    let listed = patiently(stop, || {
        let list = DatasetItemList {
            page: 1,
            size: 1,
            version: VersionRef::Id(version),
            filter: Filter::default(),
            truncate: true,
        };
        state.store.dataset_items(&export.scope, export.dataset, list)
    })
    .await?;
    Ok(listed.columns.into_iter().map(|column| column.name).collect())
}

async fn all_columns(state: &AppState, stop: &CancellationToken, export: &ClaimedExport) -> Result<Vec<String>, Halt> {
    let mut columns = BTreeSet::new();
    let mut items = Items::of(state, stop, export);
    while let Some(piece) = items.next().await? {
        for item in &piece {
            collect_keys(item.data.as_str(), &mut columns);
            if columns.len() > MAX_COLUMNS {
                return Err(Halt::Failed(format!("The dataset has more than {MAX_COLUMNS} columns")));
            }
        }
        tokio::task::consume_budget().await;
    }
    Ok(columns.into_iter().collect())
}

/// Writes the file, unless an item has a column that is not among these; then the answer is false.
async fn write_columns(
    state: &AppState,
    stop: &CancellationToken,
    export: &ClaimedExport,
    key: &str,
    columns: Vec<String>,
) -> Result<bool, Halt> {
    let is_unknown = Arc::new(AtomicBool::new(false));
    let was_stopped = Arc::new(AtomicBool::new(false));
    let text = CsvText::new(&columns).map_err(|error| Halt::Failed(error.to_string()))?;
    let lines = lines(Items::of(state, stop, export), text, &is_unknown, &was_stopped);
    let written = state.files.put_stream(key, Box::pin(lines), &mut |_| ()).await;
    match written {
        Ok(_) => Ok(true),
        Err(_) if is_unknown.load(Ordering::Relaxed) => Ok(false),
        Err(_) if was_stopped.load(Ordering::Relaxed) => Err(Halt::Stopped),
        Err(error) => Err(Halt::Failed(error.text())),
    }
}

/// The text of the file, piece by piece.
fn lines<'a>(
    items: Items<'a>,
    text: CsvText,
    is_unknown: &'a AtomicBool,
    was_stopped: &'a AtomicBool,
) -> impl Stream<Item = ApiResult<Bytes>> + Send + 'a {
    futures::stream::try_unfold(Some((items, text)), move |ready| async move {
        let Some((mut items, mut text)) = ready else {
            return Ok(None);
        };
        let piece = match items.next().await {
            Ok(piece) => piece,
            Err(Halt::Stopped) => {
                was_stopped.store(true, Ordering::Relaxed);
                return Err(ApiError::from(StoreError::Closed));
            }
            Err(Halt::Failed(reason)) => return Err(ApiError::bad_request(reason)),
        };
        let Some(piece) = piece else {
            // Of an empty dataset the names remain.
            let rest = text.take().map_err(ApiError::internal)?;
            return Ok(Some((Bytes::from(rest), None)));
        };
        let written = tokio::task::spawn_blocking(move || -> ApiResult<_> {
            for item in &piece {
                match text.write(item.data.as_str()) {
                    Ok(written) => written.map_err(ApiError::internal)?,
                    Err(UnknownColumn) => return Ok(None),
                }
            }
            let bytes = text.take().map_err(ApiError::internal)?;
            Ok(Some((bytes, text)))
        })
        .await??;
        match written {
            Some((bytes, text)) => Ok(Some((Bytes::from(bytes), Some((items, text))))),
            None => {
                is_unknown.store(true, Ordering::Relaxed);
                Err(ApiError::bad_request("a column is not known"))
            }
        }
    })
}

/// The items of a version, piece by piece, about [`PIECE_BYTES`] at a time.
struct Items<'a> {
    state: &'a AppState,
    stop: &'a CancellationToken,
    export: &'a ClaimedExport,
    before: Option<Uuid>,
    limit: u64,
    is_done: bool,
}

impl<'a> Items<'a> {
    fn of(state: &'a AppState, stop: &'a CancellationToken, export: &'a ClaimedExport) -> Items<'a> {
        Items {
            state,
            stop,
            export,
            before: None,
            limit: FIRST_ITEMS,
            is_done: export.version.is_none(),
        }
    }

    async fn next(&mut self) -> Result<Option<Vec<DatasetItem>>, Halt> {
        let Some(version) = self.export.version.filter(|_| !self.is_done) else {
            return Ok(None);
        };
        if self.stop.is_cancelled() {
            return Err(Halt::Stopped);
        }
        let (before, limit) = (self.before, self.limit);
        let piece = patiently(self.stop, || {
            let stream = DatasetItemStream {
                dataset: self.export.dataset,
                version: VersionRef::Id(version),
                filter: Filter::default(),
                before,
                limit,
            };
            self.state.store.stream_dataset_items(&self.export.scope, stream)
        })
        .await?;
        self.is_done = (piece.len() as u64) < limit;
        self.before = piece.last().map(|item| item.id);
        let bytes: u64 = piece.iter().map(|item| item.data.as_str().len() as u64).sum();
        let of_one = bytes / (piece.len() as u64).max(1) + 1;
        self.limit = (PIECE_BYTES / of_one).clamp(1, MAX_ITEMS);
        Ok((!piece.is_empty()).then_some(piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_after_their_dataset() {
        let id = Uuid::nil();
        assert_eq!(file_name("my data", id), "my data.csv");
        assert_eq!(file_name(" a\"b\\c\r\n\u{7}d/\u{e4} ", id), "abcd/\u{e4}.csv");
        assert_eq!(
            file_name(&"\u{e4}".repeat(150), id),
            format!("{}.csv", "\u{e4}".repeat(100))
        );
        let fallback = "dataset-export-00000000-0000-0000-0000-000000000000.csv";
        assert_eq!(file_name("\"\\\n", id), fallback);
        assert_eq!(file_name("  ", id), fallback);
    }
}
