//! `/v1/private/spans`

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{Page, Span, SpanUpdate, SpanWrite, Stats};
use ferropik_query::Entity;
use ferropik_store::ViewField;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service::{self, WantedSpans};
use super::validate::{SpanBatch, SpanBatchUpdate};
use crate::AppState;
use crate::http::respond::{created, json, no_content, small_json};
use crate::http::{ApiResult, ErrorList, ErrorMessage, Id, JsonBody, Query, RequestScope, RequestUrl};
use crate::records::body::Existence;
use crate::records::docs::{PageParams, ProjectParams, SelectionParams, SpanParams};
use crate::records::query::{self, Wanted};
use crate::records::search::SpanSearch;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_span, get_spans_by_project))
        .routes(routes!(create_spans, batch_update_spans))
        .routes(routes!(get_span_by_id, update_span, delete_span_by_id))
        .routes(routes!(search_spans))
        .routes(routes!(get_span_stats))
        .routes(routes!(spans_exist))
}

fn wanted(query: &Query) -> ApiResult<WantedSpans> {
    Ok(WantedSpans {
        trace_id: query.uuid("trace_id")?,
        span_type: query::span_type(query)?,
        base: Wanted::of_query(query, Entity::Span)?,
    })
}

/// Create span
#[utoipa::path(
    post, path = "/v1/private/spans", tag = "Spans", operation_id = "createSpan",
    request_body = SpanWrite,
    responses((status = 201, headers(("Location" = String, description = "URL of the span"))),
        (status = 400, body = ErrorMessage), (status = 409, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn create_span(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(span): JsonBody<SpanWrite>,
) -> ApiResult<Response> {
    let id = service::create(&state, &scope, span).await?;
    Ok(created(&url, id))
}

/// Create or replace many spans
#[utoipa::path(
    post, path = "/v1/private/spans/batch", tag = "Spans", operation_id = "createSpans",
    request_body = SpanBatch,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn create_spans(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(batch): JsonBody<SpanBatch>,
) -> ApiResult<Response> {
    service::create_batch(&state, &scope, batch).await?;
    Ok(no_content())
}

/// Update span by id
#[utoipa::path(
    patch, path = "/v1/private/spans/{id}", tag = "Spans", operation_id = "updateSpan",
    params(("id" = Uuid, Path)), request_body = SpanUpdate,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 404, body = ErrorMessage),
        (status = 409, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn update_span(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(update): JsonBody<SpanUpdate>,
) -> ApiResult<Response> {
    service::update(&state, &scope, id, update).await?;
    Ok(no_content())
}

/// Update many spans alike
#[utoipa::path(
    patch, path = "/v1/private/spans/batch", tag = "Spans", operation_id = "batchUpdateSpans",
    request_body = SpanBatchUpdate,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn batch_update_spans(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<SpanBatchUpdate>,
) -> ApiResult<Response> {
    service::update_batch(&state, &scope, body).await?;
    Ok(no_content())
}

/// Get span by id
#[utoipa::path(
    get, path = "/v1/private/spans/{id}", tag = "Spans", operation_id = "getSpanById",
    params(("id" = Uuid, Path), ("strip_attachments" = Option<bool>, Query,
        description = "Whether references to attachments stay in payloads instead of the files")),
    responses((status = 200, body = Span), (status = 404, body = ErrorMessage)),
)]
async fn get_span_by_id(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    query: Query,
) -> ApiResult<Response> {
    json(service::get(&state, &scope, id, query.flag("strip_attachments")).await?).await
}

/// Get spans of a project
#[utoipa::path(
    get, path = "/v1/private/spans", tag = "Spans", operation_id = "getSpansByProject",
    params(ProjectParams, PageParams, SelectionParams, SpanParams),
    responses((status = 200, body = Page<Span>), (status = 400, body = ErrorMessage),
        (status = 404, body = ErrorMessage)),
)]
async fn get_spans_by_project(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
) -> ApiResult<Response> {
    let exclude = query::exclude(&query, ViewField::OF_SPANS)?;
    let list = query::list(&query, Entity::Span, exclude)?;
    let wanted = wanted(&query)?;
    json(service::list(&state, &scope, wanted, list, query.flag("strip_attachments")).await?).await
}

/// Search spans
///
/// Answers one JSON object on each line, by descending id. Lines end with CR LF.
#[utoipa::path(
    post, path = "/v1/private/spans/search", tag = "Spans", operation_id = "searchSpans",
    request_body = SpanSearch,
    responses((status = 200, body = Span, content_type = "application/octet-stream"),
        (status = 400, body = ErrorMessage), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn search_spans(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<SpanSearch>,
) -> ApiResult<Response> {
    service::search(state, scope, body).await
}

/// Get span statistics
#[utoipa::path(
    get, path = "/v1/private/spans/stats", tag = "Spans", operation_id = "getSpanStats",
    params(ProjectParams, SelectionParams, SpanParams),
    responses((status = 200, body = Stats), (status = 400, body = ErrorMessage), (status = 404, body = ErrorMessage)),
)]
async fn get_span_stats(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
) -> ApiResult<Response> {
    let wanted = wanted(&query)?;
    small_json(&service::stats(&state, &scope, wanted).await?)
}

/// Check whether a project has spans
#[utoipa::path(
    get, path = "/v1/private/spans/exists", tag = "Spans", operation_id = "spansExist",
    params(ProjectParams,
        ("source" = Option<String>, Query, description = "Only spans of this source; `sdk` includes unknown ones")),
    responses((status = 200, body = Existence), (status = 400, body = ErrorMessage),
        (status = 404, body = ErrorMessage)),
)]
async fn spans_exist(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
) -> ApiResult<Response> {
    let (project, source) = (query::project_of(&query)?, query::source(&query)?);
    let exists = service::exists(&state, &scope, project, source).await?;
    small_json(&Existence { exists })
}

/// Delete span by id
///
/// Spans are deleted with their trace only.
#[utoipa::path(
    delete, path = "/v1/private/spans/{id}", tag = "Spans", operation_id = "deleteSpanById",
    params(("id" = Uuid, Path)), responses((status = 501)),
)]
async fn delete_span_by_id(RequestScope(_scope): RequestScope, Id(_id): Id) -> StatusCode {
    StatusCode::NOT_IMPLEMENTED
}
