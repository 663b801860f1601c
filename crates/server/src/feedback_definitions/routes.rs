//! `/v1/private/feedback-definitions`

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{FeedbackDefinition, FeedbackDefinitionWrite, Page};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service;
use crate::AppState;
use crate::http::respond::{created, json, no_content, small_json};
use crate::http::{ApiResult, ErrorList, ErrorMessage, Id, JsonBody, Query, RequestScope, RequestUrl};
use crate::records::body::IdBatch;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(delete_many))
        .routes(routes!(get, replace, delete))
}

/// List feedback definitions
#[utoipa::path(
    get, path = "/v1/private/feedback-definitions", tag = "Feedback-definitions", operation_id = "findFeedbackDefinitions",
    params(
        ("page" = Option<u64>, Query, description = "from 1"),
        ("size" = Option<u64>, Query, description = "10 when absent"),
        ("name" = Option<String>, Query, description = "part of the name, in any case"),
        ("type" = Option<String>, Query, description = "`numerical`, `categorical` or `boolean`"),
    ),
    responses((status = 200, body = Page<FeedbackDefinition>), (status = 400, body = ErrorMessage)),
)]
async fn list(State(state): State<AppState>, RequestScope(scope): RequestScope, query: Query) -> ApiResult<Response> {
    json(service::list(&state, &scope, &query).await?).await
}

/// Create a feedback definition
#[utoipa::path(
    post, path = "/v1/private/feedback-definitions", tag = "Feedback-definitions", operation_id = "createFeedbackDefinition",
    request_body = FeedbackDefinitionWrite,
    responses((status = 201, headers(("Location" = String, description = "URL of the definition"))),
        (status = 400, body = ErrorMessage), (status = 409, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn create(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(body): JsonBody<FeedbackDefinitionWrite>,
) -> ApiResult<Response> {
    let id = service::create(&state, &scope, body).await?;
    Ok(created(&url, id))
}

/// Delete feedback definitions
#[utoipa::path(
    post, path = "/v1/private/feedback-definitions/delete", tag = "Feedback-definitions", operation_id = "deleteFeedbackDefinitionsBatch",
    request_body = IdBatch,
    responses((status = 204), (status = 409, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn delete_many(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<IdBatch>,
) -> ApiResult<Response> {
    service::delete_batch(&state, &scope, body).await?;
    Ok(no_content())
}

/// Get a feedback definition
#[utoipa::path(
    get, path = "/v1/private/feedback-definitions/{id}", tag = "Feedback-definitions", operation_id = "getFeedbackDefinitionById",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = FeedbackDefinition), (status = 404, body = ErrorList)),
)]
async fn get(State(state): State<AppState>, RequestScope(scope): RequestScope, Id(id): Id) -> ApiResult<Response> {
    small_json(&service::get(&state, &scope, id).await?)
}

/// Replace a feedback definition
#[utoipa::path(
    put, path = "/v1/private/feedback-definitions/{id}", tag = "Feedback-definitions", operation_id = "updateFeedbackDefinition",
    params(("id" = Uuid, Path)), request_body = FeedbackDefinitionWrite,
    responses((status = 204), (status = 404, body = ErrorList), (status = 409, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn replace(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<FeedbackDefinitionWrite>,
) -> ApiResult<Response> {
    service::replace(&state, &scope, id, body).await?;
    Ok(no_content())
}

/// Delete a feedback definition
#[utoipa::path(
    delete, path = "/v1/private/feedback-definitions/{id}", tag = "Feedback-definitions", operation_id = "deleteFeedbackDefinitionById",
    params(("id" = Uuid, Path)), responses((status = 204), (status = 409, body = ErrorMessage)),
)]
async fn delete(State(state): State<AppState>, RequestScope(scope): RequestScope, Id(id): Id) -> ApiResult<Response> {
    service::delete(&state, &scope, vec![id]).await?;
    Ok(no_content())
}
