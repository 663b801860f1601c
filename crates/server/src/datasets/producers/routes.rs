//! Traces, spans and files as sources of items, and exports.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use ferropik_model::{DatasetExportJob, DatasetExportStatus};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::exports;
use super::from_records::{self, ItemsFromSpans, ItemsFromTraces};
use super::uploads::{self, Kind};
use crate::AppState;
use crate::attachments::send;
use crate::http::respond::{no_content, small_json};
use crate::http::{ApiResult, ErrorList, ErrorMessage, Id, JsonBody, RequestScope, respond};

/// Media type of exports.
const CSV: &str = "text/csv";

pub(in crate::datasets) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(from_traces))
        .routes(routes!(from_spans))
        .routes(routes!(from_csv))
        .routes(routes!(from_json))
        .routes(routes!(start_export))
        .routes(routes!(list_exports))
        .routes(routes!(get_export))
        .routes(routes!(mark_export_viewed))
        .routes(routes!(download_export))
}

/// Make items of traces
#[utoipa::path(
    post, path = "/v1/private/datasets/{id}/items/from-traces", tag = "Datasets",
    operation_id = "createDatasetItemsFromTraces",
    params(("id" = Uuid, Path, description = "dataset")),
    request_body = ItemsFromTraces,
    responses((status = 204), (status = 404, body = ErrorMessage), (status = 413, body = ErrorMessage),
        (status = 422, body = ErrorList)),
)]
async fn from_traces(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(dataset): Id,
    JsonBody(body): JsonBody<ItemsFromTraces>,
) -> ApiResult<Response> {
    from_records::from_traces(&state, &scope, dataset, body).await?;
    Ok(no_content())
}

/// Make items of spans
#[utoipa::path(
    post, path = "/v1/private/datasets/{id}/items/from-spans", tag = "Datasets",
    operation_id = "createDatasetItemsFromSpans",
    params(("id" = Uuid, Path, description = "dataset")),
    request_body = ItemsFromSpans,
    responses((status = 204), (status = 404, body = ErrorMessage), (status = 413, body = ErrorMessage),
        (status = 422, body = ErrorList)),
)]
async fn from_spans(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(dataset): Id,
    JsonBody(body): JsonBody<ItemsFromSpans>,
) -> ApiResult<Response> {
    from_records::from_spans(&state, &scope, dataset, body).await?;
    Ok(no_content())
}

/// A CSV file for a dataset.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form, which is read field by field")]
struct CsvForm {
    /// UTF-8; the first row holds the names of the columns.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Dataset that the items go to.
    dataset_id: Uuid,
}

/// A JSON file for a dataset.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form, which is read field by field")]
struct JsonForm {
    /// An array of objects, or an object on each line.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Dataset that the items go to.
    dataset_id: Uuid,
    /// `json` or `jsonl`.
    format: String,
}

/// Make items of the rows of a CSV file
///
/// The answer comes before the items are there: meanwhile the status of the dataset is `processing`. Either all rows
/// become items or none.
#[utoipa::path(
    post, path = "/v1/private/datasets/items/from-csv", tag = "Datasets", operation_id = "createDatasetItemsFromCsv",
    request_body(content = CsvForm, content_type = "multipart/form-data"),
    responses((status = 202), (status = 400, body = ErrorMessage), (status = 404, body = ErrorList),
        (status = 413, body = ErrorMessage)),
)]
async fn from_csv(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    request: Request,
) -> ApiResult<Response> {
    uploads::receive(&state, &scope, Kind::Csv, request).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

/// Make items of the objects of a JSON file
///
/// The properties `id`, `source`, `description`, `tags`, `evaluators` and `execution_policy` become those of the item,
/// all others its data. The answer comes before the items are there: meanwhile the status of the dataset is
/// `processing`. Either all objects become items or none.
#[utoipa::path(
    post, path = "/v1/private/datasets/items/from-json", tag = "Datasets", operation_id = "createDatasetItemsFromJson",
    request_body(content = JsonForm, content_type = "multipart/form-data"),
    responses((status = 202), (status = 400, body = ErrorMessage), (status = 404, body = ErrorList),
        (status = 413, body = ErrorMessage)),
)]
async fn from_json(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    request: Request,
) -> ApiResult<Response> {
    uploads::receive(&state, &scope, Kind::Json, request).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

/// Export a dataset to a CSV file
///
/// The file is written in the background and kept for a day. An export of the same version that has not ended is
/// answered instead of a new one.
#[utoipa::path(
    post, path = "/v1/private/datasets/{id}/export", tag = "Datasets", operation_id = "startDatasetExport",
    params(("id" = Uuid, Path, description = "dataset")),
    responses((status = 202, description = "the export waits", body = DatasetExportJob),
        (status = 200, description = "the export is under way", body = DatasetExportJob),
        (status = 404, body = ErrorList)),
)]
async fn start_export(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(dataset): Id,
) -> ApiResult<Response> {
    let job = exports::start(&state, &scope, dataset).await?;
    let mut response = small_json(&job)?;
    if job.status == DatasetExportStatus::Pending {
        *response.status_mut() = StatusCode::ACCEPTED;
    }
    Ok(response)
}

/// List exports
///
/// Newest first, at most a thousand.
#[utoipa::path(
    get, path = "/v1/private/datasets/export-jobs", tag = "Datasets", operation_id = "getDatasetExportJobs",
    responses((status = 200, body = Vec<DatasetExportJob>)),
)]
async fn list_exports(State(state): State<AppState>, RequestScope(scope): RequestScope) -> ApiResult<Response> {
    respond::json(exports::list(&state, &scope).await?).await
}

/// Get an export
#[utoipa::path(
    get, path = "/v1/private/datasets/export-jobs/{jobId}", tag = "Datasets", operation_id = "getDatasetExportJob",
    params(("jobId" = Uuid, Path, description = "export")),
    responses((status = 200, body = DatasetExportJob), (status = 404, body = ErrorMessage)),
)]
async fn get_export(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
) -> ApiResult<Response> {
    small_json(&exports::find(&state, &scope, id).await?)
}

/// Note that someone has seen how an export ended
#[utoipa::path(
    put, path = "/v1/private/datasets/export-jobs/{jobId}/mark-viewed", tag = "Datasets",
    operation_id = "markDatasetExportJobViewed",
    params(("jobId" = Uuid, Path, description = "export")),
    responses((status = 204), (status = 404, body = ErrorMessage)),
)]
async fn mark_export_viewed(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
) -> ApiResult<Response> {
    exports::mark_viewed(&state, &scope, id).await?;
    Ok(no_content())
}

/// Download the file of an export
#[utoipa::path(
    get, path = "/v1/private/datasets/export-jobs/{jobId}/download", tag = "Datasets",
    operation_id = "downloadDatasetExport",
    params(("jobId" = Uuid, Path, description = "export")),
    responses((status = 200, body = String, content_type = "text/csv"), (status = 400, body = ErrorMessage),
        (status = 404, body = ErrorMessage)),
)]
async fn download_export(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
) -> ApiResult<Response> {
    let (file_name, file) = exports::download(&state, &scope, id).await?;
    Ok(send(StatusCode::OK, &file_name, CSV, file))
}
