//! Comment routes of traces, spans and threads.

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{Comment, CommentWrite};
use ferropik_store::{CommentTarget, ScoreKind};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::service;
use crate::AppState;
use crate::http::respond::{created_with, no_content, small_json};
use crate::http::{ApiResult, ErrorList, ErrorMessage, Id, Ids, JsonBody, RequestScope, RequestUrl};
use crate::records::body::IdBatch;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(add_trace_comment))
        .routes(routes!(get_trace_comment))
        .routes(routes!(update_trace_comment))
        .routes(routes!(delete_trace_comments))
        .routes(routes!(add_span_comment))
        .routes(routes!(get_span_comment))
        .routes(routes!(update_span_comment))
        .routes(routes!(delete_span_comments))
        .routes(routes!(add_thread_comment))
        .routes(routes!(get_thread_comment))
        .routes(routes!(update_thread_comment))
        .routes(routes!(delete_thread_comments))
}

/// A comment that was added.
#[derive(Debug, Serialize, ToSchema)]
struct AddedComment {
    /// Its id.
    id: Uuid,
}

/// Add trace comment
#[utoipa::path(
    post, path = "/v1/private/traces/{id}/comments", tag = "Traces", operation_id = "addTraceComment",
    params(("id" = Uuid, Path)), request_body = CommentWrite,
    responses((status = 201, body = AddedComment, headers(("Location" = String, description = "URL of the comment"))),
        (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn add_trace_comment(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    Id(id): Id,
    JsonBody(body): JsonBody<CommentWrite>,
) -> ApiResult<Response> {
    let id = service::add(&state, &scope, CommentTarget::Trace(id), body).await?;
    created_with(&url, id, &AddedComment { id })
}

/// Get trace comment
#[utoipa::path(
    get, path = "/v1/private/traces/{id}/comments/{comment_id}", tag = "Traces", operation_id = "getTraceComment",
    params(("id" = Uuid, Path), ("comment_id" = Uuid, Path)),
    responses((status = 200, body = Comment), (status = 404, body = ErrorMessage)),
)]
async fn get_trace_comment(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    ids: Ids<2>,
) -> ApiResult<Response> {
    let Ids([id, comment]) = ids;
    small_json(&service::get(&state, &scope, CommentTarget::Trace(id), comment).await?)
}

/// Update trace comment
#[utoipa::path(
    patch, path = "/v1/private/traces/comments/{comment_id}", tag = "Traces", operation_id = "updateTraceComment",
    params(("comment_id" = Uuid, Path)), request_body = CommentWrite,
    responses((status = 204), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn update_trace_comment(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(comment): Id,
    JsonBody(body): JsonBody<CommentWrite>,
) -> ApiResult<Response> {
    service::update(&state, &scope, ScoreKind::Trace, comment, body).await?;
    Ok(no_content())
}

/// Delete trace comments
#[utoipa::path(
    post, path = "/v1/private/traces/comments/delete", tag = "Traces", operation_id = "deleteTraceComments",
    request_body = IdBatch, responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn delete_trace_comments(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<IdBatch>,
) -> ApiResult<Response> {
    service::delete(&state, &scope, ScoreKind::Trace, body).await?;
    Ok(no_content())
}

/// Add span comment
#[utoipa::path(
    post, path = "/v1/private/spans/{id}/comments", tag = "Spans", operation_id = "addSpanComment",
    params(("id" = Uuid, Path)), request_body = CommentWrite,
    responses((status = 201, body = AddedComment, headers(("Location" = String, description = "URL of the comment"))),
        (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn add_span_comment(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    Id(id): Id,
    JsonBody(body): JsonBody<CommentWrite>,
) -> ApiResult<Response> {
    let id = service::add(&state, &scope, CommentTarget::Span(id), body).await?;
    created_with(&url, id, &AddedComment { id })
}

/// Get span comment
#[utoipa::path(
    get, path = "/v1/private/spans/{id}/comments/{comment_id}", tag = "Spans", operation_id = "getSpanComment",
    params(("id" = Uuid, Path), ("comment_id" = Uuid, Path)),
    responses((status = 200, body = Comment), (status = 404, body = ErrorMessage)),
)]
async fn get_span_comment(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    ids: Ids<2>,
) -> ApiResult<Response> {
    let Ids([id, comment]) = ids;
    small_json(&service::get(&state, &scope, CommentTarget::Span(id), comment).await?)
}

/// Update span comment
#[utoipa::path(
    patch, path = "/v1/private/spans/comments/{comment_id}", tag = "Spans", operation_id = "updateSpanComment",
    params(("comment_id" = Uuid, Path)), request_body = CommentWrite,
    responses((status = 204), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn update_span_comment(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(comment): Id,
    JsonBody(body): JsonBody<CommentWrite>,
) -> ApiResult<Response> {
    service::update(&state, &scope, ScoreKind::Span, comment, body).await?;
    Ok(no_content())
}

/// Delete span comments
#[utoipa::path(
    post, path = "/v1/private/spans/comments/delete", tag = "Spans", operation_id = "deleteSpanComments",
    request_body = IdBatch, responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn delete_span_comments(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<IdBatch>,
) -> ApiResult<Response> {
    service::delete(&state, &scope, ScoreKind::Span, body).await?;
    Ok(no_content())
}

/// Add thread comment
#[utoipa::path(
    post, path = "/v1/private/traces/threads/{id}/comments", tag = "Traces", operation_id = "addThreadComment",
    params(("id" = Uuid, Path)), request_body = CommentWrite,
    responses((status = 201, body = AddedComment, headers(("Location" = String, description = "URL of the comment"))),
        (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn add_thread_comment(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    Id(id): Id,
    JsonBody(body): JsonBody<CommentWrite>,
) -> ApiResult<Response> {
    let id = service::add(&state, &scope, CommentTarget::Thread(id), body).await?;
    created_with(&url, id, &AddedComment { id })
}

/// Get thread comment
#[utoipa::path(
    get, path = "/v1/private/traces/threads/{id}/comments/{comment_id}", tag = "Traces", operation_id = "getThreadComment",
    params(("id" = Uuid, Path), ("comment_id" = Uuid, Path)),
    responses((status = 200, body = Comment), (status = 404, body = ErrorMessage)),
)]
async fn get_thread_comment(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    ids: Ids<2>,
) -> ApiResult<Response> {
    let Ids([id, comment]) = ids;
    small_json(&service::get(&state, &scope, CommentTarget::Thread(id), comment).await?)
}

/// Update thread comment
#[utoipa::path(
    patch, path = "/v1/private/traces/threads/comments/{comment_id}", tag = "Traces", operation_id = "updateThreadComment",
    params(("comment_id" = Uuid, Path)), request_body = CommentWrite,
    responses((status = 204), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn update_thread_comment(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(comment): Id,
    JsonBody(body): JsonBody<CommentWrite>,
) -> ApiResult<Response> {
    service::update(&state, &scope, ScoreKind::Thread, comment, body).await?;
    Ok(no_content())
}

/// Delete thread comments
#[utoipa::path(
    post, path = "/v1/private/traces/threads/comments/delete", tag = "Traces", operation_id = "deleteThreadComments",
    request_body = IdBatch, responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn delete_thread_comments(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<IdBatch>,
) -> ApiResult<Response> {
    service::delete(&state, &scope, ScoreKind::Thread, body).await?;
    Ok(no_content())
}
