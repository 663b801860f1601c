//! Queries of charts: `/v1/internal/dashboard-saved-queries` keeps them. None is ever run: they are written for the
//! tables of another server.

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{SavedQuery, SavedQueryWrite};
use ferropik_store::{Conflict, Scope, StoreError};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::http::respond::{created_with, small_json};
use crate::http::{ApiError, ApiResult, ErrorList, ErrorMessage, Id, JsonBody, RequestScope, RequestUrl, Violations};
use crate::records::rules;

/// What a query says instead of the start and the end of its range of time.
const PLACEHOLDERS: [&str; 2] = ["{{window_start}}", "{{window_end}}"];

/// Longest query, in characters.
const MAX_QUERY: usize = 100_000;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(query_dashboard_widget))
        .routes(routes!(query_insights_view_widget))
        .routes(routes!(save))
        .routes(routes!(get))
}

fn not_available() -> ApiError {
    ApiError::message(StatusCode::NOT_IMPLEMENTED, "Custom charts are not available")
}

/// Query the data of a custom chart of a dashboard
#[utoipa::path(
    post, path = "/v1/private/dashboards/{dashboardId}/widgets/{widgetId}/query", tag = "Dashboards",
    operation_id = "runDashboardWidgetQuery", params(("dashboardId" = Uuid, Path), ("widgetId" = String, Path)),
    responses((status = 501, body = ErrorMessage, description = "custom charts are not available")),
)]
async fn query_dashboard_widget(_scope: RequestScope, _id: Id) -> ApiError {
    not_available()
}

/// Query the data of a custom chart of an insights view
#[utoipa::path(
    post, path = "/v1/private/insights-views/{insightsViewId}/widgets/{widgetId}/query", tag = "Insights Views",
    operation_id = "runInsightsViewWidgetQuery", params(("insightsViewId" = Uuid, Path), ("widgetId" = String, Path)),
    responses((status = 501, body = ErrorMessage, description = "custom charts are not available")),
)]
async fn query_insights_view_widget(_scope: RequestScope, _id: Id) -> ApiError {
    not_available()
}

/// Save a query
#[utoipa::path(
    post, path = "/v1/internal/dashboard-saved-queries", tag = "Dashboard saved queries",
    operation_id = "createDashboardSavedQuery", request_body = SavedQueryWrite,
    responses((status = 201, body = SavedQuery, headers(("Location" = String, description = "URL of the query"))),
        (status = 400, body = ErrorMessage), (status = 409, body = ErrorList), (status = 422, body = ErrorList)),
)]
async fn save(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(body): JsonBody<SavedQueryWrite>,
) -> ApiResult<Response> {
    let saved = keep(&state, &scope, body).await?;
    created_with(&url, saved.id, &saved)
}

/// Get a saved query
#[utoipa::path(
    get, path = "/v1/internal/dashboard-saved-queries/{id}", tag = "Dashboard saved queries",
    operation_id = "getDashboardSavedQuery", params(("id" = Uuid, Path)),
    responses((status = 200, body = SavedQuery), (status = 404, body = ErrorMessage)),
)]
async fn get(State(state): State<AppState>, RequestScope(scope): RequestScope, Id(id): Id) -> ApiResult<Response> {
    let found = state.store.saved_query(&scope, id).await?;
    small_json(&found.ok_or_else(|| ApiError::not_found("Saved query not found"))?)
}

async fn keep(state: &AppState, scope: &Scope, body: SavedQueryWrite) -> ApiResult<SavedQuery> {
    check(body.sql.as_deref())?;
    let id = rules::id_or_new(body.id);
    rules::version_7(id, "saved query")?;
    let saved = state
        .store
        .save_query(scope, id, body.project_id, body.sql.unwrap_or_default())
        .await;
    saved.map_err(|error| match error {
        StoreError::Conflict(Conflict::Exists) => ApiError::conflict("Saved query already exists"),
        other => other.into(),
    })
}

fn check(sql: Option<&str>) -> ApiResult<()> {
    let mut found = Violations::new();
    found.not_blank(sql, "sql");
    rules::max_size(sql, MAX_QUERY, "sql", &mut found);
    if let Some(sql) = sql.filter(|sql| !sql.trim().is_empty()) {
        for placeholder in PLACEHOLDERS {
            found.check(
                sql.contains(placeholder),
                "sql",
                format_args!("must contain {placeholder}"),
            );
        }
    }
    found.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_name_their_range_of_time() {
        check(Some("SELECT {{window_start}}, {{window_end}}")).unwrap();
        assert_eq!(
            check(Some("SELECT {{window_start}}")).unwrap_err().body(),
            r#"{"errors":["sql must contain {{window_end}}"]}"#
        );
        assert_eq!(
            check(None).unwrap_err().body(),
            r#"{"errors":["sql must not be blank"]}"#
        );
    }
}
