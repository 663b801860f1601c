//! `/v1/private/environments`

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{Environment, EnvironmentWrite, Page};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service;
use crate::AppState;
use crate::http::respond::{created, no_content, small_json};
use crate::http::{ApiResult, ErrorList, ErrorMessage, Id, JsonBody, RequestScope, RequestUrl};
use crate::records::body::IdBatch;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(delete_many))
        .routes(routes!(get, update))
}

/// Find environments
#[utoipa::path(
    get, path = "/v1/private/environments", tag = "Environments", operation_id = "findEnvironments",
    description = "All environments of the workspace on one page, oldest first.",
    responses((status = 200, body = Page<Environment>)),
)]
async fn list(State(state): State<AppState>, RequestScope(scope): RequestScope) -> ApiResult<Response> {
    small_json(&service::list(&state, &scope).await?)
}

/// Create environment
#[utoipa::path(
    post, path = "/v1/private/environments", tag = "Environments", operation_id = "createEnvironment", request_body = EnvironmentWrite,
    responses((status = 201, headers(("Location" = String, description = "URL of the environment"))),
        (status = 400, body = ErrorMessage), (status = 409, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn create(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(body): JsonBody<EnvironmentWrite>,
) -> ApiResult<Response> {
    let id = service::create(&state, &scope, body).await?;
    Ok(created(&url, id))
}

/// Delete environments
#[utoipa::path(
    post, path = "/v1/private/environments/delete", tag = "Environments", operation_id = "deleteEnvironmentsBatch", request_body = IdBatch,
    responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn delete_many(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<IdBatch>,
) -> ApiResult<Response> {
    service::delete(&state, &scope, body).await?;
    Ok(no_content())
}

/// Get environment by id
#[utoipa::path(
    get, path = "/v1/private/environments/{id}", tag = "Environments", operation_id = "getEnvironmentById",
    params(("id" = Uuid, Path)), responses((status = 200, body = Environment), (status = 404, body = ErrorList)),
)]
async fn get(State(state): State<AppState>, RequestScope(scope): RequestScope, Id(id): Id) -> ApiResult<Response> {
    small_json(&service::get(&state, &scope, id).await?)
}

/// Update environment by id
#[utoipa::path(
    patch, path = "/v1/private/environments/{id}", tag = "Environments", operation_id = "updateEnvironment",
    params(("id" = Uuid, Path)), request_body = EnvironmentWrite,
    responses((status = 204), (status = 404, body = ErrorList), (status = 409, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn update(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<EnvironmentWrite>,
) -> ApiResult<Response> {
    service::update(&state, &scope, id, body).await?;
    Ok(no_content())
}
