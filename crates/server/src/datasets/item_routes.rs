//! `/v1/private/datasets/items` and the items of one dataset.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ferropik_model::{
    ColumnPage, DatasetItem, DatasetItemBatch, DatasetItemChanges, DatasetItemStreamRequest, DatasetItemWrite,
    DatasetVersion,
};
use http::StatusCode;
use http::header::LOCATION;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::bodies::{DatasetItemBatchUpdate, DatasetItemsDelete};
use super::{changes, items};
use crate::AppState;
use crate::http::respond::{json, no_content, small_json};
use crate::http::{
    ApiResult, ErrorList, ErrorMessage, Id, JsonBody, OptionalJsonBody, Query, RequestScope, RequestUrl,
};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(put))
        .routes(routes!(patch_many))
        .routes(routes!(delete))
        .routes(routes!(stream))
        .routes(routes!(get, patch))
        .routes(routes!(list))
        .routes(routes!(apply_changes))
}

/// Add or replace dataset items
#[utoipa::path(
    put, path = "/v1/private/datasets/items", tag = "Datasets", operation_id = "createOrUpdateDatasetItems",
    request_body = DatasetItemBatch,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 404, body = ErrorList),
        (status = 422, body = ErrorList)),
)]
async fn put(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<DatasetItemBatch>,
) -> ApiResult<Response> {
    let dataset = items::put(&state, &scope, body).await?;
    Ok(dataset.mark(no_content()))
}

/// Change several dataset items
#[utoipa::path(
    patch, path = "/v1/private/datasets/items/batch", tag = "Datasets", operation_id = "batchUpdateDatasetItems",
    request_body = DatasetItemBatchUpdate,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 404, body = ErrorList),
        (status = 422, body = ErrorList)),
)]
async fn patch_many(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<DatasetItemBatchUpdate>,
) -> ApiResult<Response> {
    items::patch_many(&state, &scope, body).await?;
    Ok(no_content())
}

/// Delete dataset items
#[utoipa::path(
    post, path = "/v1/private/datasets/items/delete", tag = "Datasets", operation_id = "deleteDatasetItems",
    request_body = DatasetItemsDelete,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 404, body = ErrorList),
        (status = 422, body = ErrorList)),
)]
async fn delete(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<DatasetItemsDelete>,
) -> ApiResult<Response> {
    items::delete(&state, &scope, body).await?;
    Ok(no_content())
}

/// Stream dataset items
#[utoipa::path(
    post, path = "/v1/private/datasets/items/stream", tag = "Datasets", operation_id = "streamDatasetItems",
    request_body = DatasetItemStreamRequest,
    responses((status = 200, description = "one item on each line", content_type = "application/octet-stream", body = DatasetItem),
        (status = 400, body = ErrorMessage), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn stream(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<DatasetItemStreamRequest>,
) -> ApiResult<Response> {
    items::stream(&state, &scope, body).await
}

/// Get a dataset item
#[utoipa::path(
    get, path = "/v1/private/datasets/items/{id}", tag = "Datasets", operation_id = "getDatasetItemById",
    params(("id" = Uuid, Path, description = "item")),
    responses((status = 200, body = DatasetItem), (status = 404, body = ErrorList)),
)]
async fn get(State(state): State<AppState>, RequestScope(scope): RequestScope, Id(id): Id) -> ApiResult<Response> {
    json(items::get(&state, &scope, id).await?).await
}

/// Change a dataset item
#[utoipa::path(
    patch, path = "/v1/private/datasets/items/{id}", tag = "Datasets", operation_id = "patchDatasetItem",
    params(("id" = Uuid, Path, description = "item")), request_body = DatasetItemWrite,
    responses((status = 204), (status = 404, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn patch(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<DatasetItemWrite>,
) -> ApiResult<Response> {
    items::patch(&state, &scope, id, body).await?;
    Ok(no_content())
}

/// List dataset items
#[utoipa::path(
    get, path = "/v1/private/datasets/{id}/items", tag = "Datasets", operation_id = "getDatasetItems",
    params(
        ("id" = Uuid, Path, description = "dataset"),
        ("page" = Option<u64>, Query, description = "from 1"),
        ("size" = Option<u64>, Query, description = "10 when absent"),
        ("version" = Option<String>, Query, description = "hash or tag of a version, the newest when absent"),
        ("filters" = Option<String>, Query, description = "JSON array of filters"),
        ("truncate" = Option<bool>, Query, description = "whether values are cut to their first bytes"),
    ),
    responses((status = 200, body = ColumnPage<DatasetItem>), (status = 400, body = ErrorMessage),
        (status = 404, body = ErrorMessage)),
)]
async fn list(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    query: Query,
) -> ApiResult<Response> {
    json(items::list(&state, &scope, id, &query).await?).await
}

/// Make a new version out of changes
#[utoipa::path(
    post, path = "/v1/private/datasets/{id}/items/changes", tag = "Datasets", operation_id = "applyDatasetItemChanges",
    params(
        ("id" = Uuid, Path, description = "dataset"),
        ("override" = Option<bool>, Query, description = "whether the base need not be the latest version"),
    ),
    request_body = DatasetItemChanges,
    responses((status = 201, body = DatasetVersion, headers(("Location" = String, description = "URL of the version"))),
        (status = 400, body = ErrorMessage), (status = 404, body = ErrorMessage), (status = 409, body = ErrorList),
        (status = 422, body = ErrorList)),
)]
async fn apply_changes(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    url: RequestUrl,
    query: Query,
    OptionalJsonBody(body): OptionalJsonBody<DatasetItemChanges>,
) -> ApiResult<Response> {
    let is_override = query.flag("override");
    let version = changes::apply(&state, &scope, id, is_override, body.unwrap_or_default()).await?;
    let mut response = (StatusCode::CREATED, small_json(&version)?).into_response();
    if let Some(location) = url.beside(2, &format!("versions/{}", version.id)) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}
