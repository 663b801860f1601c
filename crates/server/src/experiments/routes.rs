//! `/v1/private/experiments`

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{
    Experiment, ExperimentBatchUpdate, ExperimentScoreName, ExperimentStreamRequest, ExperimentUpdate, ExperimentWrite,
    Page,
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::groups::{AggregatedAnswer, GroupedAnswer};
use super::service;
use crate::AppState;
use crate::http::respond::{created, json, no_content};
use crate::http::{ApiResult, ErrorList, ErrorMessage, Id, JsonBody, Query, RequestScope, RequestUrl};
use crate::records::body::IdBatch;
use crate::records::rules::required_ids;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(list_of_project))
        .routes(routes!(update_batch))
        .routes(routes!(delete))
        .routes(routes!(finish))
        .routes(routes!(cancel))
        .routes(routes!(stream))
        .routes(routes!(groups))
        .routes(routes!(group_aggregations))
        .routes(routes!(score_names))
        .routes(routes!(get, update))
}

/// Which experiments.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only describes parameters")]
struct WhichExperiments {
    /// Part of the name, in any case.
    name: Option<String>,
    /// Of this project, or with a trace in it.
    project_id: Option<Uuid>,
    /// Whether to answer only experiments whose projects are all deleted.
    project_deleted: Option<bool>,
    /// JSON array of types.
    types: Option<String>,
    /// JSON array of `{"field", "operator", "key", "value"}`; all have to hold.
    filters: Option<String>,
}

/// Which page of which experiments.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only describes parameters")]
struct WhichPage {
    /// From 1.
    page: Option<u64>,
    /// 10 when absent.
    size: Option<u64>,
    /// Of this dataset.
    #[param(rename = "datasetId")]
    dataset_id: Option<Uuid>,
    /// Whether to answer only experiments whose dataset is deleted.
    dataset_deleted: Option<bool>,
    /// Trials of this optimization.
    optimization_id: Option<Uuid>,
    /// Linked to a version of this prompt.
    prompt_id: Option<Uuid>,
    /// JSON array of ids.
    experiment_ids: Option<String>,
    /// JSON array of `{"field", "direction"}`, of which the first counts.
    sorting: Option<String>,
    /// Accepted; lists are always sorted as they are asked for.
    force_sorting: Option<bool>,
}

/// Names of the scores of experiments.
#[derive(Debug, Serialize, ToSchema)]
struct ExperimentScoreNames {
    /// Sorted.
    scores: Vec<ExperimentScoreName>,
}

/// List experiments
#[utoipa::path(
    get, path = "/v1/private/experiments", tag = "Experiments", operation_id = "findExperiments",
    params(WhichPage, WhichExperiments),
    responses((status = 200, body = Page<Experiment>), (status = 400, body = ErrorMessage)),
)]
async fn list(State(state): State<AppState>, RequestScope(scope): RequestScope, query: Query) -> ApiResult<Response> {
    json(service::list(&state, &scope, service::list_of(&query, None)?).await?).await
}

/// List the experiments of a project
#[utoipa::path(
    get, path = "/v1/private/projects/{id}/experiments", tag = "Projects", operation_id = "findExperimentsByProject",
    params(("id" = Uuid, Path, description = "project"), WhichPage, WhichExperiments),
    responses((status = 200, body = Page<Experiment>), (status = 400, body = ErrorMessage)),
)]
async fn list_of_project(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    query: Query,
) -> ApiResult<Response> {
    json(service::list(&state, &scope, service::list_of(&query, Some(id))?).await?).await
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
    Ok(service::deprecated(
        created(&url, outcome.id),
        outcome.deprecation.as_deref(),
    ))
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

/// Change an experiment
#[utoipa::path(
    patch, path = "/v1/private/experiments/{id}", tag = "Experiments", operation_id = "updateExperiment",
    params(("id" = Uuid, Path, description = "experiment")), request_body = ExperimentUpdate,
    responses((status = 204), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn update(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<ExperimentUpdate>,
) -> ApiResult<Response> {
    service::update(&state, &scope, id, body).await?;
    Ok(no_content())
}

/// Change many experiments
#[utoipa::path(
    patch, path = "/v1/private/experiments/batch", tag = "Experiments", operation_id = "batchUpdateExperiments",
    request_body = ExperimentBatchUpdate, responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn update_batch(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<ExperimentBatchUpdate>,
) -> ApiResult<Response> {
    service::update_batch(&state, &scope, body).await?;
    Ok(no_content())
}

/// Delete experiments with their items
#[utoipa::path(
    post, path = "/v1/private/experiments/delete", tag = "Experiments", operation_id = "deleteExperimentsById",
    request_body = IdBatch, responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn delete(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<IdBatch>,
) -> ApiResult<Response> {
    state.store.delete_experiments(&scope, required_ids(body.ids)?).await?;
    Ok(no_content())
}

/// Say that experiments produce no more items
#[utoipa::path(
    post, path = "/v1/private/experiments/finish", tag = "Experiments", operation_id = "finishExperiments",
    request_body = IdBatch, responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn finish(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<IdBatch>,
) -> ApiResult<Response> {
    state
        .store
        .finish_experiments(&scope, required_ids(body.ids)?, false)
        .await?;
    Ok(no_content())
}

/// Stop experiments
#[utoipa::path(
    put, path = "/v1/private/experiments/cancel", tag = "Experiments", operation_id = "cancelExperiments",
    request_body = IdBatch, responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn cancel(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<IdBatch>,
) -> ApiResult<Response> {
    state
        .store
        .finish_experiments(&scope, required_ids(body.ids)?, true)
        .await?;
    Ok(no_content())
}

/// Stream experiments
#[utoipa::path(
    post, path = "/v1/private/experiments/stream", tag = "Experiments", operation_id = "streamExperiments",
    request_body = ExperimentStreamRequest,
    responses((status = 200, description = "one experiment on each line", body = Experiment, content_type = "application/octet-stream"),
        (status = 422, body = ErrorList)),
)]
async fn stream(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<ExperimentStreamRequest>,
) -> ApiResult<Response> {
    service::stream(state, scope, body).await
}

/// Group experiments
#[utoipa::path(
    get, path = "/v1/private/experiments/groups", tag = "Experiments", operation_id = "findExperimentGroups",
    params(("groups" = String, Query, description = "JSON array of `{\"field\", \"key\", \"type\"}`, the outermost first"),
        WhichExperiments),
    responses((status = 200, body = GroupedAnswer), (status = 400, body = ErrorMessage)),
)]
async fn groups(State(state): State<AppState>, RequestScope(scope): RequestScope, query: Query) -> ApiResult<Response> {
    json(service::grouped(&state, &scope, &query).await?).await
}

/// Add groups of experiments up
#[utoipa::path(
    get, path = "/v1/private/experiments/groups/aggregations", tag = "Experiments",
    operation_id = "findExperimentGroupsAggregations",
    params(("groups" = String, Query, description = "as for the groups"), WhichExperiments),
    responses((status = 200, body = AggregatedAnswer), (status = 400, body = ErrorMessage)),
)]
async fn group_aggregations(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
) -> ApiResult<Response> {
    json(service::aggregated(&state, &scope, &query).await?).await
}

/// Names of the scores of experiments
#[utoipa::path(
    get, path = "/v1/private/experiments/feedback-scores/names", tag = "Experiments", operation_id = "findFeedbackScoreNames",
    params(("experiment_ids" = Option<String>, Query, description = "JSON array of ids; all when absent"),
        ("project_id" = Option<Uuid>, Query, description = "only experiments of this project")),
    responses((status = 200, body = ExperimentScoreNames), (status = 400, body = ErrorMessage)),
)]
async fn score_names(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
) -> ApiResult<Response> {
    let scores = service::score_names(&state, &scope, &query).await?;
    json(ExperimentScoreNames { scores }).await
}
