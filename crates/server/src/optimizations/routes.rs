//! `/v1/private/optimizations`

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{Optimization, OptimizationUpdate, OptimizationWrite, Page};
use http::StatusCode;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::service;
use crate::AppState;
use crate::experiments::service::deprecated;
use crate::http::respond::{created, json, no_content};
use crate::http::{ApiError, ApiResult, ErrorList, ErrorMessage, Id, JsonBody, Query, RequestScope, RequestUrl};
use crate::records::body::IdBatch;
use crate::records::rules::required_ids;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create, upsert))
        .routes(routes!(list_of_project))
        .routes(routes!(delete))
        .routes(routes!(cancel_studio))
        .routes(routes!(get, update))
}

/// Which optimizations.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only describes parameters")]
struct WhichOptimizations {
    /// From 1.
    page: Option<u64>,
    /// 10 when absent.
    size: Option<u64>,
    /// Part of the name, in any case.
    name: Option<String>,
    /// Part of the name of the dataset, in any case.
    dataset_name: Option<String>,
    /// Of this dataset.
    dataset_id: Option<Uuid>,
    /// Whether to answer only optimizations whose dataset is deleted.
    dataset_deleted: Option<bool>,
    /// Of this project.
    project_id: Option<Uuid>,
    /// JSON array of `{"field", "operator", "key", "value"}`; all have to hold.
    filters: Option<String>,
}

/// List optimizations
#[utoipa::path(
    get, path = "/v1/private/optimizations", tag = "Optimizations", operation_id = "findOptimizations",
    params(WhichOptimizations),
    responses((status = 200, body = Page<Optimization>), (status = 400, body = ErrorMessage)),
)]
async fn list(State(state): State<AppState>, RequestScope(scope): RequestScope, query: Query) -> ApiResult<Response> {
    json(service::list(&state, &scope, service::list_of(&query, None)?).await?).await
}

/// List the optimizations of a project
#[utoipa::path(
    get, path = "/v1/private/projects/{id}/optimizations", tag = "Projects", operation_id = "findOptimizationsByProject",
    params(("id" = Uuid, Path, description = "project"), WhichOptimizations),
    responses((status = 200, body = Page<Optimization>), (status = 400, body = ErrorMessage)),
)]
async fn list_of_project(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    query: Query,
) -> ApiResult<Response> {
    json(service::list(&state, &scope, service::list_of(&query, Some(id))?).await?).await
}

async fn put(
    state: AppState,
    scope: ferropik_store::Scope,
    url: RequestUrl,
    body: OptimizationWrite,
) -> ApiResult<Response> {
    let stored = service::put(&state, &scope, body).await?;
    Ok(deprecated(created(&url, stored.id), stored.deprecation.as_deref()))
}

/// Create an optimization
#[utoipa::path(
    post, path = "/v1/private/optimizations", tag = "Optimizations", operation_id = "createOptimization",
    request_body = OptimizationWrite,
    responses((status = 201, headers(("Location" = String, description = "URL of the optimization"))),
        (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn create(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(body): JsonBody<OptimizationWrite>,
) -> ApiResult<Response> {
    put(state, scope, url, body).await
}

/// Create or change an optimization
#[utoipa::path(
    put, path = "/v1/private/optimizations", tag = "Optimizations", operation_id = "upsertOptimization",
    request_body = OptimizationWrite,
    responses((status = 201, headers(("Location" = String, description = "URL of the optimization"))),
        (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn upsert(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(body): JsonBody<OptimizationWrite>,
) -> ApiResult<Response> {
    put(state, scope, url, body).await
}

/// Get an optimization
#[utoipa::path(
    get, path = "/v1/private/optimizations/{id}", tag = "Optimizations", operation_id = "getOptimizationById",
    params(("id" = Uuid, Path, description = "optimization")),
    responses((status = 200, body = Optimization), (status = 404, body = ErrorMessage)),
)]
async fn get(State(state): State<AppState>, RequestScope(scope): RequestScope, Id(id): Id) -> ApiResult<Response> {
    json(service::get(&state, &scope, id).await?).await
}

/// Change an optimization
#[utoipa::path(
    put, path = "/v1/private/optimizations/{id}", tag = "Optimizations", operation_id = "updateOptimizationsById",
    params(("id" = Uuid, Path, description = "optimization")), request_body = OptimizationUpdate,
    responses((status = 204), (status = 404, body = ErrorMessage), (status = 409, body = ErrorMessage)),
)]
async fn update(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<OptimizationUpdate>,
) -> ApiResult<Response> {
    service::update(&state, &scope, id, body).await?;
    Ok(no_content())
}

/// Delete optimizations; their experiments stay
#[utoipa::path(
    post, path = "/v1/private/optimizations/delete", tag = "Optimizations", operation_id = "deleteOptimizationsById",
    request_body = IdBatch, responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn delete(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<IdBatch>,
) -> ApiResult<Response> {
    state.store.delete_optimizations(&scope, required_ids(body.ids)?).await?;
    Ok(no_content())
}

/// Cancel a studio run, which is done by changing its status
#[utoipa::path(
    get, path = "/v1/private/optimizations/studio/{id}/cancel", tag = "Optimizations",
    operation_id = "cancelStudioOptimizations", params(("id" = Uuid, Path, description = "optimization")),
    responses((status = 501, body = ErrorMessage)),
)]
async fn cancel_studio(_id: Id) -> ApiResult<Response> {
    Err(ApiError::message(
        StatusCode::NOT_IMPLEMENTED,
        "Change the status of the optimization to cancel it",
    ))
}
