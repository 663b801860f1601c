//! Score routes of traces, spans and threads.

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{ScoreDelete, ScoreWrite, ThreadScoreDelete};
use ferropik_store::{ScoreKind, ScoreTarget};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service;
use super::validate::{ScoreBatch, ThreadScoreBatch};
use crate::AppState;
use crate::http::respond::{json, no_content};
use crate::http::{ApiError, ApiResult, ErrorList, ErrorMessage, Id, JsonBody, Query, RequestScope};
use crate::records::query;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(add_trace_feedback_score))
        .routes(routes!(score_batch_of_traces))
        .routes(routes!(delete_trace_feedback_score))
        .routes(routes!(find_trace_score_names))
        .routes(routes!(add_span_feedback_score))
        .routes(routes!(score_batch_of_spans))
        .routes(routes!(delete_span_feedback_score))
        .routes(routes!(find_span_score_names))
        .routes(routes!(score_batch_of_threads))
        .routes(routes!(delete_thread_feedback_scores))
        .routes(routes!(find_thread_score_names))
}

/// Names of scores.
#[derive(Debug, Serialize, ToSchema)]
struct ScoreNames {
    /// Distinct and sorted.
    scores: Vec<ScoreName>,
}

/// Name of a score.
#[derive(Debug, Serialize, ToSchema)]
struct ScoreName {
    /// The name.
    name: String,
}

impl ScoreNames {
    fn of(names: Vec<String>) -> ScoreNames {
        ScoreNames {
            scores: names.into_iter().map(|name| ScoreName { name }).collect(),
        }
    }
}

/// Score a trace
#[utoipa::path(
    put, path = "/v1/private/traces/{id}/feedback-scores", tag = "Traces", operation_id = "addTraceFeedbackScore",
    params(("id" = Uuid, Path)), request_body = ScoreWrite,
    responses((status = 204), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn add_trace_feedback_score(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(score): JsonBody<ScoreWrite>,
) -> ApiResult<Response> {
    service::put(&state, &scope, ScoreTarget::Trace(id), score).await?;
    Ok(no_content())
}

/// Score a span
#[utoipa::path(
    put, path = "/v1/private/spans/{id}/feedback-scores", tag = "Spans", operation_id = "addSpanFeedbackScore",
    params(("id" = Uuid, Path)), request_body = ScoreWrite,
    responses((status = 204), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn add_span_feedback_score(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(score): JsonBody<ScoreWrite>,
) -> ApiResult<Response> {
    service::put(&state, &scope, ScoreTarget::Span(id), score).await?;
    Ok(no_content())
}

/// Score many traces
#[utoipa::path(
    put, path = "/v1/private/traces/feedback-scores", tag = "Traces", operation_id = "scoreBatchOfTraces",
    request_body = ScoreBatch,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn score_batch_of_traces(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(batch): JsonBody<ScoreBatch>,
) -> ApiResult<Response> {
    service::put_of_traces(&state, &scope, batch).await?;
    Ok(no_content())
}

/// Score many spans
#[utoipa::path(
    put, path = "/v1/private/spans/feedback-scores", tag = "Spans", operation_id = "scoreBatchOfSpans",
    request_body = ScoreBatch,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn score_batch_of_spans(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(batch): JsonBody<ScoreBatch>,
) -> ApiResult<Response> {
    service::put_of_spans(&state, &scope, batch).await?;
    Ok(no_content())
}

/// Score many threads
#[utoipa::path(
    put, path = "/v1/private/traces/threads/feedback-scores", tag = "Traces", operation_id = "scoreBatchOfThreads",
    request_body = ThreadScoreBatch,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn score_batch_of_threads(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(batch): JsonBody<ThreadScoreBatch>,
) -> ApiResult<Response> {
    service::put_of_threads(&state, &scope, batch).await?;
    Ok(no_content())
}

/// Delete a score of a trace
#[utoipa::path(
    post, path = "/v1/private/traces/{id}/feedback-scores/delete", tag = "Traces",
    operation_id = "deleteTraceFeedbackScore", params(("id" = Uuid, Path)), request_body = ScoreDelete,
    responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn delete_trace_feedback_score(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<ScoreDelete>,
) -> ApiResult<Response> {
    service::delete(&state, &scope, ScoreTarget::Trace(id), body).await?;
    Ok(no_content())
}

/// Delete a score of a span
#[utoipa::path(
    post, path = "/v1/private/spans/{id}/feedback-scores/delete", tag = "Spans",
    operation_id = "deleteSpanFeedbackScore", params(("id" = Uuid, Path)), request_body = ScoreDelete,
    responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn delete_span_feedback_score(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<ScoreDelete>,
) -> ApiResult<Response> {
    service::delete(&state, &scope, ScoreTarget::Span(id), body).await?;
    Ok(no_content())
}

/// Delete scores of a thread
#[utoipa::path(
    post, path = "/v1/private/traces/threads/feedback-scores/delete", tag = "Traces",
    operation_id = "deleteThreadFeedbackScores", request_body = ThreadScoreDelete,
    responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn delete_thread_feedback_scores(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<ThreadScoreDelete>,
) -> ApiResult<Response> {
    service::delete_of_thread(&state, &scope, body).await?;
    Ok(no_content())
}

/// Get names of scores of traces
#[utoipa::path(
    get, path = "/v1/private/traces/feedback-scores/names", tag = "Traces",
    operation_id = "findFeedbackScoreNames_2", params(("project_id" = Option<Uuid>, Query)),
    responses((status = 200, body = ScoreNames), (status = 404, body = ErrorMessage)),
)]
async fn find_trace_score_names(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
) -> ApiResult<Response> {
    let project = query.uuid("project_id")?;
    json(ScoreNames::of(
        service::names(&state, &scope, ScoreKind::Trace, project, None).await?,
    ))
    .await
}

/// Get names of scores of spans
#[utoipa::path(
    get, path = "/v1/private/spans/feedback-scores/names", tag = "Spans",
    operation_id = "findFeedbackScoreNames_1",
    params(("project_id" = Uuid, Query), ("type" = Option<ferropik_model::SpanType>, Query)),
    responses((status = 200, body = ScoreNames), (status = 400, body = ErrorMessage),
        (status = 404, body = ErrorMessage)),
)]
async fn find_span_score_names(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
) -> ApiResult<Response> {
    let project = query
        .uuid("project_id")?
        .ok_or_else(|| ApiError::bad_request("project_id must be provided"))?;
    let span_type = query::span_type(&query)?;
    json(ScoreNames::of(
        service::names(&state, &scope, ScoreKind::Span, Some(project), span_type).await?,
    ))
    .await
}

/// Get names of scores of threads
#[utoipa::path(
    get, path = "/v1/private/traces/threads/feedback-scores/names", tag = "Traces",
    operation_id = "findTraceThreadsFeedbackScoreNames", params(("project_id" = Option<Uuid>, Query)),
    responses((status = 200, body = ScoreNames), (status = 404, body = ErrorMessage)),
)]
async fn find_thread_score_names(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
) -> ApiResult<Response> {
    let project = query.uuid("project_id")?;
    json(ScoreNames::of(
        service::names(&state, &scope, ScoreKind::Thread, project, None).await?,
    ))
    .await
}
