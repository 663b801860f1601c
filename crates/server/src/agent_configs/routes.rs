//! `/v1/private/agent-configs/blueprints`

use axum::extract::{Path, State};
use axum::response::Response;
use ferropik_model::{AgentConfigWrite, Blueprint, BlueprintEnvironments, BlueprintName, ConfigKeysRemoval, Page};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::service::{self, CreatedBlueprint};
use crate::AppState;
use crate::http::respond::{created, created_with, json, no_content};
use crate::http::{ApiError, ApiResult, ErrorList, ErrorMessage, Id, Ids, JsonBody, Query, RequestScope, RequestUrl};
use crate::records::listing::paging;

/// Name of the collection in paths.
const COLLECTION: &str = "blueprints";

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create, add))
        .routes(routes!(remove_keys))
        .routes(routes!(set_environments))
        .routes(routes!(of_environment, set_environment, delete_environment))
        .routes(routes!(add_of_mask))
        .routes(routes!(of_name))
        .routes(routes!(latest))
        .routes(routes!(history))
        .routes(routes!(get))
        .routes(routes!(as_written))
}

/// An id in a path that also has text.
fn id_of(text: &str) -> ApiResult<Uuid> {
    Uuid::try_parse(text).map_err(|_| ApiError::no_such_route())
}

/// Create optimizer config with initial blueprint
#[utoipa::path(
    post, path = "/v1/private/agent-configs/blueprints", tag = "Agent Configs", operation_id = "createAgentConfig",
    request_body = AgentConfigWrite,
    responses((status = 201, body = CreatedBlueprint, headers(("Location" = String, description = "URL of the blueprint"))),
        (status = 400, body = ErrorList), (status = 404, body = ErrorList), (status = 409, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn create(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(body): JsonBody<AgentConfigWrite>,
) -> ApiResult<Response> {
    let made = service::create(&state, &scope, body).await?;
    created_with(&url, made.id, &made)
}

/// Add blueprint to existing config
#[utoipa::path(
    patch, path = "/v1/private/agent-configs/blueprints", tag = "Agent Configs", operation_id = "updateAgentConfig",
    request_body = AgentConfigWrite,
    responses((status = 201, headers(("Location" = String, description = "URL of the blueprint"))),
        (status = 404, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn add(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(body): JsonBody<AgentConfigWrite>,
) -> ApiResult<Response> {
    let id = service::add(&state, &scope, body).await?;
    Ok(created(&url, id))
}

/// Remove configuration parameters
#[utoipa::path(
    post, path = "/v1/private/agent-configs/blueprints/remove-keys", tag = "Agent Configs", operation_id = "removeConfigKeys",
    request_body = ConfigKeysRemoval,
    responses((status = 201, headers(("Location" = String, description = "URL of the new blueprint"))),
        (status = 204, description = "there was nothing to remove"), (status = 404, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn remove_keys(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(body): JsonBody<ConfigKeysRemoval>,
) -> ApiResult<Response> {
    let made = service::remove_keys(&state, &scope, body).await?;
    Ok(match made {
        Some(id) => created(&url.collection(COLLECTION), id),
        None => no_content(),
    })
}

/// Create or update environments
#[utoipa::path(
    post, path = "/v1/private/agent-configs/blueprints/environments", tag = "Agent Configs", operation_id = "createOrUpdateEnvs",
    request_body = BlueprintEnvironments,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn set_environments(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<BlueprintEnvironments>,
) -> ApiResult<Response> {
    service::set_environments(&state, &scope, body).await?;
    Ok(no_content())
}

/// Retrieve blueprint by environment
#[utoipa::path(
    get, path = "/v1/private/agent-configs/blueprints/environments/{env_name}/projects/{project_id}", tag = "Agent Configs",
    operation_id = "getBlueprintByEnv",
    params(("env_name" = String, Path, description = "environment"), ("project_id" = Uuid, Path, description = "project"),
        ("mask_id" = Option<Uuid>, Query, description = "mask to lay over the values")),
    responses((status = 200, body = Blueprint), (status = 404, body = ErrorMessage)),
)]
async fn of_environment(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    path: Path<(String, String)>,
    query: Query,
) -> ApiResult<Response> {
    let Path((name, project)) = path;
    let (project, mask) = (id_of(&project)?, query.uuid("mask_id")?);
    json(service::of_environment(&state, &scope, project, &name, mask).await?).await
}

/// Set environment by blueprint name
#[utoipa::path(
    put, path = "/v1/private/agent-configs/blueprints/environments/{env_name}/projects/{project_id}", tag = "Agent Configs",
    operation_id = "setEnvByBlueprintName",
    params(("env_name" = String, Path, description = "environment"), ("project_id" = Uuid, Path, description = "project")),
    request_body = BlueprintName,
    responses((status = 204), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn set_environment(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    path: Path<(String, String)>,
    JsonBody(body): JsonBody<BlueprintName>,
) -> ApiResult<Response> {
    let Path((name, project)) = path;
    service::set_environment(&state, &scope, id_of(&project)?, &name, body).await?;
    Ok(no_content())
}

/// Delete environment
#[utoipa::path(
    delete, path = "/v1/private/agent-configs/blueprints/environments/{env_name}/projects/{project_id}", tag = "Agent Configs",
    operation_id = "deleteEnv",
    params(("env_name" = String, Path, description = "environment"), ("project_id" = Uuid, Path, description = "project")),
    responses((status = 204)),
)]
async fn delete_environment(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    path: Path<(String, String)>,
) -> ApiResult<Response> {
    let Path((name, project)) = path;
    let project = id_of(&project)?;
    state.store.end_blueprint_environment(&scope, project, &name).await?;
    Ok(no_content())
}

/// Create blueprint from mask
#[utoipa::path(
    post, path = "/v1/private/agent-configs/blueprints/projects/{project_id}/masks/{mask_id}", tag = "Agent Configs",
    operation_id = "createBlueprintFromMask",
    params(("project_id" = Uuid, Path, description = "project"), ("mask_id" = Uuid, Path, description = "mask")),
    responses((status = 201, headers(("Location" = String, description = "URL of the new blueprint"))), (status = 404, body = ErrorMessage)),
)]
async fn add_of_mask(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    ids: Ids<2>,
) -> ApiResult<Response> {
    let Ids([project, mask]) = ids;
    let id = service::add_of_mask(&state, &scope, project, mask).await?;
    Ok(created(&url.collection(COLLECTION), id))
}

/// Retrieve blueprint by name
#[utoipa::path(
    get, path = "/v1/private/agent-configs/blueprints/projects/{project_id}/names/{name}", tag = "Agent Configs",
    operation_id = "getBlueprintByName",
    params(("project_id" = Uuid, Path, description = "project"), ("name" = String, Path, description = "as in `v3`"),
        ("mask_id" = Option<Uuid>, Query, description = "mask to lay over the values")),
    responses((status = 200, body = Blueprint), (status = 404, body = ErrorMessage)),
)]
async fn of_name(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    path: Path<(String, String)>,
    query: Query,
) -> ApiResult<Response> {
    let Path((project, name)) = path;
    let (project, mask) = (id_of(&project)?, query.uuid("mask_id")?);
    json(service::of_name(&state, &scope, project, &name, mask).await?).await
}

/// Retrieve latest blueprint
#[utoipa::path(
    get, path = "/v1/private/agent-configs/blueprints/latest/projects/{project_id}", tag = "Agent Configs",
    operation_id = "getLatestBlueprint",
    params(("project_id" = Uuid, Path, description = "project"),
        ("mask_id" = Option<Uuid>, Query, description = "mask to lay over the values")),
    responses((status = 200, body = Blueprint), (status = 404, body = ErrorMessage)),
)]
async fn latest(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(project): Id,
    query: Query,
) -> ApiResult<Response> {
    json(service::latest(&state, &scope, project, query.uuid("mask_id")?).await?).await
}

/// Get blueprint history
#[utoipa::path(
    get, path = "/v1/private/agent-configs/blueprints/history/projects/{project_id}", tag = "Agent Configs",
    operation_id = "getBlueprintHistory",
    params(("project_id" = Uuid, Path, description = "project"), ("page" = Option<u64>, Query, description = "from 1"),
        ("size" = Option<u64>, Query, description = "10 when absent")),
    responses((status = 200, body = Page<Blueprint>)),
)]
async fn history(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(project): Id,
    query: Query,
) -> ApiResult<Response> {
    json(service::history(&state, &scope, project, paging(&query)?).await?).await
}

/// Retrieve blueprint by ID
#[utoipa::path(
    get, path = "/v1/private/agent-configs/blueprints/{blueprint_id}", tag = "Agent Configs", operation_id = "getBlueprintById",
    params(("blueprint_id" = Uuid, Path, description = "blueprint"),
        ("mask_id" = Option<Uuid>, Query, description = "mask to lay over the values")),
    responses((status = 200, body = Blueprint), (status = 404, body = ErrorMessage)),
)]
async fn get(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    query: Query,
) -> ApiResult<Response> {
    json(service::get(&state, &scope, id, query.uuid("mask_id")?).await?).await
}

/// Retrieve delta by blueprint ID
#[utoipa::path(
    get, path = "/v1/private/agent-configs/blueprints/{blueprint_id}/deltas", tag = "Agent Configs", operation_id = "getDeltaById",
    params(("blueprint_id" = Uuid, Path, description = "blueprint or mask")),
    responses((status = 200, body = Blueprint), (status = 404, body = ErrorMessage)),
)]
async fn as_written(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
) -> ApiResult<Response> {
    json(service::as_written(&state, &scope, id).await?).await
}
