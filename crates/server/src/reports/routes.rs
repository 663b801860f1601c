//! `/v1/private/report-failures` and the reports of a project. Nothing here writes reports: a project never has any.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ferropik_model::{RawJson, ReportFailure, ReportFailureWrite, ReportPreference, ReportPreferenceWrite};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service::{self, RequestedPage, small_paging};
use crate::AppState;
use crate::http::respond::{created, json, no_content, small_json};
use crate::http::{ApiError, ApiResult, ErrorList, ErrorMessage, Id, Ids, JsonBody, Query, RequestScope, RequestUrl};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(failures, add_failure))
        .routes(routes!(reports))
        .routes(routes!(generate))
        .routes(routes!(complete))
        .routes(routes!(preference, set_preference))
}

/// Why no report is written.
#[derive(Debug, Serialize, ToSchema)]
struct NoReport {
    error: &'static str,
}

/// List report failures
#[utoipa::path(
    get, path = "/v1/private/report-failures", tag = "Report Failures", operation_id = "findReportFailures",
    params(
        ("type" = Option<String>, Query, description = "`agent_insights`"),
        ("project_id" = Option<Uuid>, Query, description = "project"),
        ("page" = Option<u64>, Query, description = "from 1"),
        ("size" = Option<u64>, Query, description = "1 to 100, 10 when absent"),
    ),
    responses((status = 200, body = RequestedPage<ReportFailure>), (status = 400, body = ErrorMessage)),
)]
async fn failures(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
) -> ApiResult<Response> {
    json(service::failures(&state, &scope, &query).await?).await
}

/// Record a report failure
#[utoipa::path(
    post, path = "/v1/private/report-failures", tag = "Report Failures", operation_id = "createReportFailure",
    request_body = ReportFailureWrite,
    responses((status = 201, headers(("Location" = String, description = "URL of the failure"))),
        (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn add_failure(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(body): JsonBody<ReportFailureWrite>,
) -> ApiResult<Response> {
    let id = service::add_failure(&state, &scope, body).await?;
    Ok(created(&url, id))
}

/// List the reports of a project
#[utoipa::path(
    get, path = "/v1/private/projects/{projectId}/reports", tag = "Reports", operation_id = "getReports",
    params(
        ("projectId" = Uuid, Path),
        ("page" = Option<u64>, Query, description = "from 1"),
        ("size" = Option<u64>, Query, description = "1 to 100, 10 when absent"),
    ),
    responses((status = 200, body = RequestedPage<RawJson>), (status = 400, body = ErrorList)),
)]
async fn reports(_scope: RequestScope, _project: Id, query: Query) -> ApiResult<Response> {
    let (page, size) = small_paging(&query)?;
    small_json(&RequestedPage::<RawJson> {
        page,
        size,
        total: 0,
        content: Vec::new(),
    })
}

/// Write a report
#[utoipa::path(
    post, path = "/v1/private/projects/{projectId}/reports/generate", tag = "Reports", operation_id = "generateReport",
    params(("projectId" = Uuid, Path)),
    responses((status = 501, body = NoReport, description = "no assistant is configured")),
)]
async fn generate(_scope: RequestScope, _project: Id) -> Response {
    let body = NoReport {
        error: "Report generation is not configured",
    };
    (StatusCode::NOT_IMPLEMENTED, Json(body)).into_response()
}

/// Complete a report
#[utoipa::path(
    post, path = "/v1/private/projects/{projectId}/reports/{reportId}/complete", tag = "Reports", operation_id = "completeReport",
    params(("projectId" = Uuid, Path), ("reportId" = Uuid, Path)), request_body = RawJson,
    responses((status = 404, body = ErrorMessage, description = "there is no such report")),
)]
async fn complete(_scope: RequestScope, _ids: Ids<2>) -> ApiError {
    ApiError::not_found("Report not found")
}

/// Preferences of the reports of a project
#[utoipa::path(
    get, path = "/v1/private/projects/{projectId}/reports/preferences", tag = "Reports", operation_id = "getReportPreference",
    params(("projectId" = Uuid, Path)),
    responses((status = 200, body = ReportPreference), (status = 204, description = "nobody has set any")),
)]
async fn preference(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(project): Id,
) -> ApiResult<Response> {
    match state.store.report_preference(&scope, project).await? {
        Some(preference) => small_json(&preference),
        None => Ok(no_content()),
    }
}

/// Set the preferences of the reports of a project
#[utoipa::path(
    put, path = "/v1/private/projects/{projectId}/reports/preferences", tag = "Reports", operation_id = "updateReportPreference",
    params(("projectId" = Uuid, Path)), request_body = ReportPreferenceWrite,
    responses((status = 200, body = ReportPreference), (status = 422, body = ErrorList)),
)]
async fn set_preference(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(project): Id,
    JsonBody(body): JsonBody<ReportPreferenceWrite>,
) -> ApiResult<Response> {
    small_json(&service::set_preference(&state, &scope, project, body).await?)
}
