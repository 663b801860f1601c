//! `/v1/private/experiments/items` and `/v1/private/assertion-results`

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{
    AssertionBatch, ExperimentItem, ExperimentItemBatch, ExperimentItemDetails, ExperimentItemStreamRequest,
    ExperimentRunBatch,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::bulk::{self, Measured};
use super::{assertions, service};
use crate::AppState;
use crate::http::respond::{no_content, small_json};
use crate::http::{ApiResult, ErrorList, ErrorMessage, Id, JsonBody, RequestScope};
use crate::records::body::IdBatch;
use crate::records::rules::required_ids;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_items))
        .routes(routes!(delete_items))
        .routes(routes!(stream_items))
        .routes(routes!(record))
        .routes(routes!(get_item))
        .routes(routes!(put_assertions))
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

/// Stream items of experiments with what their traces hold
#[utoipa::path(
    post, path = "/v1/private/experiments/items/stream", tag = "Experiments", operation_id = "streamExperimentItems",
    request_body = ExperimentItemStreamRequest,
    responses((status = 200, description = "one item on each line", body = ExperimentItemDetails, content_type = "application/octet-stream"),
        (status = 422, body = ErrorList)),
)]
async fn stream_items(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<ExperimentItemStreamRequest>,
) -> ApiResult<Response> {
    service::stream_items(state, scope, body).await
}

/// Record runs with traces, spans and scores
#[utoipa::path(
    put, path = "/v1/private/experiments/items/bulk", tag = "Experiments", operation_id = "experimentItemsBulk",
    request_body = ExperimentRunBatch,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 409, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn record(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<Measured<ExperimentRunBatch>>,
) -> ApiResult<Response> {
    let deprecation = bulk::record(&state, &scope, body.value()?).await?;
    Ok(service::deprecated(no_content(), deprecation.as_deref()))
}

/// Store verdicts on assertions
#[utoipa::path(
    put, path = "/v1/private/assertion-results", tag = "Assertion Results", operation_id = "storeAssertionsBatch",
    request_body = AssertionBatch,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn put_assertions(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<AssertionBatch>,
) -> ApiResult<Response> {
    assertions::put(&state, &scope, body).await?;
    Ok(no_content())
}
