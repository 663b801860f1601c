//! `/v1/private/dashboards`, `/v1/private/insights-views` and the dashboards of a project

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{Dashboard, DashboardScope, DashboardUpdate, DashboardWrite, Page};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::service;
use crate::AppState;
use crate::http::respond::{created_with, json, no_content, small_json};
use crate::http::{ApiResult, ErrorList, ErrorMessage, Id, JsonBody, Query, RequestScope, RequestUrl};
use crate::records::body::IdBatch;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_dashboards, create_dashboard))
        .routes(routes!(delete_dashboards))
        .routes(routes!(get_dashboard, update_dashboard, delete_dashboard))
        .routes(routes!(list_insights_views, create_insights_view))
        .routes(routes!(delete_insights_views))
        .routes(routes!(get_insights_view, update_insights_view, delete_insights_view))
        .routes(routes!(list_of_project))
}

/// Parameters of a list of dashboards.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only for the document")]
struct DashboardListParams {
    /// From 1.
    page: Option<u64>,
    /// 10 when absent.
    size: Option<u64>,
    /// Part of the name, in any case.
    name: Option<String>,
    /// Only those of this project.
    project_id: Option<Uuid>,
    /// JSON array of `{"field", "direction"}`, of which the first counts.
    sorting: Option<String>,
    /// JSON array of filters.
    filters: Option<String>,
}

/// List dashboards
#[utoipa::path(
    get, path = "/v1/private/dashboards", tag = "Dashboards", operation_id = "findDashboards", params(DashboardListParams),
    responses((status = 200, body = Page<Dashboard>), (status = 400, body = ErrorMessage)),
)]
async fn list_dashboards(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
) -> ApiResult<Response> {
    json(service::list(&state, &scope, DashboardScope::Workspace, &query, None).await?).await
}

/// Create a dashboard
#[utoipa::path(
    post, path = "/v1/private/dashboards", tag = "Dashboards", operation_id = "createDashboard", request_body = DashboardWrite,
    responses((status = 201, body = Dashboard, headers(("Location" = String, description = "URL of the dashboard"))),
        (status = 400, body = ErrorMessage), (status = 409, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn create_dashboard(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(body): JsonBody<DashboardWrite>,
) -> ApiResult<Response> {
    let created = service::create(&state, &scope, DashboardScope::Workspace, body).await?;
    created_with(&url, created.id, &created)
}

/// Delete dashboards
#[utoipa::path(
    post, path = "/v1/private/dashboards/delete-batch", tag = "Dashboards", operation_id = "deleteDashboardsBatch", request_body = IdBatch,
    responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn delete_dashboards(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<IdBatch>,
) -> ApiResult<Response> {
    service::delete_batch(&state, &scope, DashboardScope::Workspace, body).await?;
    Ok(no_content())
}

/// Get a dashboard
#[utoipa::path(
    get, path = "/v1/private/dashboards/{dashboardId}", tag = "Dashboards", operation_id = "getDashboardById", params(("dashboardId" = Uuid, Path)),
    responses((status = 200, body = Dashboard), (status = 404, body = ErrorMessage)),
)]
async fn get_dashboard(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
) -> ApiResult<Response> {
    small_json(&service::get(&state, &scope, DashboardScope::Workspace, id).await?)
}

/// Change a dashboard
#[utoipa::path(
    patch, path = "/v1/private/dashboards/{dashboardId}", tag = "Dashboards", operation_id = "updateDashboard", params(("dashboardId" = Uuid, Path)),
    request_body = DashboardUpdate,
    responses((status = 200, body = Dashboard), (status = 404, body = ErrorMessage), (status = 409, body = ErrorList),
        (status = 422, body = ErrorList)),
)]
async fn update_dashboard(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<DashboardUpdate>,
) -> ApiResult<Response> {
    small_json(&service::update(&state, &scope, DashboardScope::Workspace, id, body).await?)
}

/// Delete a dashboard
#[utoipa::path(
    delete, path = "/v1/private/dashboards/{dashboardId}", tag = "Dashboards", operation_id = "deleteDashboard", params(("dashboardId" = Uuid, Path)),
    responses((status = 204)),
)]
async fn delete_dashboard(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
) -> ApiResult<Response> {
    service::delete(&state, &scope, DashboardScope::Workspace, vec![id]).await?;
    Ok(no_content())
}

/// List insights views
#[utoipa::path(
    get, path = "/v1/private/insights-views", tag = "Insights Views", operation_id = "findInsightsViews", params(DashboardListParams),
    responses((status = 200, body = Page<Dashboard>), (status = 400, body = ErrorMessage)),
)]
async fn list_insights_views(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
) -> ApiResult<Response> {
    json(service::list(&state, &scope, DashboardScope::Insights, &query, None).await?).await
}

/// Create an insights view
#[utoipa::path(
    post, path = "/v1/private/insights-views", tag = "Insights Views", operation_id = "createInsightsView", request_body = DashboardWrite,
    responses((status = 201, body = Dashboard, headers(("Location" = String, description = "URL of the insights view"))),
        (status = 400, body = ErrorMessage), (status = 409, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn create_insights_view(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(body): JsonBody<DashboardWrite>,
) -> ApiResult<Response> {
    let created = service::create(&state, &scope, DashboardScope::Insights, body).await?;
    created_with(&url, created.id, &created)
}

/// Delete insights views
#[utoipa::path(
    post, path = "/v1/private/insights-views/delete-batch", tag = "Insights Views", operation_id = "deleteInsightsViewsBatch", request_body = IdBatch,
    responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn delete_insights_views(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<IdBatch>,
) -> ApiResult<Response> {
    service::delete_batch(&state, &scope, DashboardScope::Insights, body).await?;
    Ok(no_content())
}

/// Get an insights view
#[utoipa::path(
    get, path = "/v1/private/insights-views/{insightsViewId}", tag = "Insights Views", operation_id = "getInsightsViewById", params(("insightsViewId" = Uuid, Path)),
    responses((status = 200, body = Dashboard), (status = 404, body = ErrorMessage)),
)]
async fn get_insights_view(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
) -> ApiResult<Response> {
    small_json(&service::get(&state, &scope, DashboardScope::Insights, id).await?)
}

/// Change an insights view
#[utoipa::path(
    patch, path = "/v1/private/insights-views/{insightsViewId}", tag = "Insights Views", operation_id = "updateInsightsView", params(("insightsViewId" = Uuid, Path)),
    request_body = DashboardUpdate,
    responses((status = 200, body = Dashboard), (status = 404, body = ErrorMessage), (status = 409, body = ErrorList),
        (status = 422, body = ErrorList)),
)]
async fn update_insights_view(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<DashboardUpdate>,
) -> ApiResult<Response> {
    small_json(&service::update(&state, &scope, DashboardScope::Insights, id, body).await?)
}

/// Delete an insights view
#[utoipa::path(
    delete, path = "/v1/private/insights-views/{insightsViewId}", tag = "Insights Views", operation_id = "deleteInsightsView", params(("insightsViewId" = Uuid, Path)),
    responses((status = 204)),
)]
async fn delete_insights_view(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
) -> ApiResult<Response> {
    service::delete(&state, &scope, DashboardScope::Insights, vec![id]).await?;
    Ok(no_content())
}

/// List the dashboards of a project
#[utoipa::path(
    get, path = "/v1/private/projects/{projectId}/dashboards", tag = "Projects", operation_id = "findDashboardsByProject",
    params(("projectId" = Uuid, Path), DashboardListParams),
    responses((status = 200, body = Page<Dashboard>), (status = 400, body = ErrorMessage)),
)]
async fn list_of_project(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(project): Id,
    query: Query,
) -> ApiResult<Response> {
    json(service::list(&state, &scope, DashboardScope::Workspace, &query, Some(project)).await?).await
}
