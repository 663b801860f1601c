//! `/v1/private/traces`

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{Page, Stats, Trace, TraceUpdate, TraceWrite};
use ferropik_query::Entity;
use ferropik_store::ViewField;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service;
use super::validate::{TraceBatch, TraceBatchUpdate};
use crate::AppState;
use crate::http::respond::{created, json, no_content, small_json};
use crate::http::{ApiResult, ErrorList, ErrorMessage, Id, JsonBody, Query, RequestScope, RequestUrl};
use crate::records::body::{Existence, TraceDeletion};
use crate::records::docs::{PageParams, ProjectParams, QueueParams, SelectionParams};
use crate::records::query::{self, Wanted};
use crate::records::search::TraceSearch;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_trace, get_traces_by_project))
        .routes(routes!(create_traces, batch_update_traces))
        .routes(routes!(get_trace_by_id, update_trace, delete_trace_by_id))
        .routes(routes!(delete_traces))
        .routes(routes!(search_traces))
        .routes(routes!(get_trace_stats))
        .routes(routes!(traces_exist))
}

/// Create trace
#[utoipa::path(
    post, path = "/v1/private/traces", tag = "Traces", operation_id = "createTrace",
    request_body = TraceWrite,
    responses((status = 201, headers(("Location" = String, description = "URL of the trace"))),
        (status = 400, body = ErrorMessage), (status = 409, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn create_trace(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(trace): JsonBody<TraceWrite>,
) -> ApiResult<Response> {
    let id = service::create(&state, &scope, trace).await?;
    Ok(created(&url, id))
}

/// Create or replace many traces
#[utoipa::path(
    post, path = "/v1/private/traces/batch", tag = "Traces", operation_id = "createTraces",
    request_body = TraceBatch,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn create_traces(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(batch): JsonBody<TraceBatch>,
) -> ApiResult<Response> {
    service::create_batch(&state, &scope, batch).await?;
    Ok(no_content())
}

/// Update trace by id
#[utoipa::path(
    patch, path = "/v1/private/traces/{id}", tag = "Traces", operation_id = "updateTrace",
    params(("id" = Uuid, Path)), request_body = TraceUpdate,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 404, body = ErrorMessage),
        (status = 409, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn update_trace(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(update): JsonBody<TraceUpdate>,
) -> ApiResult<Response> {
    service::update(&state, &scope, id, update).await?;
    Ok(no_content())
}

/// Update many traces alike
#[utoipa::path(
    patch, path = "/v1/private/traces/batch", tag = "Traces", operation_id = "batchUpdateTraces",
    request_body = TraceBatchUpdate,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn batch_update_traces(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<TraceBatchUpdate>,
) -> ApiResult<Response> {
    service::update_batch(&state, &scope, body).await?;
    Ok(no_content())
}

/// Get trace by id
#[utoipa::path(
    get, path = "/v1/private/traces/{id}", tag = "Traces", operation_id = "getTraceById",
    params(("id" = Uuid, Path), ("strip_attachments" = Option<bool>, Query,
        description = "Whether references to attachments stay in payloads instead of the files")),
    responses((status = 200, body = Trace), (status = 404, body = ErrorMessage)),
)]
async fn get_trace_by_id(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    query: Query,
) -> ApiResult<Response> {
    json(service::get(&state, &scope, id, query.flag("strip_attachments")).await?).await
}

/// Get traces of a project
#[utoipa::path(
    get, path = "/v1/private/traces", tag = "Traces", operation_id = "getTracesByProject",
    params(ProjectParams, PageParams, SelectionParams, QueueParams),
    responses((status = 200, body = Page<Trace>), (status = 400, body = ErrorMessage),
        (status = 404, body = ErrorMessage)),
)]
async fn get_traces_by_project(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
) -> ApiResult<Response> {
    let exclude = query::exclude(&query, ViewField::OF_TRACES)?;
    let list = query::list(&query, Entity::Trace, exclude)?;
    let wanted = Wanted::of_query(&query, Entity::Trace)?;
    json(service::list(&state, &scope, wanted, list, query.flag("strip_attachments")).await?).await
}

/// Search traces
///
/// Answers one JSON object on each line, by descending id. Lines end with CR LF.
#[utoipa::path(
    post, path = "/v1/private/traces/search", tag = "Traces", operation_id = "searchTraces",
    request_body = TraceSearch,
    responses((status = 200, body = Trace, content_type = "application/octet-stream"),
        (status = 400, body = ErrorMessage), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn search_traces(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<TraceSearch>,
) -> ApiResult<Response> {
    service::search(state, scope, body).await
}

/// Get trace statistics
#[utoipa::path(
    get, path = "/v1/private/traces/stats", tag = "Traces", operation_id = "getTraceStats",
    params(ProjectParams, SelectionParams, QueueParams),
    responses((status = 200, body = Stats), (status = 400, body = ErrorMessage), (status = 404, body = ErrorMessage)),
)]
async fn get_trace_stats(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
) -> ApiResult<Response> {
    let wanted = Wanted::of_query(&query, Entity::Trace)?;
    small_json(&service::stats(&state, &scope, wanted).await?)
}

/// Check whether a project has traces
#[utoipa::path(
    get, path = "/v1/private/traces/exists", tag = "Traces", operation_id = "tracesExist",
    params(ProjectParams,
        ("source" = Option<String>, Query, description = "Only traces of this source; `sdk` includes unknown ones"),
        ("thread_only" = Option<bool>, Query, description = "Whether any thread exists, instead of any trace")),
    responses((status = 200, body = Existence), (status = 400, body = ErrorMessage),
        (status = 404, body = ErrorMessage)),
)]
async fn traces_exist(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
) -> ApiResult<Response> {
    let (project, source) = (query::project_of(&query)?, query::source(&query)?);
    let exists = service::exists(&state, &scope, project, source, query.flag("thread_only")).await?;
    small_json(&Existence { exists })
}

/// Delete trace by id
#[utoipa::path(
    delete, path = "/v1/private/traces/{id}", tag = "Traces", operation_id = "deleteTraceById",
    params(("id" = Uuid, Path)), responses((status = 204)),
)]
async fn delete_trace_by_id(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
) -> ApiResult<Response> {
    service::delete(&state, &scope, id).await?;
    Ok(no_content())
}

/// Delete traces
#[utoipa::path(
    post, path = "/v1/private/traces/delete", tag = "Traces", operation_id = "deleteTraces",
    request_body = TraceDeletion,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn delete_traces(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<TraceDeletion>,
) -> ApiResult<Response> {
    service::delete_batch(&state, &scope, body).await?;
    Ok(no_content())
}
