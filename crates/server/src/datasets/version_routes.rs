//! `/v1/private/datasets/{id}/versions`

use axum::extract::{FromRequestParts, RawPathParams, State};
use axum::response::Response;
use ferropik_model::{DatasetVersion, DatasetVersionDiff, DatasetVersionUpdate, Page};
use http::request::Parts;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::bodies::{DatasetVersionRestore, DatasetVersionRetrieve, DatasetVersionTag};
use super::versions;
use crate::AppState;
use crate::http::respond::{json, no_content, small_json};
use crate::http::{ApiError, ApiResult, ErrorList, ErrorMessage, Id, JsonBody, Query, RequestScope};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(retrieve))
        .routes(routes!(restore))
        .routes(routes!(diff))
        .routes(routes!(get, update))
        .routes(routes!(add_tag))
        .routes(routes!(delete_tag))
}

/// A dataset and the texts that follow it in a path, decoded.
struct Place<const N: usize> {
    dataset: Uuid,
    texts: [String; N],
}

impl<const N: usize, S: Send + Sync> FromRequestParts<S> for Place<N> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Place<N>, ApiError> {
        let Id(dataset) = Id::from_request_parts(parts, state).await?;
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::no_such_route())?;
        let mut values = params.iter().skip(1).map(|(_, value)| value.to_owned());
        let mut texts = [const { String::new() }; N];
        for text in &mut texts {
            *text = values.next().ok_or_else(ApiError::no_such_route)?;
        }
        Ok(Place { dataset, texts })
    }
}

/// List versions of a dataset
#[utoipa::path(
    get, path = "/v1/private/datasets/{id}/versions", tag = "Datasets", operation_id = "listDatasetVersions",
    params(
        ("id" = Uuid, Path, description = "dataset"),
        ("page" = Option<u64>, Query, description = "from 1"),
        ("size" = Option<u64>, Query, description = "10 when absent"),
    ),
    responses((status = 200, body = Page<DatasetVersion>), (status = 400, body = ErrorList)),
)]
async fn list(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    query: Query,
) -> ApiResult<Response> {
    json(versions::list(&state, &scope, id, &query).await?).await
}

/// Find a version of a dataset by name
#[utoipa::path(
    post, path = "/v1/private/datasets/{id}/versions/retrieve", tag = "Datasets", operation_id = "retrieveDatasetVersion",
    params(("id" = Uuid, Path, description = "dataset")), request_body = DatasetVersionRetrieve,
    responses((status = 200, body = DatasetVersion), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn retrieve(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<DatasetVersionRetrieve>,
) -> ApiResult<Response> {
    small_json(&versions::retrieve(&state, &scope, id, body.version_name.as_deref()).await?)
}

/// Restore a version of a dataset
#[utoipa::path(
    post, path = "/v1/private/datasets/{id}/versions/restore", tag = "Datasets", operation_id = "restoreDatasetVersion",
    params(("id" = Uuid, Path, description = "dataset")), request_body = DatasetVersionRestore,
    responses((status = 200, body = DatasetVersion), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn restore(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<DatasetVersionRestore>,
) -> ApiResult<Response> {
    small_json(&versions::restore(&state, &scope, id, body.version_ref.as_deref()).await?)
}

/// Compare the latest version of a dataset with the draft
#[utoipa::path(
    get, path = "/v1/private/datasets/{id}/versions/diff", tag = "Datasets", operation_id = "compareDatasetVersions",
    params(("id" = Uuid, Path, description = "dataset")),
    responses((status = 200, body = DatasetVersionDiff), (status = 404, body = ErrorMessage)),
)]
async fn diff(State(state): State<AppState>, RequestScope(scope): RequestScope, Id(id): Id) -> ApiResult<Response> {
    small_json(&versions::diff(&state, &scope, id).await?)
}

/// Get a version of a dataset by hash
#[utoipa::path(
    get, path = "/v1/private/datasets/{id}/versions/hash/{hash}", tag = "Datasets", operation_id = "getDatasetVersionByHash",
    params(("id" = Uuid, Path, description = "dataset"), ("hash" = String, Path, description = "hash of the version")),
    responses((status = 200, body = DatasetVersion), (status = 404, body = ErrorMessage)),
)]
async fn get(State(state): State<AppState>, RequestScope(scope): RequestScope, place: Place<1>) -> ApiResult<Response> {
    let [hash] = &place.texts;
    small_json(&versions::by_hash(&state, &scope, place.dataset, hash).await?)
}

/// Change a version of a dataset
#[utoipa::path(
    patch, path = "/v1/private/datasets/{id}/versions/hash/{hash}", tag = "Datasets", operation_id = "updateDatasetVersion",
    params(("id" = Uuid, Path, description = "dataset"), ("hash" = String, Path, description = "hash of the version")),
    request_body = DatasetVersionUpdate,
    responses((status = 200, body = DatasetVersion), (status = 404, body = ErrorMessage), (status = 409, body = ErrorList),
        (status = 422, body = ErrorList)),
)]
async fn update(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    place: Place<1>,
    JsonBody(body): JsonBody<DatasetVersionUpdate>,
) -> ApiResult<Response> {
    let [hash] = &place.texts;
    small_json(&versions::update(&state, &scope, place.dataset, hash, body).await?)
}

/// Add a tag to a version of a dataset
#[utoipa::path(
    post, path = "/v1/private/datasets/{id}/versions/hash/{hash}/tags", tag = "Datasets", operation_id = "createVersionTag",
    params(("id" = Uuid, Path, description = "dataset"), ("hash" = String, Path, description = "hash of the version")),
    request_body = DatasetVersionTag,
    responses((status = 204), (status = 404, body = ErrorMessage), (status = 409, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn add_tag(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    place: Place<1>,
    JsonBody(body): JsonBody<DatasetVersionTag>,
) -> ApiResult<Response> {
    let [hash] = &place.texts;
    versions::add_tag(&state, &scope, place.dataset, hash, body.tag).await?;
    Ok(no_content())
}

/// Take a tag off a version of a dataset
#[utoipa::path(
    delete, path = "/v1/private/datasets/{id}/versions/{hash}/tags/{tag}", tag = "Datasets", operation_id = "deleteVersionTag",
    params(
        ("id" = Uuid, Path, description = "dataset"),
        ("hash" = String, Path, description = "ignored: a tag is on one version of a dataset only"),
        ("tag" = String, Path, description = "the tag"),
    ),
    responses((status = 204), (status = 400, body = ErrorList)),
)]
async fn delete_tag(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    place: Place<2>,
) -> ApiResult<Response> {
    let [_, tag] = &place.texts;
    versions::delete_tag(&state, &scope, place.dataset, tag).await?;
    Ok(no_content())
}
