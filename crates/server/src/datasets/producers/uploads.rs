//! Files that become items of a dataset: received at once, read in the background.

use std::io::Read;

use axum::extract::Request;
use ferropik_model::id;
use ferropik_store::{DatasetItemsPut, NewDatasetItem, Scope, StoreError, UploadFormat, WaitingUpload, WriteTo};
use futures::{StreamExt, TryStreamExt};
use tokio::sync::mpsc;
use tokio_util::io::{StreamReader, SyncIoBridge};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::csv_file::{CsvCheck, CsvError, CsvRows};
use super::form::{FilePart, Form, Part};
use super::json_file::{self, JsonTexts};
use super::key_prefix;
use super::patience::{Halt, patiently, pause};
use super::rows::{Row, RowError};
use crate::AppState;
use crate::datasets::service::no_such_dataset;
use crate::http::{ApiError, ApiResult};

/// Items that are written at once.
const BATCH_ITEMS: usize = 1000;

/// Bytes of items after which a batch is written although it holds fewer.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Batches that wait to be written.
const WAITING_BATCHES: usize = 2;

/// Files that are deleted at a time.
const SPENT_AT_A_TIME: u64 = 100;

/// Change description of the version that the items of a file are in.
const DESCRIPTION: &str = "Uploaded from a file";

/// What kind of files an endpoint takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// CSV.
    Csv,
    /// JSON, as the field `format` says.
    Json,
}

fn key_of(scope: &Scope, upload: Uuid) -> String {
    format!("{}{upload}", key_prefix(scope, "uploads"))
}

/// Forgets a file that was not accepted, whatever ended its way.
struct Receiving {
    state: AppState,
    scope: Scope,
    upload: Uuid,
    is_accepted: bool,
}

impl Drop for Receiving {
    fn drop(&mut self) {
        if self.is_accepted {
            return;
        }
        let (state, scope, upload) = (self.state.clone(), self.scope.clone(), self.upload);
        tokio::spawn(async move {
            forget(&state, &scope, upload).await;
        });
    }
}

async fn forget(state: &AppState, scope: &Scope, upload: Uuid) {
    state.files.delete(vec![key_of(scope, upload)]).await;
    if let Err(error) = state.store.forget_dataset_upload(upload).await {
        tracing::warn!(%error, %upload, "record of an upload stays until the server starts again");
    }
}

/// What a form says.
#[derive(Default)]
struct Received {
    file: Option<Receiving>,
    /// What is wrong with the file.
    refusal: Option<ApiError>,
    dataset: Option<String>,
    format: Option<String>,
}

/// Takes a file for a dataset. When this returns the file is kept and will become items.
///
/// # Errors
/// 400 for what can be said at once about the file and the other fields, 404 for the dataset, 413, 415.
pub(super) async fn receive(state: &AppState, scope: &Scope, kind: Kind, request: Request) -> ApiResult<()> {
    let mut form = Form::of(request, &state.settings)?;
    let mut received = Received::default();
    while let Some(part) = form.next().await? {
        match part {
            Part::File(_) if received.file.is_some() => {
                return Err(ApiError::bad_request("form field file must be given once"));
            }
            Part::File(file) => keep_file(state, scope, kind, file, &mut received).await?,
            Part::Value(name, value) if name == "dataset_id" => received.dataset = Some(value),
            Part::Value(name, value) if name == "format" => received.format = Some(value),
            Part::Value(..) => {}
        }
    }
    let missing = |name: &str| ApiError::bad_request(format!("form field {name} must not be null"));
    let mut file = received.file.ok_or_else(|| missing("file"))?;
    let dataset = received.dataset.ok_or_else(|| missing("dataset_id"))?;
    let dataset =
        Uuid::try_parse(dataset.trim()).map_err(|_| ApiError::bad_request("form field dataset_id must be a UUID"))?;
    let format = match kind {
        Kind::Csv => UploadFormat::Csv,
        Kind::Json => json_format(&received.format.ok_or_else(|| missing("format"))?)?,
    };
    if let Some(refusal) = received.refusal {
        return Err(refusal);
    }
    if state.store.dataset(scope, dataset).await?.is_none() {
        return Err(no_such_dataset());
    }
    read_file(state, scope, file.upload, move |source| check_file(source, format)).await??;
    match state
        .store
        .accept_dataset_upload(scope, file.upload, dataset, format)
        .await
    {
        Ok(()) => {}
        Err(StoreError::NotFound) => return Err(no_such_dataset()),
        Err(error) => return Err(error.into()),
    }
    file.is_accepted = true;
    state.wake.uploads.notify_one();
    Ok(())
}

fn json_format(name: &str) -> ApiResult<UploadFormat> {
    match name.trim().to_ascii_lowercase().as_str() {
        "json" => Ok(UploadFormat::Json),
        "jsonl" => Ok(UploadFormat::JsonLines),
        _ => Err(ApiError::bad_request(format!(
            "Unknown format '{name}', expected json or jsonl"
        ))),
    }
}

async fn keep_file(
    state: &AppState,
    scope: &Scope,
    kind: Kind,
    mut file: FilePart,
    received: &mut Received,
) -> ApiResult<()> {
    let upload = id::new();
    state.store.begin_dataset_upload(scope, upload).await?;
    received.file = Some(Receiving {
        state: state.clone(),
        scope: scope.clone(),
        upload,
        is_accepted: false,
    });
    let (mut check, mut is_refused) = (CsvCheck::default(), false);
    let bytes = file.bytes().map(|chunk| {
        let chunk = chunk?;
        if kind == Kind::Csv {
            check.feed(&chunk).map_err(|error| {
                is_refused = true;
                csv_refusal(&error)
            })?;
        }
        Ok(chunk)
    });
    let kept = state.files.put_stream(&key_of(scope, upload), bytes, &mut |_| ()).await;
    match kept {
        Ok(_) => received.refusal = check.finish().err().map(|error| csv_refusal(&error)),
        Err(error) if is_refused => {
            file.skip().await;
            received.refusal = Some(error);
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

fn csv_refusal(error: &CsvError) -> ApiError {
    let refusal = ApiError::bad_request(error.to_string());
    match error {
        CsvError::Invalid(detail) => refusal.details(detail),
        CsvError::NoHeaders | CsvError::BlankHeader => refusal,
    }
}

/// What can be said about a file without reading all of it.
fn check_file(source: impl Read, format: UploadFormat) -> ApiResult<()> {
    match format {
        UploadFormat::Csv => CsvRows::new(source).map(|_| ()).map_err(|error| csv_refusal(&error)),
        UploadFormat::Json | UploadFormat::JsonLines => {
            json_file::check_head(source, format == UploadFormat::JsonLines)
                .map_err(|error| ApiError::bad_request(error.to_string()))
        }
    }
}

type Source =
    SyncIoBridge<StreamReader<futures::stream::BoxStream<'static, std::io::Result<bytes::Bytes>>, bytes::Bytes>>;

/// Reads a file on a blocking thread.
async fn read_file<T: Send + 'static>(
    state: &AppState,
    scope: &Scope,
    upload: Uuid,
    read: impl FnOnce(Source) -> T + Send + 'static,
) -> ApiResult<T> {
    let file = state.files.open(&key_of(scope, upload), None).await?;
    let file = file.ok_or_else(|| ApiError::internal(format!("the file of upload {upload} is missing")))?;
    let source = SyncIoBridge::new(StreamReader::new(file.bytes.map_err(std::io::Error::other).boxed()));
    Ok(tokio::task::spawn_blocking(move || read(source)).await?)
}

/// Makes items of the files that wait, one file after the other.
pub(super) async fn run(state: &AppState, stop: &CancellationToken) {
    let abandoned = patiently(stop, || state.store.abandon_dataset_uploads(state.wake.started)).await;
    if matches!(abandoned, Err(Halt::Stopped)) {
        return;
    }
    loop {
        forget_spent(state).await;
        let next = patiently(stop, || state.store.waiting_dataset_upload()).await;
        let ended = match next {
            Ok(Some(upload)) => work_on(state, stop, &upload).await,
            Ok(None) => {
                tokio::select! {
                    () = state.wake.uploads.notified() => continue,
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

async fn forget_spent(state: &AppState) {
    loop {
        let spent = match state.store.spent_dataset_uploads(SPENT_AT_A_TIME).await {
            Ok(spent) => spent,
            Err(error) => {
                tracing::warn!(%error, "files of uploads stay until later");
                return;
            }
        };
        let is_last = (spent.len() as u64) < SPENT_AT_A_TIME;
        for upload in spent {
            let scope = Scope::new(upload.workspace, "");
            state.files.delete(vec![key_of(&scope, upload.id)]).await;
            if let Err(error) = state.store.forget_dataset_upload(upload.id).await {
                tracing::warn!(%error, "records of uploads stay until later");
                return;
            }
        }
        if is_last {
            return;
        }
    }
}

/// Works on one upload and records how it has ended.
async fn work_on(state: &AppState, stop: &CancellationToken, upload: &WaitingUpload) -> Result<(), Halt> {
    let outcome = match store_items(state, stop, upload).await {
        Err(Halt::Stopped) => return Err(Halt::Stopped),
        Err(Halt::Failed(reason)) => Err(reason),
        Ok(items) => Ok(items),
    };
    match &outcome {
        Ok(items) => tracing::info!(upload = %upload.id, dataset = %upload.dataset, items, "upload completed"),
        Err(reason) => tracing::warn!(upload = %upload.id, dataset = %upload.dataset, reason, "upload failed"),
    }
    let is_complete = outcome.is_ok();
    patiently(stop, || {
        state.store.end_dataset_upload(&upload.scope, upload.id, is_complete)
    })
    .await
}

/// Stores all items of a file, or none when it has an error anywhere. Answers their number.
async fn store_items(state: &AppState, stop: &CancellationToken, upload: &WaitingUpload) -> Result<u64, Halt> {
    let format = upload.format;
    let read = |skip: u64, batches: Option<mpsc::Sender<Vec<Row>>>| {
        let stop = stop.clone();
        read_file(state, &upload.scope, upload.id, move |source| {
            read_rows(source, format, skip, batches, &stop)
        })
    };
    let unreadable = |error: ApiError| Halt::Failed(error.text());
    if upload.items == 0 && read(0, None).await.map_err(unreadable)?? == 0 {
        let what = if format == UploadFormat::Csv {
            "CSV file contains no data rows"
        } else {
            "JSON file contains no items"
        };
        return Err(Halt::Failed(what.to_owned()));
    }
    let (sender, mut batches) = mpsc::channel(WAITING_BATCHES);
    let reading = read(upload.items, Some(sender));
    // Whichever fails first ends the other: no batch is taken any more, or none comes.
    let writing = async move {
        let mut stored = upload.items;
        while let Some(batch) = batches.recv().await {
            stored = store_batch(state, stop, upload, stored, batch).await?;
        }
        Ok(stored)
    };
    let (read, stored) = tokio::join!(reading, writing);
    let stored = stored?;
    read.map_err(unreadable)??;
    Ok(stored)
}

async fn store_batch(
    state: &AppState,
    stop: &CancellationToken,
    upload: &WaitingUpload,
    stored: u64,
    batch: Vec<Row>,
) -> Result<u64, Halt> {
    if stop.is_cancelled() {
        return Err(Halt::Stopped);
    }
    let items: Vec<NewDatasetItem> = batch
        .into_iter()
        .zip(stored..)
        .map(|(row, index)| new_item(row, upload.id, index))
        .collect();
    let stored = stored + items.len() as u64;
    let put = DatasetItemsPut {
        target: WriteTo::Group(upload.id),
        description: Some(DESCRIPTION.to_owned()),
        copy_from: None,
        items,
    };
    patiently(stop, || {
        state
            .store
            .put_dataset_items(&upload.scope, upload.dataset, put.clone())
    })
    .await?;
    patiently(stop, || {
        state.store.advance_dataset_upload(&upload.scope, upload.id, stored)
    })
    .await?;
    Ok(stored)
}

/// Reads the rows behind the first `skip` ones and hands them on in batches. Answers the number of all rows.
fn read_rows(
    source: Source,
    format: UploadFormat,
    skip: u64,
    batches: Option<mpsc::Sender<Vec<Row>>>,
    stop: &CancellationToken,
) -> Result<u64, Halt> {
    let failed = |error: &dyn std::fmt::Display| Halt::Failed(error.to_string());
    let rows: Box<dyn Iterator<Item = Result<Row, RowError>>> = match format {
        UploadFormat::Csv => Box::new(CsvRows::new(source).map_err(|error| failed(&error))?),
        UploadFormat::Json => Box::new(JsonTexts::new(source, false)),
        UploadFormat::JsonLines => Box::new(JsonTexts::new(source, true)),
    };
    let (mut batch, mut weight, mut count) = (Vec::new(), 0, 0_u64);
    for row in rows {
        if stop.is_cancelled() {
            return Err(Halt::Stopped);
        }
        let row = row.map_err(|error| failed(&error))?;
        count += 1;
        let Some(batches) = batches.as_ref().filter(|_| count > skip) else {
            continue;
        };
        weight += row.weight();
        batch.push(row);
        if batch.len() >= BATCH_ITEMS || weight >= BATCH_BYTES {
            weight = 0;
            if batches.blocking_send(std::mem::take(&mut batch)).is_err() {
                return Err(Halt::Stopped);
            }
        }
    }
    if let Some(batches) = batches.filter(|_| !batch.is_empty())
        && batches.blocking_send(batch).is_err()
    {
        return Err(Halt::Stopped);
    }
    Ok(count)
}

fn new_item(row: Row, upload: Uuid, index: u64) -> NewDatasetItem {
    NewDatasetItem {
        id: row.id.unwrap_or_else(|| item_id(upload, index)),
        source: row.source,
        trace_id: None,
        span_id: None,
        data: row.data,
        description: row.description,
        tags: row.tags,
        evaluators: row.evaluators,
        policy: row.policy,
    }
}

/// The id of an item without one: the same whenever the file is read, rising from row to row, of the time of the
/// upload.
fn item_id(upload: Uuid, index: u64) -> Uuid {
    const TIME: u128 = u128::MAX << 80;
    const VERSION: u128 = 7 << 76;
    const VARIANT: u128 = 2 << 62;
    const RANDOM: u128 = (1 << 42) - 1;
    let (high, low) = (u128::from(index >> 20) & 0xfff, u128::from(index) & 0xf_ffff);
    let upload = upload.as_u128();
    Uuid::from_u128((upload & TIME) | VERSION | (high << 64) | VARIANT | (low << 42) | (upload & RANDOM))
}

#[cfg(test)]
mod tests {
    use ferropik_model::RawJson;

    use super::*;

    #[test]
    fn ids_rise_and_are_of_version_7() {
        let upload = id::new();
        let indexes = [0, 1, 2, 1000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, (1 << 32) - 1];
        let ids: Vec<Uuid> = indexes.iter().map(|index| item_id(upload, *index)).collect();
        assert!(ids.is_sorted() && ids.iter().all(|item| id::is_v7(*item)));
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(ids.iter().all(|item| id::millis(*item) == id::millis(upload)));
        assert_eq!(item_id(upload, 5), item_id(upload, 5));
        assert_ne!(item_id(id::new(), 0), item_id(id::new(), 0));
    }

    #[test]
    fn formats_have_names() {
        assert_eq!(json_format("JSONL").unwrap(), UploadFormat::JsonLines);
        assert_eq!(json_format("json").unwrap(), UploadFormat::Json);
        assert_eq!(json_format("csv").unwrap_err().status(), 400);
    }

    #[test]
    fn rows_become_items() {
        let upload = id::new();
        let item = new_item(Row::of_data(RawJson::from_stored(r#"{"a":1}"#)), upload, 3);
        assert_eq!((item.id, item.data.as_str()), (item_id(upload, 3), r#"{"a":1}"#));
    }
}
