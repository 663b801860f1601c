//! `/v1/private/experiments`

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{Experiment, ExperimentItem, ExperimentItemBatch, ExperimentWrite};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::service;
use crate::AppState;
use crate::http::respond::{created, json, no_content, small_json};
use crate::http::{ApiResult, ErrorList, ErrorMessage, Id, JsonBody, RequestScope, RequestUrl};
use crate::records::body::IdBatch;
use crate::records::rules::required_ids;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(get))
        .routes(routes!(create_items))
        .routes(routes!(delete_items))
        .routes(routes!(get_item))
}

/// Announces to a client that what it does will cease to work.
fn deprecated(mut response: Response, text: Option<&str>) -> Response {
    let value = text.and_then(|text| http::HeaderValue::try_from(text).ok());
    if let Some(value) = value {
        response
            .headers_mut()
            .insert(http::HeaderName::from_static("x-opik-deprecation"), value);
    }
    response
}

/// Create an experiment
#[utoipa::path(
    post, path = "/v1/private/experiments", tag = "Experiments", operation_id = "createExperiment", request_body = ExperimentWrite,
    responses((status = 201, headers(("Location" = String, description = "URL of the experiment"))),
        (status = 400, body = ErrorMessage), (status = 409, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn create(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(body): JsonBody<ExperimentWrite>,
) -> ApiResult<Response> {
    let outcome = service::create(&state, &scope, body).await?;
    Ok(deprecated(created(&url, outcome.id), outcome.deprecation.as_deref()))
}

/// Get an experiment
#[utoipa::path(
    get, path = "/v1/private/experiments/{id}", tag = "Experiments", operation_id = "getExperimentById",
    params(("id" = Uuid, Path, description = "experiment")),
    responses((status = 200, body = Experiment), (status = 404, body = ErrorMessage)),
)]
async fn get(State(state): State<AppState>, RequestScope(scope): RequestScope, Id(id): Id) -> ApiResult<Response> {
    json(service::get(&state, &scope, id).await?).await
}

/// Create items of experiments
#[utoipa::path(
    post, path = "/v1/private/experiments/items", tag = "Experiments", operation_id = "createExperimentItems",
    request_body = ExperimentItemBatch,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 409, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn create_items(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<ExperimentItemBatch>,
) -> ApiResult<Response> {
    service::put_items(&state, &scope, body).await?;
    Ok(no_content())
}

/// Delete items of experiments
#[utoipa::path(
    post, path = "/v1/private/experiments/items/delete", tag = "Experiments", operation_id = "deleteExperimentItems",
    request_body = IdBatch, responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn delete_items(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<IdBatch>,
) -> ApiResult<Response> {
    let ids = required_ids(body.ids)?;
    state.store.delete_experiment_items(&scope, ids).await?;
    Ok(no_content())
}

/// Get an item of an experiment
#[utoipa::path(
    get, path = "/v1/private/experiments/items/{id}", tag = "Experiments", operation_id = "getExperimentItemById",
    params(("id" = Uuid, Path, description = "item")),
    responses((status = 200, body = ExperimentItem), (status = 404, body = ErrorMessage)),
)]
async fn get_item(State(state): State<AppState>, RequestScope(scope): RequestScope, Id(id): Id) -> ApiResult<Response> {
    small_json(&service::get_item(&state, &scope, id).await?)
}
