//! `/v1/internal/usage`: counts of the day before, for operators, and the queries that are not available.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ferropik_model::{
    ProjectUserCount, ProjectsOfWorkspaces, Timestamp, UserCount, WorkspaceProject, WorkspaceSpanCount,
    WorkspaceTraceCount,
};
use ferropik_store::{ProjectSearch, UsageKind};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::AppState;
use crate::http::respond::json;
use crate::http::{ApiResult, ErrorList, Id, JsonBody, RequestScope, Violations};

const DAY_MILLIS: i64 = 86_400_000;

/// Projects that a search answers when it does not say how many.
const DEFAULT_PROJECTS: i64 = 100;

/// Most projects that a search answers, and most ids that it names.
const MAX_PROJECTS: i64 = 1000;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(trace_counts))
        .routes(routes!(span_counts))
        .routes(routes!(span_breakdown))
        .routes(routes!(traces_by_user))
        .routes(routes!(spans_by_user))
        .routes(routes!(experiments_by_user))
        .routes(routes!(datasets_by_user))
        .routes(routes!(projects))
        .routes(routes!(query))
        .routes(routes!(query_of_project))
}

/// Traces of the day before.
#[derive(Debug, Serialize, ToSchema)]
struct TraceCounts {
    workspaces_traces_count: Vec<WorkspaceTraceCount>,
}

/// Spans of the day before.
#[derive(Debug, Serialize, ToSchema)]
struct SpanCounts {
    workspaces_spans_count: Vec<WorkspaceSpanCount>,
}

/// Spans of the day before by project.
#[derive(Debug, Serialize, ToSchema)]
struct Breakdown {
    breakdown: Vec<ProjectUserCount>,
}

/// What users have made on the day before.
#[derive(Debug, Serialize, ToSchema)]
struct BiInformation {
    bi_information: Vec<UserCount>,
}

/// Projects of workspaces.
#[derive(Debug, Serialize, ToSchema)]
struct Projects {
    projects: Vec<WorkspaceProject>,
}

/// Start and end of the day before, UTC.
fn day_before(now: Timestamp) -> (Timestamp, Timestamp) {
    let end = now.as_millis().div_euclid(DAY_MILLIS) * DAY_MILLIS;
    (Timestamp::from_millis(end - DAY_MILLIS), Timestamp::from_millis(end))
}

/// Traces of each workspace on the day before
#[utoipa::path(
    get, path = "/v1/internal/usage/workspace-trace-counts", tag = "System usage", operation_id = "getTracesCountForWorkspaces",
    responses((status = 200, body = TraceCounts)),
)]
async fn trace_counts(State(state): State<AppState>) -> ApiResult<Response> {
    let (start, end) = day_before(Timestamp::now());
    let counts = state.store.count_by_workspace(UsageKind::Traces, start, end).await?;
    let workspaces_traces_count = counts
        .into_iter()
        .map(|(workspace, trace_count)| WorkspaceTraceCount {
            workspace: workspace.to_string(),
            trace_count,
        })
        .collect();
    json(TraceCounts {
        workspaces_traces_count,
    })
    .await
}

/// Spans of each workspace on the day before
#[utoipa::path(
    get, path = "/v1/internal/usage/workspace-span-counts", tag = "System usage", operation_id = "getSpansCountForWorkspaces",
    responses((status = 200, body = SpanCounts)),
)]
async fn span_counts(State(state): State<AppState>) -> ApiResult<Response> {
    let (start, end) = day_before(Timestamp::now());
    let counts = state.store.count_by_workspace(UsageKind::Spans, start, end).await?;
    let workspaces_spans_count = counts
        .into_iter()
        .map(|(workspace, span_count)| WorkspaceSpanCount {
            workspace: workspace.to_string(),
            span_count,
        })
        .collect();
    json(SpanCounts { workspaces_spans_count }).await
}

/// Spans of each project and user on the day before
#[utoipa::path(
    get, path = "/v1/internal/usage/workspace-span-counts-breakdown", tag = "System usage", operation_id = "getSpansCountBreakdownForWorkspaces",
    responses((status = 200, body = Breakdown)),
)]
async fn span_breakdown(State(state): State<AppState>) -> ApiResult<Response> {
    let (start, end) = day_before(Timestamp::now());
    json(Breakdown {
        breakdown: state.store.count_spans_by_project(start, end).await?,
    })
    .await
}

async fn by_user(state: &AppState, kind: UsageKind) -> ApiResult<Response> {
    let (start, end) = day_before(Timestamp::now());
    json(BiInformation {
        bi_information: state.store.count_by_user(kind, start, end).await?,
    })
    .await
}

/// Traces of each user on the day before
#[utoipa::path(
    get, path = "/v1/internal/usage/bi-traces", tag = "System usage", operation_id = "getTracesBiInfo",
    responses((status = 200, body = BiInformation)),
)]
async fn traces_by_user(State(state): State<AppState>) -> ApiResult<Response> {
    by_user(&state, UsageKind::Traces).await
}

/// Spans of each user on the day before
#[utoipa::path(
    get, path = "/v1/internal/usage/bi-spans", tag = "System usage", operation_id = "getSpansBiInfo",
    responses((status = 200, body = BiInformation)),
)]
async fn spans_by_user(State(state): State<AppState>) -> ApiResult<Response> {
    by_user(&state, UsageKind::Spans).await
}

/// Experiments of each user on the day before
#[utoipa::path(
    get, path = "/v1/internal/usage/bi-experiments", tag = "System usage", operation_id = "getExperimentBiInfo",
    responses((status = 200, body = BiInformation)),
)]
async fn experiments_by_user(State(state): State<AppState>) -> ApiResult<Response> {
    by_user(&state, UsageKind::Experiments).await
}

/// Datasets of each user on the day before
#[utoipa::path(
    get, path = "/v1/internal/usage/bi-datasets", tag = "System usage", operation_id = "getDatasetBiInfo",
    responses((status = 200, body = BiInformation)),
)]
async fn datasets_by_user(State(state): State<AppState>) -> ApiResult<Response> {
    by_user(&state, UsageKind::Datasets).await
}

/// Projects of workspaces
#[utoipa::path(
    post, path = "/v1/internal/usage/projects", tag = "System usage", operation_id = "getProjectsForWorkspaces",
    request_body = ProjectsOfWorkspaces,
    responses((status = 200, body = Projects), (status = 422, body = ErrorList)),
)]
async fn projects(
    State(state): State<AppState>,
    JsonBody(body): JsonBody<ProjectsOfWorkspaces>,
) -> ApiResult<Response> {
    json(Projects {
        projects: state.store.projects_of_workspaces(search(body)?).await?,
    })
    .await
}

fn search(body: ProjectsOfWorkspaces) -> ApiResult<ProjectSearch> {
    let most = usize::try_from(MAX_PROJECTS).unwrap_or(usize::MAX);
    let limit = body.limit.unwrap_or(DEFAULT_PROJECTS);
    let mut found = Violations::new();
    found.not_null(body.workspace_ids.as_ref(), "workspaceIds");
    if let Some(ids) = &body.workspace_ids {
        found.size(ids.len(), 1, most, "workspaceIds");
    }
    found.size(body.project_ids.as_ref().map_or(0, Vec::len), 0, most, "projectIds");
    found.check(limit >= 1, "limit", "must be greater than or equal to 1");
    found.check(
        limit <= MAX_PROJECTS,
        "limit",
        format_args!("must be less than or equal to {MAX_PROJECTS}"),
    );
    found.finish()?;
    let ids = body.workspace_ids.unwrap_or_default();
    Ok(ProjectSearch {
        // What is no id is no id of a workspace either.
        workspaces: ids.iter().filter_map(|id| Uuid::try_parse(id).ok()).collect(),
        projects: body.project_ids,
        name: body.name.filter(|name| !name.trim().is_empty()),
        limit: usize::try_from(limit).unwrap_or(most),
    })
}

/// Query the store
#[utoipa::path(
    post, path = "/v1/internal/analytics-queries", tag = "System analytics queries", operation_id = "executeUnscopedAnalyticsQuery",
    responses((status = 501, description = "queries are not available")),
)]
async fn query(_scope: RequestScope) -> Response {
    StatusCode::NOT_IMPLEMENTED.into_response()
}

/// Query the rows of a project
#[utoipa::path(
    post, path = "/v1/internal/analytics-queries/projects/{projectId}", tag = "System analytics queries", operation_id = "executeAnalyticsQuery",
    params(("projectId" = Uuid, Path)), responses((status = 501, description = "queries are not available")),
)]
async fn query_of_project(_scope: RequestScope, _project: Id) -> Response {
    StatusCode::NOT_IMPLEMENTED.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_before_ends_at_midnight() {
        let now = Timestamp::parse("2026-03-01T00:00:00.5Z").unwrap();
        let (start, end) = day_before(now);
        assert_eq!(start.to_string(), "2026-02-28T00:00:00Z");
        assert_eq!(end.to_string(), "2026-03-01T00:00:00Z");
    }
}
