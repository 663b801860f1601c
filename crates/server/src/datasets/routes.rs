//! `/v1/private/datasets`

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{Dataset, DatasetIdentifier, DatasetUpdate, DatasetWrite, Page};
use ferropik_query::Entity;
use ferropik_store::DatasetList;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::bodies::DatasetsDelete;
use super::service;
use crate::AppState;
use crate::http::respond::{created, json, no_content, small_json};
use crate::http::{ApiResult, ErrorList, ErrorMessage, Id, JsonBody, Query, RequestScope, RequestUrl};
use crate::records::listing::listing;
use crate::records::rules;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(list_of_project))
        .routes(routes!(retrieve))
        .routes(routes!(delete_by_name))
        .routes(routes!(delete_many))
        .routes(routes!(get, update, delete))
}

fn dataset_list(query: &Query) -> ApiResult<DatasetList> {
    Ok(DatasetList {
        listing: listing(query, Entity::Dataset)?,
        with_experiments_only: query.flag("with_experiments_only"),
        with_optimizations_only: query.flag("with_optimizations_only"),
        prompt: query.uuid("prompt_id")?,
    })
}

/// Create a dataset
#[utoipa::path(
    post, path = "/v1/private/datasets", tag = "Datasets", operation_id = "createDataset", request_body = DatasetWrite,
    responses((status = 201, headers(("Location" = String, description = "URL of the dataset"))),
        (status = 400, body = ErrorMessage), (status = 409, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn create(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(body): JsonBody<DatasetWrite>,
) -> ApiResult<Response> {
    let id = service::create(&state, &scope, body).await?;
    Ok(created(&url, id))
}

/// List datasets
#[utoipa::path(
    get, path = "/v1/private/datasets", tag = "Datasets", operation_id = "findDatasets",
    params(
        ("page" = Option<u64>, Query, description = "from 1"),
        ("size" = Option<u64>, Query, description = "10 when absent"),
        ("name" = Option<String>, Query, description = "part of the name, in any case"),
        ("project_id" = Option<Uuid>, Query, description = "project"),
        ("with_experiments_only" = Option<bool>, Query, description = "only datasets with regular experiments"),
        ("with_optimizations_only" = Option<bool>, Query, description = "only datasets with optimizations"),
        ("prompt_id" = Option<Uuid>, Query, description = "only datasets whose regular experiments use this prompt"),
        ("sorting" = Option<String>, Query, description = "JSON array of `{\"field\", \"direction\"}`, of which the first counts"),
        ("filters" = Option<String>, Query, description = "JSON array of filters"),
    ),
    responses((status = 200, body = Page<Dataset>), (status = 400, body = ErrorMessage)),
)]
async fn list(State(state): State<AppState>, RequestScope(scope): RequestScope, query: Query) -> ApiResult<Response> {
    json(service::list(&state, &scope, dataset_list(&query)?).await?).await
}

/// List the datasets of a project
#[utoipa::path(
    get, path = "/v1/private/projects/{id}/datasets", tag = "Datasets", operation_id = "findDatasetsByProject",
    params(
        ("id" = Uuid, Path, description = "project"),
        ("page" = Option<u64>, Query, description = "from 1"),
        ("size" = Option<u64>, Query, description = "10 when absent"),
        ("name" = Option<String>, Query, description = "part of the name, in any case"),
        ("with_experiments_only" = Option<bool>, Query, description = "only datasets with regular experiments"),
        ("with_optimizations_only" = Option<bool>, Query, description = "only datasets with optimizations"),
        ("sorting" = Option<String>, Query, description = "as for the list of datasets"),
        ("filters" = Option<String>, Query, description = "JSON array of filters"),
    ),
    responses((status = 200, body = Page<Dataset>), (status = 400, body = ErrorMessage)),
)]
async fn list_of_project(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(project): Id,
    query: Query,
) -> ApiResult<Response> {
    let mut list = dataset_list(&query)?;
    list.listing.project = Some(project);
    list.prompt = None;
    json(service::list(&state, &scope, list).await?).await
}

/// Find a dataset by name
#[utoipa::path(
    post, path = "/v1/private/datasets/retrieve", tag = "Datasets", operation_id = "getDatasetByIdentifier",
    request_body = DatasetIdentifier,
    responses((status = 200, body = Dataset), (status = 404, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn retrieve(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<DatasetIdentifier>,
) -> ApiResult<Response> {
    let named = service::identified(&state, &scope, &body).await?;
    let dataset = service::get(&state, &scope, named.id).await?;
    Ok(named.mark(small_json(&dataset)?))
}

/// Delete a dataset by name
#[utoipa::path(
    post, path = "/v1/private/datasets/delete", tag = "Datasets", operation_id = "deleteDatasetByName",
    request_body = DatasetIdentifier,
    responses((status = 204), (status = 404, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn delete_by_name(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<DatasetIdentifier>,
) -> ApiResult<Response> {
    let named = service::identified(&state, &scope, &body).await?;
    state.store.delete_datasets(&scope, vec![named.id]).await?;
    Ok(named.mark(no_content()))
}

/// Delete datasets
#[utoipa::path(
    post, path = "/v1/private/datasets/delete-batch", tag = "Datasets", operation_id = "deleteDatasetsBatch",
    request_body = DatasetsDelete,
    responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn delete_many(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<DatasetsDelete>,
) -> ApiResult<Response> {
    let ids = rules::required_ids(body.ids)?;
    state.store.delete_datasets(&scope, ids).await?;
    Ok(no_content())
}

/// Get a dataset
#[utoipa::path(
    get, path = "/v1/private/datasets/{id}", tag = "Datasets", operation_id = "getDatasetById",
    params(("id" = Uuid, Path, description = "dataset")),
    responses((status = 200, body = Dataset), (status = 404, body = ErrorList)),
)]
async fn get(State(state): State<AppState>, RequestScope(scope): RequestScope, Id(id): Id) -> ApiResult<Response> {
    small_json(&service::get(&state, &scope, id).await?)
}

/// Change a dataset
#[utoipa::path(
    put, path = "/v1/private/datasets/{id}", tag = "Datasets", operation_id = "updateDataset",
    params(("id" = Uuid, Path, description = "dataset")), request_body = DatasetUpdate,
    responses((status = 204), (status = 404, body = ErrorList), (status = 409, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn update(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<DatasetUpdate>,
) -> ApiResult<Response> {
    service::update(&state, &scope, id, body).await?;
    Ok(no_content())
}

/// Delete a dataset
#[utoipa::path(
    delete, path = "/v1/private/datasets/{id}", tag = "Datasets", operation_id = "deleteDataset",
    params(("id" = Uuid, Path, description = "dataset")),
    responses((status = 204)),
)]
async fn delete(State(state): State<AppState>, RequestScope(scope): RequestScope, Id(id): Id) -> ApiResult<Response> {
    state.store.delete_datasets(&scope, vec![id]).await?;
    Ok(no_content())
}
