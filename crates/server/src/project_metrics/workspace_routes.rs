//! `/v1/private/workspaces/costs`, `/metrics` and `/token-usage`

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{MetricSummaries, MetricSummary, WorkspaceMetrics};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::bodies::{WorkspaceProjects, WorkspaceRange, WorkspaceSpanMetricRequest};
use super::workspace;
use crate::AppState;
use crate::http::respond::{json, small_json};
use crate::http::{ApiResult, ErrorList, ErrorMessage, JsonBody, OptionalJsonBody, RequestScope};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(cost_summary))
        .routes(routes!(costs))
        .routes(routes!(score_summaries))
        .routes(routes!(score_series))
        .routes(routes!(span_metric))
        .routes(routes!(token_usage_names))
}

/// Names of the keys of token usage.
#[derive(Debug, Serialize, ToSchema)]
struct TokenUsageNames {
    names: Vec<String>,
}

/// The cost of a workspace, now and before
#[utoipa::path(
    post, path = "/v1/private/workspaces/costs/summaries", tag = "Workspaces", operation_id = "costsSummary", request_body = WorkspaceRange,
    responses((status = 200, body = MetricSummary), (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn cost_summary(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<WorkspaceRange>,
) -> ApiResult<Response> {
    small_json(&workspace::cost_summary(&state, &scope, body.check()?).await?)
}

/// Costs of a workspace by day
#[utoipa::path(
    post, path = "/v1/private/workspaces/costs", tag = "Workspaces", operation_id = "getCost", request_body = WorkspaceRange,
    responses((status = 200, body = WorkspaceMetrics), (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn costs(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<WorkspaceRange>,
) -> ApiResult<Response> {
    json(workspace::costs(&state, &scope, body.check()?).await?).await
}

/// Mean feedback scores of a workspace, now and before
#[utoipa::path(
    post, path = "/v1/private/workspaces/metrics/summaries", tag = "Workspaces", operation_id = "metricsSummary", request_body = WorkspaceRange,
    responses((status = 200, body = MetricSummaries), (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn score_summaries(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<WorkspaceRange>,
) -> ApiResult<Response> {
    json(workspace::score_summaries(&state, &scope, body.check()?).await?).await
}

/// Mean feedback scores of a workspace by day
#[utoipa::path(
    post, path = "/v1/private/workspaces/metrics", tag = "Workspaces", operation_id = "getMetric", request_body = WorkspaceRange,
    responses((status = 200, body = WorkspaceMetrics), (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn score_series(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<WorkspaceRange>,
) -> ApiResult<Response> {
    let name = body.score_name()?;
    json(workspace::score_series(&state, &scope, &name, body.check()?).await?).await
}

/// A metric of the spans of a workspace over time
#[utoipa::path(
    post, path = "/v1/private/workspaces/metrics/spans", tag = "Workspaces", operation_id = "getWorkspaceSpanMetric", request_body = WorkspaceSpanMetricRequest,
    responses((status = 200, body = WorkspaceMetrics), (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn span_metric(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<WorkspaceSpanMetricRequest>,
) -> ApiResult<Response> {
    json(workspace::span_metric(&state, &scope, body.check()?).await?).await
}

/// Names of the token usage of a workspace
#[utoipa::path(
    post, path = "/v1/private/workspaces/token-usage/names", tag = "Workspaces", operation_id = "getWorkspaceTokenUsageNames", request_body = WorkspaceProjects,
    responses((status = 200, body = TokenUsageNames), (status = 400, body = ErrorMessage)),
)]
async fn token_usage_names(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    OptionalJsonBody(body): OptionalJsonBody<WorkspaceProjects>,
) -> ApiResult<Response> {
    let wanted = body.unwrap_or_default().project_ids;
    let projects = workspace::projects(&state, &scope, wanted).await?;
    json(TokenUsageNames {
        names: state.store.usage_names(&scope, projects).await?,
    })
    .await
}
