//! `/v1/private/prompts`

use axum::extract::{Path, State};
use axum::response::Response;
use ferropik_model::{Page, Prompt, PromptUpdate, PromptWrite};
use ferropik_query::Entity;
use ferropik_store::Listing;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service;
use crate::AppState;
use crate::http::respond::{created, json, no_content};
use crate::http::{ApiResult, ErrorList, ErrorMessage, Id, JsonBody, Query, RequestScope, RequestUrl};
use crate::records::body::IdBatch;
use crate::records::listing::listing;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(delete_many))
        .routes(routes!(get, update, delete))
        .routes(routes!(by_commit))
        .routes(routes!(list_of_project))
}

/// Create prompt
#[utoipa::path(
    post, path = "/v1/private/prompts", tag = "Prompts", operation_id = "createPrompt", request_body = PromptWrite,
    responses((status = 201, headers(("Location" = String, description = "URL of the prompt"))),
        (status = 400, body = ErrorMessage), (status = 409, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn create(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(body): JsonBody<PromptWrite>,
) -> ApiResult<Response> {
    let id = service::create(&state, &scope, body).await?;
    Ok(created(&url, id))
}

/// Get prompts
#[utoipa::path(
    get, path = "/v1/private/prompts", tag = "Prompts", operation_id = "getPrompts",
    params(
        ("page" = Option<u64>, Query, description = "from 1"),
        ("size" = Option<u64>, Query, description = "10 when absent"),
        ("name" = Option<String>, Query, description = "part of the name, in any case"),
        ("project_id" = Option<Uuid>, Query, description = "only prompts of this project"),
        ("sorting" = Option<String>, Query, description = "JSON array of `{\"field\", \"direction\"}`, of which the first counts"),
        ("filters" = Option<String>, Query, description = "JSON array of `{\"field\", \"operator\", \"key\", \"value\"}`"),
    ),
    responses((status = 200, body = Page<Prompt>), (status = 400, body = ErrorMessage)),
)]
async fn list(State(state): State<AppState>, RequestScope(scope): RequestScope, query: Query) -> ApiResult<Response> {
    let wanted = listing(&query, Entity::Prompt)?;
    json(service::list(&state, &scope, wanted).await?).await
}

/// Get prompts by project
#[utoipa::path(
    get, path = "/v1/private/projects/{id}/prompts", tag = "Projects", operation_id = "getPromptsByProject",
    params(
        ("id" = Uuid, Path, description = "project"),
        ("page" = Option<u64>, Query, description = "from 1"),
        ("size" = Option<u64>, Query, description = "10 when absent"),
        ("name" = Option<String>, Query, description = "part of the name, in any case"),
        ("sorting" = Option<String>, Query, description = "as for all prompts"),
        ("filters" = Option<String>, Query, description = "as for all prompts"),
    ),
    responses((status = 200, body = Page<Prompt>), (status = 400, body = ErrorMessage)),
)]
async fn list_of_project(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(project): Id,
    query: Query,
) -> ApiResult<Response> {
    let wanted = Listing {
        project: Some(project),
        ..listing(&query, Entity::Prompt)?
    };
    json(service::list(&state, &scope, wanted).await?).await
}

/// Delete prompts
#[utoipa::path(
    post, path = "/v1/private/prompts/delete", tag = "Prompts", operation_id = "deletePromptsBatch", request_body = IdBatch,
    responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn delete_many(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<IdBatch>,
) -> ApiResult<Response> {
    service::delete_many(&state, &scope, body).await?;
    Ok(no_content())
}

/// Get prompt by id
#[utoipa::path(
    get, path = "/v1/private/prompts/{id}", tag = "Prompts", operation_id = "getPromptById",
    params(
        ("id" = Uuid, Path, description = "prompt"),
        ("mask_id" = Option<Uuid>, Query, description = "mask to add as the requested version"),
        ("environment" = Option<String>, Query, description = "environment whose version to add as the requested one"),
    ),
    responses((status = 200, body = Prompt), (status = 400, body = ErrorMessage), (status = 404, body = ErrorMessage)),
)]
async fn get(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    query: Query,
) -> ApiResult<Response> {
    json(service::get(&state, &scope, id, &query).await?).await
}

/// Update prompt
#[utoipa::path(
    put, path = "/v1/private/prompts/{id}", tag = "Prompts", operation_id = "updatePrompt",
    params(("id" = Uuid, Path, description = "prompt")), request_body = PromptUpdate,
    responses((status = 204), (status = 404, body = ErrorMessage), (status = 409, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn update(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<PromptUpdate>,
) -> ApiResult<Response> {
    service::update(&state, &scope, id, body).await?;
    Ok(no_content())
}

/// Delete prompt
#[utoipa::path(
    delete, path = "/v1/private/prompts/{id}", tag = "Prompts", operation_id = "deletePrompt",
    params(("id" = Uuid, Path, description = "prompt")), responses((status = 204), (status = 404, body = ErrorMessage)),
)]
async fn delete(State(state): State<AppState>, RequestScope(scope): RequestScope, Id(id): Id) -> ApiResult<Response> {
    service::delete(&state, &scope, id).await?;
    Ok(no_content())
}

/// Get prompt by commit
#[utoipa::path(
    get, path = "/v1/private/prompts/by-commit/{commit}", tag = "Prompts", operation_id = "getPromptByCommit",
    params(("commit" = String, Path, description = "8 letters or digits")),
    responses((status = 200, body = Prompt), (status = 400, body = ErrorList), (status = 404, body = ErrorMessage),
        (status = 409, body = ErrorMessage)),
)]
async fn by_commit(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Path(commit): Path<String>,
) -> ApiResult<Response> {
    json(service::by_commit(&state, &scope, &commit).await?).await
}
