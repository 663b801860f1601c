//! `/v1/private/projects/{id}/metrics` and `/kpi-cards`

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{KpiCards, ProjectMetrics};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::bodies::{KpiRequest, MetricRequest};
use super::service;
use crate::AppState;
use crate::http::respond::{json, small_json};
use crate::http::{ApiResult, ErrorList, ErrorMessage, Id, JsonBody, RequestScope};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(metrics)).routes(routes!(kpi_cards))
}

/// A metric of a project over time
#[utoipa::path(
    post, path = "/v1/private/projects/{id}/metrics", tag = "Projects", operation_id = "getProjectMetrics", params(("id" = Uuid, Path, description = "project")),
    request_body = MetricRequest,
    responses((status = 200, body = ProjectMetrics), (status = 400, body = ErrorMessage), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn metrics(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<MetricRequest>,
) -> ApiResult<Response> {
    json(service::metric(&state, &scope, id, body.check()?).await?).await
}

/// The most important numbers of a project
#[utoipa::path(
    post, path = "/v1/private/projects/{id}/kpi-cards", tag = "Projects", operation_id = "getProjectKpiCards", params(("id" = Uuid, Path, description = "project")),
    request_body = KpiRequest,
    responses((status = 200, body = KpiCards), (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn kpi_cards(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<KpiRequest>,
) -> ApiResult<Response> {
    small_json(&service::kpi_cards(&state, &scope, id, body.check()?).await?)
}
