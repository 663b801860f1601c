//! `/v1/private/projects`

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{Page, Project, ProjectDetails, ProjectStats, ProjectUpdate, ProjectWrite, wire, wire_object};
use ferropik_query::{Entity, Filter};
use ferropik_store::ProjectList;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{service, sorting};
use crate::AppState;
use crate::http::query::DEFAULT_PAGE_SIZE;
use crate::http::respond::{created, json, no_content, small_json};
use crate::http::{ApiResult, ErrorList, ErrorMessage, Id, JsonBody, Query, RequestScope, RequestUrl, Violations};
use crate::records::listing::ids_of_text;
use crate::records::rules::MAX_BATCH;

/// Most projects that one call deletes.
const MAX_DELETES: usize = MAX_BATCH;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(stats))
        .routes(routes!(retrieve))
        .routes(routes!(delete_many))
        .routes(routes!(score_names))
        .routes(routes!(get, update, delete))
        .routes(routes!(token_usage_names))
}

wire_object! {
    /// Finds a project by name.
    #[expect(non_snake_case, reason = "the name on the wire")]
    pub struct RetrieveProject {
        /// Name, compared without case.
        pub name: Option<String> = wire::text,
        /// Whether to add statistics.
        pub include_stats: Option<bool> = wire::optional,
        /// The same, as some clients spell it.
        pub includeStats: Option<bool> = wire::optional,
    }
}

wire_object! {
    /// What to delete.
    pub struct DeleteProjects {
        /// 1 to 1000 ids; unknown ones are skipped.
        pub ids: Option<Vec<Uuid>> = wire::batch,
    }
}

/// Statistics of some projects.
#[derive(Debug, Serialize, ToSchema)]
struct StatsOfProjects {
    /// In the order of the list of projects.
    content: Vec<ProjectStats>,
}

/// Names of feedback scores.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScoreNames {
    scores: Vec<ScoreName>,
}

/// Name of a feedback score.
#[derive(Debug, Serialize, ToSchema)]
struct ScoreName {
    name: String,
}

impl ScoreNames {
    /// In that order.
    pub(crate) fn new(names: Vec<String>) -> ScoreNames {
        ScoreNames {
            scores: names.into_iter().map(|name| ScoreName { name }).collect(),
        }
    }
}

/// Names of the keys of token usage.
#[derive(Debug, Serialize, ToSchema)]
struct UsageNames {
    names: Vec<String>,
}

/// Create a project
#[utoipa::path(
    post, path = "/v1/private/projects", tag = "Projects", operation_id = "createProject", request_body = ProjectWrite,
    responses((status = 201, headers(("Location" = String, description = "URL of the project"))),
        (status = 409, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn create(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(body): JsonBody<ProjectWrite>,
) -> ApiResult<Response> {
    let id = service::create(&state, &scope, body).await?;
    Ok(created(&url, id))
}

/// List projects
#[utoipa::path(
    get, path = "/v1/private/projects", tag = "Projects", operation_id = "findProjects",
    params(
        ("page" = Option<u64>, Query, description = "from 1"),
        ("size" = Option<u64>, Query, description = "10 when absent"),
        ("name" = Option<String>, Query, description = "part of the name, in any case"),
        ("sorting" = Option<String>, Query, description = "JSON array of `{\"field\", \"direction\"}`, of which the first counts"),
    ),
    responses((status = 200, body = Page<Project>), (status = 400, body = ErrorMessage)),
)]
async fn list(State(state): State<AppState>, RequestScope(scope): RequestScope, query: Query) -> ApiResult<Response> {
    json(service::list(&state, &scope, project_list(&query)?).await?).await
}

/// Statistics of projects
#[utoipa::path(
    get, path = "/v1/private/projects/stats", tag = "Projects", operation_id = "getProjectStats",
    params(
        ("page" = Option<u64>, Query, description = "from 1"),
        ("size" = Option<u64>, Query, description = "10 when absent"),
        ("name" = Option<String>, Query, description = "part of the name, in any case"),
        ("sorting" = Option<String>, Query, description = "as for the list of projects"),
        ("filters" = Option<String>, Query, description = "JSON array of filters of traces"),
        ("from_time" = Option<String>, Query, description = "earliest time of a trace"),
        ("to_time" = Option<String>, Query, description = "latest time of a trace"),
    ),
    responses((status = 200, body = StatsOfProjects), (status = 400, body = ErrorMessage)),
)]
async fn stats(State(state): State<AppState>, RequestScope(scope): RequestScope, query: Query) -> ApiResult<Response> {
    let filter = match query.text("filters") {
        Some(text) => Filter::from_query_param(Entity::Trace, text)?,
        None => Filter::default(),
    };
    let content = service::stats(&state, &scope, project_list(&query)?, filter, query.time_range()?).await?;
    json(StatsOfProjects { content }).await
}

/// Find a project by name
#[utoipa::path(
    post, path = "/v1/private/projects/retrieve", tag = "Projects", operation_id = "retrieveProject", request_body = RetrieveProject,
    responses((status = 200, body = ProjectDetails), (status = 404, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn retrieve(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<RetrieveProject>,
) -> ApiResult<Response> {
    let with_stats = body.include_stats.or(body.includeStats).unwrap_or(false);
    small_json(&service::retrieve(&state, &scope, body.name.as_deref(), with_stats).await?)
}

/// Delete projects
#[utoipa::path(
    post, path = "/v1/private/projects/delete", tag = "Projects", operation_id = "deleteProjectsBatch", request_body = DeleteProjects,
    responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn delete_many(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<DeleteProjects>,
) -> ApiResult<Response> {
    let mut violations = Violations::new();
    match &body.ids {
        Some(ids) => violations.size(ids.len(), 1, MAX_DELETES, "ids"),
        None => violations.add("ids", "must not be null"),
    }
    violations.finish()?;
    state
        .store
        .delete_projects(&scope, body.ids.unwrap_or_default())
        .await?;
    Ok(no_content())
}

/// Names of the feedback scores of projects
#[utoipa::path(
    get, path = "/v1/private/projects/feedback-scores/names", tag = "Projects", operation_id = "findFeedbackScoreNamesByProjectIds",
    params(("project_ids" = Option<String>, Query, description = "JSON array of ids; the whole workspace when absent")),
    responses((status = 200, body = ScoreNames), (status = 400, body = ErrorMessage)),
)]
async fn score_names(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
) -> ApiResult<Response> {
    let projects = query.text("project_ids").map(ids_of_text).transpose()?;
    json(ScoreNames::new(
        state.store.score_names(&scope, None, projects, None).await?,
    ))
    .await
}

/// Get a project
#[utoipa::path(
    get, path = "/v1/private/projects/{id}", tag = "Projects", operation_id = "getProjectById", params(("id" = Uuid, Path, description = "project")),
    responses((status = 200, body = Project), (status = 404, body = ErrorList)),
)]
async fn get(State(state): State<AppState>, RequestScope(scope): RequestScope, Id(id): Id) -> ApiResult<Response> {
    small_json(&service::get(&state, &scope, id).await?)
}

/// Change a project
#[utoipa::path(
    patch, path = "/v1/private/projects/{id}", tag = "Projects", operation_id = "updateProject", params(("id" = Uuid, Path, description = "project")),
    request_body = ProjectUpdate,
    responses((status = 204), (status = 404, body = ErrorList), (status = 409, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn update(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<ProjectUpdate>,
) -> ApiResult<Response> {
    service::update(&state, &scope, id, body).await?;
    Ok(no_content())
}

/// Delete a project
#[utoipa::path(
    delete, path = "/v1/private/projects/{id}", tag = "Projects", operation_id = "deleteProjectById", params(("id" = Uuid, Path, description = "project")),
    responses((status = 204)),
)]
async fn delete(State(state): State<AppState>, RequestScope(scope): RequestScope, Id(id): Id) -> ApiResult<Response> {
    state.store.delete_projects(&scope, vec![id]).await?;
    Ok(no_content())
}

/// Names of the token usage of a project
#[utoipa::path(
    get, path = "/v1/private/projects/{id}/token-usage/names", tag = "Projects", operation_id = "findTokenUsageNames",
    params(("id" = Uuid, Path, description = "project")),
    responses((status = 200, body = UsageNames), (status = 404, body = ErrorMessage)),
)]
async fn token_usage_names(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
) -> ApiResult<Response> {
    json(UsageNames {
        names: state.store.token_usage_names(&scope, id).await?,
    })
    .await
}

fn project_list(query: &Query) -> ApiResult<ProjectList> {
    Ok(ProjectList {
        page: query.page()?,
        size: query.size(DEFAULT_PAGE_SIZE)?,
        name: query.text("name").map(str::to_owned),
        sort: sorting::parse(query.text("sorting"))?,
    })
}
