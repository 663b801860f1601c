//! `/v1/private/prompts/versions` and what else is about versions.

use axum::extract::{Path, State};
use axum::response::Response;
use ferropik_model::{
    Page, PromptVersion, PromptVersionBatchUpdate, PromptVersionCommits, PromptVersionCreate,
    PromptVersionEnvironments, PromptVersionRef, PromptVersionRetrieve,
};
use ferropik_query::Entity;
use http::{HeaderName, HeaderValue};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::versions;
use crate::AppState;
use crate::http::respond::{json, no_content};
use crate::http::{ApiResult, ErrorList, ErrorMessage, Id, Ids, JsonBody, Query, RequestScope};
use crate::records::body::IdBatch;
use crate::records::listing::listing;

/// Header with a text that the official clients log as a warning.
const DEPRECATION: HeaderName = HeaderName::from_static("x-opik-deprecation");

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create, update_many))
        .routes(routes!(retrieve))
        .routes(routes!(by_ids))
        .routes(routes!(by_commits))
        .routes(routes!(get))
        .routes(routes!(set_environments))
        .routes(routes!(list))
        .routes(routes!(by_number))
        .routes(routes!(restore))
}

/// Create prompt version
#[utoipa::path(
    post, path = "/v1/private/prompts/versions", tag = "Prompts", operation_id = "createPromptVersion",
    request_body = PromptVersionCreate,
    responses((status = 200, body = PromptVersion), (status = 400, body = ErrorMessage), (status = 409, body = ErrorMessage),
        (status = 422, body = ErrorList)),
)]
async fn create(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<PromptVersionCreate>,
) -> ApiResult<Response> {
    json(versions::create(&state, &scope, body).await?).await
}

/// Update prompt versions
#[utoipa::path(
    patch, path = "/v1/private/prompts/versions", tag = "Prompts", operation_id = "updatePromptVersions",
    request_body = PromptVersionBatchUpdate, responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn update_many(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<PromptVersionBatchUpdate>,
) -> ApiResult<Response> {
    versions::update_many(&state, &scope, body).await?;
    Ok(no_content())
}

/// Retrieve prompt version
#[utoipa::path(
    post, path = "/v1/private/prompts/versions/retrieve", tag = "Prompts", operation_id = "retrievePromptVersion",
    request_body = PromptVersionRetrieve,
    responses((status = 200, body = PromptVersion,
            headers(("X-Opik-Deprecation" = Option<String>, description = "what to change in the request"))),
        (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn retrieve(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<PromptVersionRetrieve>,
) -> ApiResult<Response> {
    let retrieved = versions::retrieve(&state, &scope, body).await?;
    let mut response = json(retrieved.version).await?;
    if let Some(text) = retrieved.deprecation {
        let printable = text.replace(char::is_control, " ");
        if let Ok(value) = HeaderValue::from_str(&printable) {
            response.headers_mut().insert(DEPRECATION, value);
        }
    }
    Ok(response)
}

/// Retrieve prompt versions by ids
#[utoipa::path(
    post, path = "/v1/private/prompts/versions/retrieve-by-ids", tag = "Prompts", operation_id = "retrievePromptVersionsByIds",
    request_body = IdBatch, responses((status = 200, body = Vec<PromptVersion>), (status = 422, body = ErrorList)),
)]
async fn by_ids(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<IdBatch>,
) -> ApiResult<Response> {
    json(versions::by_ids(&state, &scope, body).await?).await
}

/// Get prompts by commits
#[utoipa::path(
    post, path = "/v1/private/prompts/retrieve-by-commits", tag = "Prompts", operation_id = "getPromptsByCommits",
    request_body = PromptVersionCommits, responses((status = 200, body = Vec<PromptVersionRef>), (status = 422, body = ErrorList)),
)]
async fn by_commits(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<PromptVersionCommits>,
) -> ApiResult<Response> {
    json(versions::by_commits(&state, &scope, body).await?).await
}

/// Get prompt version by id
#[utoipa::path(
    get, path = "/v1/private/prompts/versions/{id}", tag = "Prompts", operation_id = "getPromptVersionById",
    params(("id" = Uuid, Path, description = "version")),
    responses((status = 200, body = PromptVersion), (status = 404, body = ErrorMessage)),
)]
async fn get(State(state): State<AppState>, RequestScope(scope): RequestScope, Id(id): Id) -> ApiResult<Response> {
    json(versions::get(&state, &scope, id).await?).await
}

/// Set prompt version environment
#[utoipa::path(
    patch, path = "/v1/private/prompts/versions/{id}/environments", tag = "Prompts", operation_id = "setPromptVersionEnvironment",
    params(("id" = Uuid, Path, description = "version")), request_body = PromptVersionEnvironments,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 404, body = ErrorMessage),
        (status = 409, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn set_environments(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<PromptVersionEnvironments>,
) -> ApiResult<Response> {
    versions::set_environments(&state, &scope, id, body).await?;
    Ok(no_content())
}

/// Get prompt versions
#[utoipa::path(
    get, path = "/v1/private/prompts/{id}/versions", tag = "Prompts", operation_id = "getPromptVersions",
    params(
        ("id" = Uuid, Path, description = "prompt"),
        ("page" = Option<u64>, Query, description = "from 1"),
        ("size" = Option<u64>, Query, description = "10 when absent"),
        ("search" = Option<String>, Query, description = "part of the template or of the change description, in any case"),
        ("sorting" = Option<String>, Query, description = "JSON array of `{\"field\", \"direction\"}`, of which the first counts"),
        ("filters" = Option<String>, Query, description = "JSON array of `{\"field\", \"operator\", \"key\", \"value\"}`"),
    ),
    responses((status = 200, body = Page<PromptVersion>), (status = 400, body = ErrorMessage)),
)]
async fn list(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(prompt): Id,
    query: Query,
) -> ApiResult<Response> {
    let wanted = listing(&query, Entity::PromptVersion)?;
    let search = query.text("search").map(str::to_owned);
    json(versions::list(&state, &scope, prompt, search, wanted).await?).await
}

/// Get prompt version by sequential number
#[utoipa::path(
    get, path = "/v1/private/prompts/{id}/versions/by-number/{number}", tag = "Prompts", operation_id = "getPromptVersionByNumber",
    params(("id" = Uuid, Path, description = "prompt"), ("number" = String, Path, description = "as in `v3`")),
    responses((status = 200, body = PromptVersion), (status = 400, body = ErrorList), (status = 404, body = ErrorMessage)),
)]
async fn by_number(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(prompt): Id,
    path: Path<(String, String)>,
) -> ApiResult<Response> {
    let Path((_, number)) = path;
    json(versions::by_number(&state, &scope, prompt, &number).await?).await
}

/// Restore prompt version
#[utoipa::path(
    post, path = "/v1/private/prompts/{id}/versions/{version_id}/restore", tag = "Prompts", operation_id = "restorePromptVersion",
    params(("id" = Uuid, Path, description = "prompt"), ("version_id" = Uuid, Path, description = "version to copy")),
    responses((status = 200, body = PromptVersion), (status = 404, body = ErrorMessage)),
)]
async fn restore(State(state): State<AppState>, RequestScope(scope): RequestScope, ids: Ids<2>) -> ApiResult<Response> {
    let Ids([prompt, version]) = ids;
    json(versions::restore(&state, &scope, prompt, version).await?).await
}
