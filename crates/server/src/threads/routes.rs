//! `/v1/private/traces/threads`

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{Page, Stats, Thread, ThreadUpdate};
use ferropik_query::Entity;
use ferropik_store::ExcludedFields;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::bodies::{ThreadBatchIdentifier, ThreadBatchUpdate, ThreadDeletion, ThreadIdentifier};
use super::service;
use crate::AppState;
use crate::http::respond::{json, no_content, small_json};
use crate::http::{ApiResult, ErrorList, ErrorMessage, Id, JsonBody, Query, RequestScope};
use crate::records::docs::{PageParams, ProjectParams, QueueParams, SelectionParams};
use crate::records::query::{self, Wanted};
use crate::records::search::ThreadSearch;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_trace_threads))
        .routes(routes!(search_trace_threads))
        .routes(routes!(get_trace_thread_stats))
        .routes(routes!(get_trace_thread))
        .routes(routes!(open_trace_thread))
        .routes(routes!(close_trace_thread))
        .routes(routes!(delete_trace_threads))
        .routes(routes!(batch_update_threads))
        .routes(routes!(update_thread))
}

/// Get threads of a project
#[utoipa::path(
    get, path = "/v1/private/traces/threads", tag = "Traces", operation_id = "getTraceThreads",
    params(ProjectParams, PageParams, SelectionParams, QueueParams),
    responses((status = 200, body = Page<Thread>), (status = 400, body = ErrorMessage),
        (status = 404, body = ErrorMessage)),
)]
async fn get_trace_threads(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
) -> ApiResult<Response> {
    let exclude = service::excluded_fields(&query)?;
    let list = query::list(&query, Entity::Thread, ExcludedFields::NONE)?;
    let wanted = Wanted::of_query(&query, Entity::Thread)?;
    json(service::list(&state, &scope, wanted, list, &exclude).await?).await
}

/// Search threads
///
/// Answers one JSON object on each line, by descending `thread_model_id`. Lines end with CR LF.
#[utoipa::path(
    post, path = "/v1/private/traces/threads/search", tag = "Traces", operation_id = "searchTraceThreads",
    request_body = ThreadSearch,
    responses((status = 200, body = Thread, content_type = "application/octet-stream"),
        (status = 400, body = ErrorMessage), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn search_trace_threads(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<ThreadSearch>,
) -> ApiResult<Response> {
    service::search(state, scope, body).await
}

/// Get thread statistics
#[utoipa::path(
    get, path = "/v1/private/traces/threads/stats", tag = "Traces", operation_id = "getTraceThreadStats",
    params(ProjectParams, SelectionParams, QueueParams),
    responses((status = 200, body = Stats), (status = 400, body = ErrorMessage), (status = 404, body = ErrorMessage)),
)]
async fn get_trace_thread_stats(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
) -> ApiResult<Response> {
    let wanted = Wanted::of_query(&query, Entity::Thread)?;
    small_json(&service::stats(&state, &scope, wanted).await?)
}

/// Get thread
#[utoipa::path(
    post, path = "/v1/private/traces/threads/retrieve", tag = "Traces", operation_id = "getTraceThread",
    request_body = ThreadIdentifier,
    responses((status = 200, body = Thread), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn get_trace_thread(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<ThreadIdentifier>,
) -> ApiResult<Response> {
    json(service::get(&state, &scope, body).await?).await
}

/// Open thread
#[utoipa::path(
    put, path = "/v1/private/traces/threads/open", tag = "Traces", operation_id = "openTraceThread",
    request_body = ThreadIdentifier,
    responses((status = 204), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn open_trace_thread(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<ThreadIdentifier>,
) -> ApiResult<Response> {
    service::open(&state, &scope, body).await?;
    Ok(no_content())
}

/// Close threads
#[utoipa::path(
    put, path = "/v1/private/traces/threads/close", tag = "Traces", operation_id = "closeTraceThread",
    request_body = ThreadBatchIdentifier,
    responses((status = 204), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn close_trace_thread(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<ThreadBatchIdentifier>,
) -> ApiResult<Response> {
    service::close(&state, &scope, body).await?;
    Ok(no_content())
}

/// Delete threads with their traces
#[utoipa::path(
    post, path = "/v1/private/traces/threads/delete", tag = "Traces", operation_id = "deleteTraceThreads",
    request_body = ThreadDeletion, responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn delete_trace_threads(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<ThreadDeletion>,
) -> ApiResult<Response> {
    service::delete(&state, &scope, body).await?;
    Ok(no_content())
}

/// Update thread
#[utoipa::path(
    patch, path = "/v1/private/traces/threads/{id}", tag = "Traces", operation_id = "updateThread",
    params(("id" = Uuid, Path, description = "Id of the thread's record")), request_body = ThreadUpdate,
    responses((status = 204), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn update_thread(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(update): JsonBody<ThreadUpdate>,
) -> ApiResult<Response> {
    service::update(&state, &scope, id, update).await?;
    Ok(no_content())
}

/// Update many threads alike
#[utoipa::path(
    patch, path = "/v1/private/traces/threads/batch", tag = "Traces", operation_id = "batchUpdateThreads",
    request_body = ThreadBatchUpdate, responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn batch_update_threads(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<ThreadBatchUpdate>,
) -> ApiResult<Response> {
    service::update_batch(&state, &scope, body).await?;
    Ok(no_content())
}
